"""Trying again: an engine that is away is nobody's failed try."""

import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import docker
import pytest

from grader.build.base_images import Bases
from grader.core.errors import EngineAway, EngineFault
from grader.engine.client import calling
from grader.engine.protocol import Engine
from grader.facts import NotSeen
from grader.observe import retry
from grader.observe.retry import TRIES, attempt
from grader.observe.session import Session


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    """Return a session with an engine that always says it is well, as one that stops does."""
    monkeypatch.setattr(retry, "_OUTAGE_PAUSE", 0.0)
    monkeypatch.setattr(retry, "_RETRY_PAUSE", 0.0)
    engine = SimpleNamespace(recover=lambda *_: False)
    return Session(cast("Engine", engine), cast("Bases", None), "test")


def _failing(times: int, error: Exception) -> list[Exception | str]:
    return [*[error] * times, "seen"]


def _attempt(session: Session, what: list[Exception | str]) -> object:
    def action() -> str:
        found = what.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return attempt(session, action)


def test_a_broken_connection_is_no_try(session: Session) -> None:
    """Nor are twice as many as there are tries."""
    assert _attempt(session, _failing(2 * TRIES, EngineAway("gone"))) == "seen"


def test_a_fault_is_a_try(session: Session) -> None:
    """Of which there are few; then it is said what was the matter."""
    assert _attempt(session, _failing(TRIES - 1, EngineFault("bad"))) == "seen"
    lost = _attempt(session, _failing(TRIES, EngineFault("bad")))
    assert isinstance(lost, NotSeen)
    assert "bad" in lost.why


def test_an_engine_that_never_comes_back_is_not_waited_for_for_ever(session: Session) -> None:
    """The number of tries has an end, whatever they fail on."""
    assert isinstance(_attempt(session, _failing(100, EngineAway("gone"))), NotSeen)


def test_a_socket_that_is_gone_is_an_engine_that_is_away(tmp_path: Path) -> None:
    """Removed, refused, or closed in the middle of an answer."""
    place = tmp_path / "s"
    client = docker.APIClient(base_url=f"unix://{place}", version="1.41")
    with pytest.raises(EngineAway, match="asking: "), calling("asking"):
        client.ping()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(place))
    with pytest.raises(EngineAway, match="refused"), calling("asking"):
        client.ping()
    server.listen()

    def hang_up() -> None:
        link, _ = server.accept()
        link.recv(100)
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nO")
        link.close()

    answering = threading.Thread(target=hang_up)
    answering.start()
    with pytest.raises(EngineAway), calling("asking"):
        client.ping()
    answering.join()
    server.close()
    client.close()


def test_an_engine_that_is_slow_is_not_away(tmp_path: Path) -> None:
    """It may be because of what was asked."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen()
    client = docker.APIClient(base_url=f"unix://{tmp_path}/s", version="1.41", timeout=1)

    with pytest.raises(EngineFault) as caught, calling("asking"):
        client.ping()

    assert not isinstance(caught.value, EngineAway)
    server.close()
    client.close()
