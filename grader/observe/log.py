"""Reads what a container printed, as much of it as is kept."""

from grader.core.text import visible
from grader.engine.protocol import Engine
from grader.facts import LogLine

# Kept at each end: judges look for lines in them, also in the log of a program that talks a lot.
_LOG_LINES = 100


def read_log(engine: Engine, container: str, started_at: float) -> tuple[LogLine, ...]:
    """Return the first and last lines a container printed, times from its start, all visible."""
    kept = engine.log(container)
    if len(kept) > 2 * _LOG_LINES:
        kept = (*kept[:_LOG_LINES], *kept[-_LOG_LINES:])
    return tuple(
        LogLine(at=line.at - started_at, text=visible(line.text, keep="\t")[:400]) for line in kept
    )
