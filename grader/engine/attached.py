"""Lines to and from a container's program, over the connection `docker attach` makes."""

import contextlib
import socket
import struct
import time
from typing import Protocol

from grader.core.errors import EngineFault
from grader.engine.client import calling

# The engine puts this before each piece: which stream, three bytes of nothing, how long.
_HEAD = struct.Struct(">BxxxL")
_STDOUT = 1
_MOST = 16 * 1024 * 1024  # bytes of one answer


class _Connection(Protocol):
    """What a socket, one under TLS and the channel of an SSH connection have in common."""

    def sendall(self, data: bytes, /) -> object: ...
    def recv(self, size: int, /) -> bytes: ...
    def settimeout(self, timeout: float | None, /) -> None: ...
    def shutdown(self, how: int, /) -> object: ...
    def close(self) -> None: ...


class _Closable(Protocol):
    def close(self) -> None: ...


class Attached:
    """A conversation with PID 1 of a container that was made with an input."""

    def __init__(self, connection: _Connection, whole: _Closable) -> None:
        self._connection = connection
        self._whole = whole
        self._received = b""

    def ask(self, line: str, deadline: float) -> str:
        """Write a line and return the next one; EngineFault if none comes in `deadline` seconds."""
        ends = time.monotonic() + deadline
        with calling("talking to a container of the grader's own"):
            self._connection.settimeout(deadline)
            self._connection.sendall(line.encode() + b"\n")
            while b"\n" not in self._received:
                stream, size = _HEAD.unpack(self._exactly(_HEAD.size, ends))
                if len(self._received) + size > _MOST:
                    raise EngineFault("a container of the grader's own printed without end")
                piece = self._exactly(size, ends)
                if stream == _STDOUT:
                    self._received += piece
        answer, _, self._received = self._received.partition(b"\n")
        return answer.decode()

    def close(self) -> None:
        """End it; the container's program reads the end of its input."""
        with calling("leaving a container of the grader's own"):
            with contextlib.suppress(OSError):  # the other end has gone already
                self._connection.shutdown(socket.SHUT_RDWR)
            self._whole.close()
            self._connection.close()

    def _exactly(self, size: int, ends: float) -> bytes:
        piece = b""
        while len(piece) < size:
            self._connection.settimeout(max(0.001, ends - time.monotonic()))
            chunk = self._connection.recv(size - len(piece))
            if not chunk:
                raise ConnectionError("the connection ended")
            piece += chunk
        return piece
