"""Versions of kernel, runc and engine that have known holes a submission could reach.

A version says what it was made from: a distribution may have closed a hole without a new number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Hole:
    """What is known by `name`, closed in these versions: one of each series, the newest last."""

    part: str
    name: str
    closed: tuple[tuple[int, ...], ...]
    reaches: str


_HOLES = (
    _Hole(
        "kernel",
        "CVE-2026-31431",
        ((5, 10, 254), (5, 15, 204), (6, 1, 170), (6, 6, 137), (6, 12, 85), (6, 18, 22), (7, 0, 0)),
        "a program can change files of an image that others use, so one grade could change another",
    ),
    _Hole("runc", "CVE-2024-21626", ((1, 1, 12),), "a build can reach the host's files"),
    _Hole(
        "runc",
        "CVE-2025-31133, CVE-2025-52565, CVE-2025-52881",
        ((1, 2, 8), (1, 3, 3)),
        "a container can write where the kernel is set up, and leave by that",
    ),
    _Hole(
        "engine",
        "CVE-2026-61801",
        ((29, 6, 1),),
        "an image can exhaust the engine: an outage, no points",
    ),
    _Hole("engine", "CVE-2026-17106", ((29, 7, 0),), "ADD of an archive can follow links"),
)


def known_holes(versions: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each hole; `versions` by part: `kernel`, `runc`, `engine`."""
    for hole in _HOLES:
        version = versions.get(hole.part, "")
        numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
        if numbers and not _closed(numbers, hole.closed):
            yield f"{hole.part} {version}: {hole.name} by its version ({hole.reaches})"


def _closed(version: tuple[int, ...], closed: tuple[tuple[int, ...], ...]) -> bool:
    """Return whether a hole is closed in a version: in its own series, or in an older one."""
    same = [each for each in closed if each[:2] == version[:2]]
    if same:
        return version >= same[0]
    return version >= closed[-1]
