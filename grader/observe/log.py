"""Reads what a container printed to standard output and standard error."""

from collections.abc import Iterable, Sequence

from grader.core.printed import CHARACTERS_KEPT, LINES_KEPT
from grader.core.text import visible
from grader.engine.protocol import Engine, PrintedLine
from grader.facts import LogLine


def read_log(engine: Engine, container: str, started_at: float) -> tuple[LogLine, ...]:
    """Return the first and the last lines that a container printed to each of its streams.

    `LINES_KEPT` of them, or `CHARACTERS_KEPT`, at each end. Their times are seconds after
    `started_at`, the engine's time of its start. Control characters are written as escapes.
    """
    lines = engine.log(container)
    kept: set[int] = set()
    for stream in ("stdout", "stderr"):
        numbers = [number for number, line in enumerate(lines) if line.stream == stream]
        kept |= {*_within(numbers, lines), *_within(reversed(numbers), lines)}
    return tuple(
        LogLine(
            at=lines[number].at - started_at,
            text=visible(lines[number].text[:CHARACTERS_KEPT], keep="\t"),
            stream=lines[number].stream,
        )
        for number in sorted(kept)
    )


def _within(numbers: Iterable[int], lines: Sequence[PrintedLine]) -> list[int]:
    """Return the first of the numbers whose lines fit into what is kept; one line always does."""
    kept: list[int] = []
    size = 0
    for number in numbers:
        size += len(lines[number].text)
        if kept and (len(kept) == LINES_KEPT or size > CHARACTERS_KEPT):
            break
        kept.append(number)
    return kept
