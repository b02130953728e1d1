"""What `docker stop` did is read from the engine's records, whenever it comes to write them."""

from collections.abc import Mapping
from typing import cast

import pytest

from grader.engine.protocol import ContainerRecord, CpuTime, Engine, Event
from grader.observe.stop import observe_stop

BORN, CALLED = 1000.0, 1010.0


def _record(finished_at: float) -> ContainerRecord:
    return ContainerRecord(
        *("an id", finished_at == 0, 7, 0, False, "", BORN, finished_at, ("main",), {})
    )


class Recorded:
    """An engine with a container that ended 0.4 s after SIGTERM; `dies` is the event's time."""

    def __init__(self, finished_at: float, dies: float) -> None:
        self._record = _record(finished_at)
        self._events = (Event("kill", CALLED + 0.1, 15, None), Event("die", dies, None, 0))

    def now(self) -> float:
        """Return its clock's time."""
        return CALLED

    def stop(self, *_: object) -> None:
        """Have stopped it."""

    def inspect(self, _: str) -> ContainerRecord:
        """Return its record after the end."""
        return self._record

    def events(self, *_: object) -> tuple[Event, ...]:
        """Return what happened to it."""
        return self._events

    def cpu_times(self, _: str) -> Mapping[int, CpuTime]:
        """Return no counts."""
        return {}


@pytest.mark.parametrize(
    ("finished_at", "dies", "took"),
    [
        (CALLED + 0.5, CALLED + 3.0, 0.4),  # the event came 2.5 s late
        (CALLED + 0.5, CALLED + 0.5, 0.4),
        (0.0, CALLED + 0.9, 0.8),  # an engine whose record says no time
        (CALLED + 5.0, CALLED + 0.9, 0.8),  # or one that cannot be
    ],
)
def test_a_container_has_ended_when_it_ended(finished_at: float, dies: float, took: float) -> None:
    """And not when the engine has come to say so."""
    engine = cast("Engine", Recorded(finished_at, dies))
    found = observe_stop(engine, "an id", _record(0), (), faithful=False)
    assert found.took == pytest.approx(took)
