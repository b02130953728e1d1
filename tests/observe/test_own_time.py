"""Waits in which a container had no processor are not held against it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import pytest

from grader.core.errors import EngineFault
from grader.engine import profile
from grader.engine.protocol import ContainerSpec, CpuTime, Engine
from grader.observe.own_time import OwnTime
from grader.observe.session import Session

SPINS = "while True: pass"
SLEEPS = "import time; time.sleep(1000)"


class Counts:
    """An engine of which only the kernel's counts are asked, each look the next ones."""

    def __init__(self, *looks: Mapping[int, CpuTime]) -> None:
        self._looks = iter(looks)

    def cpu_times(self, _: str) -> Mapping[int, CpuTime]:
        """Return the next counts."""
        return next(self._looks)


def _lost(monkeypatch: pytest.MonkeyPatch, *looks: Mapping[int, CpuTime]) -> float:
    """Return what is lost over looks that are ten seconds apart."""
    clock = iter([0, *range(0, 1000, 10)])
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    own = OwnTime(cast("Engine", Counts(*looks)), lambda: ["a container"])
    return [own.lost() for _ in looks][-1]


@pytest.mark.parametrize(
    ("looks", "lost"),
    [
        # It slept: neither used nor in line.
        ([{1: CpuTime(1, 0)}, {1: CpuTime(1, 0)}], 0),
        # In line for nine of ten seconds.
        ([{1: CpuTime(1, 0)}, {1: CpuTime(1.4, 9)}], 9),
        # It ran all the time, with seven more of its own in line behind it: its own doing.
        ([{1: CpuTime(0, 0)}, {1: CpuTime(9, 0), 2: CpuTime(0, 70)}], 0),
        # A process that was not there at the last look.
        ([{1: CpuTime(0, 0)}, {1: CpuTime(0, 0), 2: CpuTime(0.1, 8)}], 8),
        # No more than there was: two of them in line at the same time.
        ([{}, {1: CpuTime(0.2, 9), 2: CpuTime(0.2, 9)}], 9.6),
        # One that has ended takes its counts along; nothing counts twice.
        ([{1: CpuTime(0, 50)}, {}, {2: CpuTime(0, 1)}], 1),
        # An engine elsewhere tells nothing.
        ([{}, {}], 0),
    ],
)
def test_what_counts_as_lost(
    monkeypatch: pytest.MonkeyPatch, looks: list[dict[int, CpuTime]], lost: float
) -> None:
    """Time in line, less what the container used, and none where it had most of a processor."""
    assert _lost(monkeypatch, *looks) == pytest.approx(lost)


@contextmanager
def _one_part_in(parts: int) -> Iterator[None]:
    """Give each container that is made in the block one part in `parts` of a processor."""
    before = profile.RUN_LIMITS["cpu_quota"]
    profile.RUN_LIMITS["cpu_quota"] = profile.RUN_LIMITS["cpu_period"] // parts
    try:
        yield
    finally:
        profile.RUN_LIMITS["cpu_quota"] = before


@pytest.mark.docker
@pytest.mark.parametrize(("program", "starved"), [(SPINS, True), (SLEEPS, False)])
def test_the_kernel_tells_a_container_that_waits_from_one_that_sleeps(
    session: Session, program: str, *, starved: bool
) -> None:
    """A quota of a hundredth counts as being in line."""
    base = session.bases.get("python:3.7")
    spec = ContainerSpec(image=base.id, args=("python3", "-c", program), run_id=session.run_id)
    with _one_part_in(100 if starved else 1):
        container = session.engine.create(spec)
    try:
        session.engine.start(container)
        while not any(t.used > 0.01 for t in session.engine.cpu_times(container).values()):
            threading.Event().wait(0.05)
        own, begin = OwnTime(session.engine, lambda: [container]), time.monotonic()
        # What stands in line is counted when it runs again, which takes its time on a busy machine.
        while own.lost() < 1 if starved else time.monotonic() - begin < 2:
            threading.Event().wait(0.1)
        if starved:
            with pytest.raises(EngineFault, match="too busy"):
                own.check(own.lost(), own.lost())
        else:
            own.check(time.monotonic() - begin, 2)
    finally:
        session.engine.remove(container)


STANDS_STILL = """
import sys, time
from grader.observe.own_time import OwnTime
class Nothing:
    def cpu_times(self, container):
        return {}
own = OwnTime(Nothing(), list)
with own.followed():
    print("ready", flush=True)
    sys.stdin.readline()
print(own.lost())
"""


def test_what_the_machine_stood_still_is_nobodys_time() -> None:
    """A machine that is paused lets nobody go on, and no count of the kernel's tells of it."""
    command = [sys.executable, "-c", STANDS_STILL]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as machine:
        assert machine.stdin
        assert machine.stdout
        assert machine.stdout.readline() == "ready\n"
        machine.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        os.waitid(os.P_PID, machine.pid, os.WSTOPPED)
        threading.Event().wait(2.5)
        stood = time.monotonic() - begin
        machine.send_signal(signal.SIGCONT)
        machine.stdin.write("\n")
        machine.stdin.flush()
        assert float(machine.stdout.readline()) >= stood - 0.5
