"""What a container printed, in words."""

import re
from collections.abc import Sequence
from typing import Protocol

from grader.core.text import shorten

# Kept at each end of each stream: judges look for lines in them, also in the log of a program that
# talks a lot.
LINES_KEPT = 100
CHARACTERS_KEPT = 64 * 1024
_STREAMS = (("standard output", "stdout"), ("standard error", "stderr"))


class Printed(Protocol):
    """A line of a container's log."""

    @property
    def text(self) -> str:
        """Return what it says."""
        ...

    @property
    def stream(self) -> str:
        """Return `stdout` or `stderr`."""
        ...


def last_line(log: Sequence[Printed], length: int = 120) -> str:
    """Return the last line of a log, empty if it has none; of both streams where both have one.

    The engine does not keep the order between the two, so neither is the last of all. A line of
    marks below an error says less than the error, so one with a letter comes first.
    """
    last = {line.stream: line.text for line in log if line.text.strip()}
    last |= {line.stream: line.text for line in log if re.search("[A-Za-z]", line.text)}
    if len(last) == 1:
        return shorten(next(iter(last.values())), length)
    return ", ".join(
        f"{shorten(last[stream], length)} ({name})" for name, stream in _STREAMS if stream in last
    )


def looked_at(log: Sequence[Printed]) -> str:
    """Return a sentence on how much of a log was read, empty where it may be all of it."""
    most = max((sum(line.stream == stream for line in log) for _, stream in _STREAMS), default=0)
    size = sum(len(line.text) for line in log)
    if most < 2 * LINES_KEPT and size < CHARACTERS_KEPT:
        return ""
    return (
        f"Of a long log the first and the last {LINES_KEPT} lines, or {CHARACTERS_KEPT // 1024} "
        "KiB, of each stream are read."
    )
