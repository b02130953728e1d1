"""A machine that is too busy, made by a quota: the kernel counts both as standing in line."""

from collections.abc import Iterator
from contextlib import contextmanager

from grader.engine import profile


@contextmanager
def one_part_in(parts: int) -> Iterator[None]:
    """Give each container that is made in the block one part in `parts` of a processor."""
    before = profile.RUN_LIMITS["cpu_quota"]
    profile.RUN_LIMITS["cpu_quota"] = profile.RUN_LIMITS["cpu_period"] // parts
    try:
        yield
    finally:
        profile.RUN_LIMITS["cpu_quota"] = before
