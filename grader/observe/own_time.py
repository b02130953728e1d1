"""How much of a wait was a container's own, and how much it stood in line for a processor.

A time limit is about what a program does with its time. On a busy machine it spends most of it in
line for a processor; whoever then runs into the limit has shown nothing. The kernel counts both for
each thread (/proc/PID/schedstat), whatever keeps it waiting: other processes, or a quota. Where the
whole machine stands still (a virtual one that is paused), it counts nothing; but then we stand
still, too, and notice it.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from grader.core.errors import EngineFault, EngineRefusal, GraderError
from grader.engine.protocol import CpuTime, Engine

PATIENCE = 60.0  # seconds of one wait in all, those in line for a processor included
_BEAT = 0.2  # seconds between two looks: what a process waited after the last one is not seen
# One that ran for so much of the time had what it could get: its own threads were in line.
_ENOUGH = 0.6
_PLENTY = 0.5  # seconds on a processor: who has had so much and wants more is spinning
_SHARE = 0.4  # of a wait; with less of it for itself, a program has shown nothing
_LEAST = 0.5  # seconds lost that can decide nothing
_LATE = 1.0  # seconds that we wake up late on a machine that is busy, and no more than that
_NOTHING = CpuTime(0.0, 0.0)


class OwnTime:
    """Follows what the processes of some containers wait for a processor, beside another wait.

    `containers` is asked again at each look, for a scene starts more of them. Where the kernel's
    counts cannot be read (an engine elsewhere), nothing counts as lost.
    """

    def __init__(self, engine: Engine, containers: Callable[[], list[str]]) -> None:
        self._engine = engine
        self._containers = containers
        self._lock = threading.Lock()
        self._begin = time.monotonic()
        self._last: dict[str, Mapping[int, CpuTime]] = {}
        self._had: dict[str, CpuTime] = {}
        self._stood_still = 0.0

    def passed(self) -> float:
        """Return the seconds since the wait began; whoever compares them asks this one clock."""
        return time.monotonic() - self._begin

    def lost(self) -> float:
        """Return the seconds so far in which containers were in line and did not run enough."""
        with self._lock:
            for container in self._containers():
                try:
                    times = self._engine.cpu_times(container)
                except EngineRefusal:  # it has been removed meanwhile
                    continue
                if container in self._last:
                    self._add(container, self._last[container], times)
                self._last[container] = times
            passed = self.passed()
            # Not the sum: containers that wait at the same time lose the same seconds.
            return max(
                (
                    max(0.0, min(had.queued + self._stood_still, passed - had.used))
                    for had in self._had.values()
                    if had.used < min(_ENOUGH * passed, _PLENTY)
                ),
                default=min(self._stood_still, passed),
            )

    def _add(
        self, container: str, before: Mapping[int, CpuTime], now: Mapping[int, CpuTime]
    ) -> None:
        had = self._had.get(container, _NOTHING)
        # A process that is new has stood in line since the last look at the longest. One that is
        # in line at this moment is counted when it runs again, so single looks say little.
        pairs = [(before.get(pid, _NOTHING), times) for pid, times in now.items()]
        self._had[container] = CpuTime(
            had.used + sum(times.used - earlier.used for earlier, times in pairs),
            had.queued + sum(times.queued - earlier.queued for earlier, times in pairs),
        )

    def too_long(self) -> bool:
        """Return whether nobody should be waited for any longer, whose time ever it was."""
        return self.passed() > PATIENCE

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Look every now and then until the block ends, for waits that do not come back to us.

        What this machine stood still meanwhile counts as lost.
        """
        ended = threading.Event()

        def look() -> None:
            over = False
            while not over:
                asleep = time.monotonic()
                over = ended.wait(_BEAT)
                slept = time.monotonic() - asleep
                with self._lock:
                    self._stood_still += slept if slept > _BEAT + _LATE else 0.0
                with suppress(GraderError):  # whoever waits is told by the call that he made
                    self.lost()

        thread = threading.Thread(target=look, name="own-time", daemon=True)
        self.lost()
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def check(self, took: float, within: float | None = None) -> None:
        """Raise EngineFault where a wait of `took` seconds shows nothing of the containers.

        That is where hardly any of it was their own: of the `within` seconds that they were
        allowed, or, without such a limit, of all that it took.
        """
        lost = self.lost()
        enough = _SHARE * (took if within is None else within)
        if lost > _LEAST and took - lost < enough:
            raise EngineFault(
                f"of {took:.1f} s that a container was waited for, it was in line for a processor "
                f"for {lost:.1f} s: this machine is too busy"
            )
