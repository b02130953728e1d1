"""Who asks the recorder: a shim at the other end of a connection, or somebody it speaks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _socket

    import process


class Link:
    """One connection from a shim."""

    def __init__(self, link: _socket.socket, uid: int, gids: set[int]) -> None:
        self.link = link
        self.uid = uid
        self.gids = gids
        self.body = b""
        self.files: list[int] = []
        self.call = 0

    def close(self) -> None:
        for number in self.files:
            os.close(number)
        self.files = []
        self.link.close()


class Somebody:
    """Who makes a call, where it is not the one who asked."""

    def __init__(self, call: int, ids: process.Ids) -> None:
        self.call = call
        self.uid, gid, gids = ids
        self.gids = {gid, *gids}
