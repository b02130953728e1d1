"""Whose doing the end of a container was, by the events of the engine, however late they come."""

import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from grader.core.errors import EngineFault
from grader.engine import watch
from grader.engine.client import Client
from grader.engine.watch import Watch


class Clock:
    """An engine of which only the time is asked; its clock can be moved."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.base_url = "http://elsewhere"

    def info(self) -> dict[str, Any]:
        """Return the engine's time, as its API tells it."""
        now = datetime.fromtimestamp(self.now(), UTC)
        return {"SystemTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}

    def now(self) -> float:
        """Return the engine's time in seconds since 1970."""
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the engine that is watched."""
    return Clock()


@pytest.fixture
def watched(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Return a watch that follows events, which the tests hand to it, and waits for none."""
    monkeypatch.setattr(watch, "_LAG", 0.01)
    found = Watch(cast("Client", SimpleNamespace(api=clock)), lambda _: None)
    found._following.set()
    return found


def event(action: str, container: str, at: float) -> dict[str, object]:
    """Return an event as the engine's stream has it."""
    return {
        "Action": action,
        "Actor": {"ID": container, "Attributes": {}},
        "timeNano": int(at * 1e9),
    }


def remove(watched: Watch, container: str, at: float | None, *, kill: float | None = None) -> None:
    """Remove a container of ours; `at` is when the engine says it was, `kill` a kill before."""
    with watched.acting(container):
        pass
    if kill is not None:
        watched._take(event("kill", container, kill))
    if at is not None:
        watched._take(event("destroy", container, at))
    watched.end(container)


def test_our_own_doing_is_ours_and_anybody_elses_is_found(watched: Watch, clock: Clock) -> None:
    """By the time at which it was done."""
    watched.begin("one")
    remove(watched, "one", clock.now())
    watched.begin("two")
    with pytest.raises(EngineFault, match="somebody else"):
        remove(watched, "two", clock.now(), kill=clock.now() - 3)


@pytest.mark.parametrize("ahead", [0.05, -0.05, 2.0, -2.0])
def test_a_clock_that_moves_makes_nobody_else_of_us(
    watched: Watch, clock: Clock, ahead: float
) -> None:
    """After a machine slept, or on a remote engine; and others are still found afterwards."""
    watched.begin("one")
    clock.ahead = ahead
    remove(watched, "one", clock.now())
    watched.begin("two")
    with pytest.raises(EngineFault, match="somebody else"):
        remove(watched, "two", clock.now(), kill=clock.now() - 10)


def test_one_event_that_is_late_is_about_one_container(watched: Watch, clock: Clock) -> None:
    """What others do to the next one is seen again."""
    watched.begin("one")
    remove(watched, "one", None)
    assert watched.events("one") is None
    watched._take(event("destroy", "one", clock.now()))
    watched.begin("two")
    assert watched.events("two") == ()
    with pytest.raises(EngineFault, match="somebody else"):
        remove(watched, "two", clock.now(), kill=clock.now() - 3)
