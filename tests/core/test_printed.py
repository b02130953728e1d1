"""What a container printed, in words."""

import pytest

from grader.core.printed import CHARACTERS_KEPT, LINES_KEPT, last_line, looked_at
from grader.facts import LogLine


def _out(*texts: str) -> tuple[LogLine, ...]:
    return tuple(LogLine(at=0.1, text=text) for text in texts)


def _err(*texts: str) -> tuple[LogLine, ...]:
    return tuple(LogLine(at=0.1, text=text, stream="stderr") for text in texts)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ((), ""),
        (_out("", "  "), ""),
        (_out("one", "two", ""), "two"),
        (_err("Traceback", "KeyError: 'a'", "        ^^^"), "KeyError: 'a'"),
        (_out("^^^"), "^^^"),
        # The engine wrote down the error first, and nobody knows which came first.
        (
            (*_err("no such file"), *_out("bye")),
            "bye (standard output), no such file (standard error)",
        ),
    ],
)
def test_the_last_line_of_each_stream_is_quoted(log: tuple[LogLine, ...], words: str) -> None:
    """Which of two streams came last is not on record."""
    assert last_line(log) == words


def test_a_long_log_says_how_much_of_it_was_read() -> None:
    """Who looks for a line in vain learns that it may stand in between."""
    assert looked_at(_out("a", "b")) == ""
    assert "first and the last 100 lines" in looked_at(_out(*["a"] * (2 * LINES_KEPT)))
    assert "64 KiB" in looked_at(_err("a" * CHARACTERS_KEPT))
