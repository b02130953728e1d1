"""The agent that asks over plain TCP: it waits for a server, and for no longer than it may."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from grader.observe.scene import agent

Handler = Callable[[int, socket.socket], None]


@contextmanager
def serving(handle: Handler) -> Iterator[str]:
    """Yield the address of a server that gives every connection, with its number, to `handle`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            number = 0
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    handle(number, connection)
                number += 1

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], to: str, **more: Any
) -> list[dict[str, Any]]:
    """Return what the agent prints when it is asked to say nothing to an address."""
    wish = {"to": to, "send": "", "within": 1.0, "times": 1, "once": False, **more}
    monkeypatch.setenv("RES_OPTIONS", "timeout:1")
    monkeypatch.setattr(sys, "argv", ["agent", json.dumps(wish)])
    agent.main()
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_connection_closed_without_a_word_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Docker takes connections to a published port before the server listens."""

    def late(number: int, connection: socket.socket) -> None:
        if number > 0:
            connection.sendall(b"here\n")

    with serving(late) as to:
        (found,) = answers(monkeypatch, capsys, to)

    assert (found["body"], found["error"]) == ("here\n", "")


def test_an_answer_without_an_end_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a flood nor a drip keeps the agent longer than it was told."""

    def drip(_: int, connection: socket.socket) -> None:
        while connection.send(b"."):
            time.sleep(0.2)

    begin = time.monotonic()
    with serving(drip) as to:
        (found,) = answers(monkeypatch, capsys, to)

    assert found["body"].startswith("...")
    assert found["error"]
    assert time.monotonic() - begin < 3


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A refused connection is tried until the time is up, and then said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    (found,) = answers(monkeypatch, capsys, f"127.0.0.1:{port}", within=0.5)

    assert "refused" in found["error"]
