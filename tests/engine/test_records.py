"""Reading the engine's own records."""

import struct

from grader.engine.records import log_lines

STAMP = b"2026-11-28T10:00:00.5Z "


def _frame(stream: int, content: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(content)) + content


def test_a_log_keeps_its_streams_apart() -> None:
    """Each line with the stream that it was printed to, in the order of the record."""
    raw = _frame(2, STAMP + b"oops\n") + _frame(1, STAMP + b"fine\r\n")
    assert [(line.stream, line.text) for line in log_lines(raw)] == [
        ("stderr", "oops"),
        ("stdout", "fine"),
    ]


def test_a_line_that_came_in_pieces_is_one_line() -> None:
    """The engine cuts at 16 KiB and gives each piece a time; the other stream may come between."""
    pieces = [_frame(1, STAMP + b"a" * 10), _frame(2, STAMP + b"x\n"), _frame(1, STAMP + b"b\n")]
    assert [line.text for line in log_lines(b"".join(pieces))] == ["a" * 10 + "b", "x"]


def test_a_log_that_breaks_off_is_read_so_far() -> None:
    """Up to the last whole frame; bytes that are no UTF-8 are replaced."""
    raw = _frame(1, STAMP + b"caf\xe9\n") + _frame(1, STAMP + b"more\n")[:20]
    assert [line.text for line in log_lines(raw)] == ["caf\ufffd"]
