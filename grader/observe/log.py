"""Reads what a container printed to standard output and standard error."""

from grader.core.text import visible
from grader.engine.protocol import Engine
from grader.facts import LogLine

# Kept at each end: judges look for lines in them, also in the log of a program that talks a lot.
_LOG_LINES = 100


def read_log(engine: Engine, container: str, started_at: float) -> tuple[LogLine, ...]:
    """Return the first hundred and the last hundred lines that a container printed.

    Their times are seconds after `started_at`, the engine's time of its start. Control characters
    are written as escapes, and each line is cut at 400 characters.
    """
    kept = engine.log(container)
    if len(kept) > 2 * _LOG_LINES:
        kept = (*kept[:_LOG_LINES], *kept[-_LOG_LINES:])
    return tuple(
        LogLine(at=line.at - started_at, text=visible(line.text, keep="\t")[:400]) for line in kept
    )
