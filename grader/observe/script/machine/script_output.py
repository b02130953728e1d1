"""Keeps the beginning and the end of what a script prints, and counts the rest."""

from __future__ import annotations

import os
from typing import Any

MOST_OUTPUT = 1 << 20
KEPT_OUTPUT = 2000


class ScriptOutput:
    """What comes over a pipe or a pseudo-terminal."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.head, self.tail, self.total = b"", b"", 0

    def take(self) -> bool:
        """Read what is there; return whether more can come."""
        piece = drain(self.number)
        self.total += len(piece)
        room = max(0, KEPT_OUTPUT - len(self.head))
        self.head += piece[:room]
        self.tail = (self.tail + piece[room:])[-KEPT_OUTPUT:]
        return bool(piece)

    def too_much(self) -> bool:
        """Return whether a script has printed more than one may."""
        return self.total > MOST_OUTPUT

    def told(self) -> dict[str, Any]:
        """Return what was kept."""
        return {
            "bytes": self.total,
            "head": self.head.decode("utf-8", "replace"),
            "tail": self.tail.decode("utf-8", "replace"),
        }


def drain(number: int) -> bytes:
    """Read what is there; empty at the end, or where nothing is."""
    try:
        return os.read(number, 65536)
    except OSError:
        return b""
