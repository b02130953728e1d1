"""Reads what a client asks over a connection: one request after the other, none without an end."""

from __future__ import annotations

import re
from typing import Any

MOST_HEAD = 32 * 1024
MOST_BODY = 256 * 1024
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]{1,9})")


class Asked:
    """One request: its verb, its path as it was sent, its fields in small letters, its body."""

    def __init__(self, head: bytes, body: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.verb, self.path, *_ = [*lines[0].split(" "), "", ""]
        self.fields: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.strip().lower()] = value.strip()
        self.body = body


class Requests:
    """The requests of one connection."""

    def __init__(self, link: Any) -> None:
        self.link = link
        self.received = b""

    def next(self) -> Asked | None:
        """Wait for the next request; None where no more come, or one that has no end."""
        while b"\r\n\r\n" not in self.received:
            if len(self.received) > MOST_HEAD or not self.more():
                return None
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        size = LENGTH.search(head)
        wanted = min(int(size[1]), MOST_BODY) if size else 0
        while len(self.received) < wanted:
            if not self.more():
                return None
        body, self.received = self.received[:wanted], self.received[wanted:]
        return Asked(head, body)

    def more(self) -> bool:
        """Read on; return whether anything came."""
        piece: bytes = self.link.recv(8192)
        self.received += piece
        return bool(piece)
