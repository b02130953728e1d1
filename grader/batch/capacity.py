"""How much at once: measured on the engine in a second or two, not guessed."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from grader.core.errors import EngineError
from grader.engine.profile import BUILD_LIMITS, RUN_LIMITS
from grader.engine.protocol import ContainerSpec, Engine

_SPELL = 0.5  # seconds that each number of threads is tried
_GAIN = 1.15  # by which more threads have to do more
_PER_CPU = 2
_MOST = 32
# Of one submission: a build, and as many containers as are looked at side by side.
_MEMORY = int(BUILD_LIMITS["memory"]) + 4 * int(RUN_LIMITS["mem_limit"])
_SHARE = 0.6  # of the engine's memory


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many calls that cost the engine much may be under way, and how many submissions.

    The second number is larger: most of a submission's time is waiting, which costs nothing.
    """

    slots: int
    under_way: int


def measure(engine: Engine, image: str, run_id: str) -> Capacity:
    """Return what the engine can take: threads are added while they get more containers done."""
    most = max(1, _PER_CPU * engine.room().cpus)

    def cycle() -> None:
        container = engine.create(ContainerSpec(image=image, args=("true",), run_id=run_id))
        try:
            engine.start(container)
        finally:
            engine.remove(container)

    slots, best = 1, 0.0
    try:
        cycle()  # the first takes longer than any other
        while slots <= most:
            rate = _rate(cycle, slots)
            if rate < best * _GAIN:
                break
            slots, best = 2 * slots, rate
    except EngineError:  # a bad moment; the first submission will tell whether it lasts
        return capacity(engine, most // _PER_CPU)
    return capacity(engine, max(1, slots // 2))


def capacity(engine: Engine, slots: int) -> Capacity:
    """Return the capacity with a number of slots that is known; memory bounds the rest."""
    room = engine.room()
    by_memory = int(room.memory * _SHARE / _MEMORY)
    wanted = min(_MOST, 2 * slots + 1, max(slots, 3 * room.cpus))
    return Capacity(slots, max(1, min(wanted, by_memory)))


def _rate(cycle: Callable[[], None], threads: int) -> float:
    begin = time.monotonic()

    def spell(_: int) -> int:
        count = 0
        while time.monotonic() - begin < _SPELL:
            cycle()
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(spell, range(threads)))
    return done / (time.monotonic() - begin)
