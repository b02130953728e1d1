"""The engine's socket on a machine: who may open it, and who it is that asks.

The command line is the real one, and so is the socket's mode: who may not open it gets the
kernel's own refusal. What answers stands behind it as an `EngineBehind`: on a machine that
installs the engine that is `hello_engine.py`. A lab whose script works with containers needs a
real engine, and that is one more class with one method: it gets each request as it was read, with
the process that sent it (by the kernel's word, SO_PEERCRED) and the connection, and may answer
with bytes from wherever it likes, for as long as it likes; whatever was sent behind the request is
in `requests.received`, the rest still on the connection.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from typing import Any, Protocol

from requests_in import Asked, Requests

PATH = "/run/docker.sock"
WORKERS = 10
SECONDS = 30.0


class EngineBehind(Protocol):
    """What answers at the socket, from several threads."""

    def answer(self, requests: Requests, asked: Asked, pid: int) -> bool:
        """Answer one request of a process; return whether more may come over this connection.

        An exception ends the connection, and nothing else.
        """


class EngineSocket:
    """The socket; `open` is called when the engine gets installed. Its threads are there before."""

    def __init__(self, engine: EngineBehind) -> None:
        self.engine = engine
        self.failures = 0
        self.doors: list[Any] = []
        self.ready = threading.Semaphore(0)
        for _ in range(WORKERS):
            threading.Thread(target=self.work, daemon=True).start()

    def open(self, gid: int) -> None:
        """Make the socket, for root and a group."""
        with contextlib.suppress(OSError):
            os.unlink(PATH)
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o117)
        try:
            door.bind(PATH)
        finally:
            os.umask(before)
        os.chown(PATH, 0, gid)
        door.listen(64)
        self.doors.append(door)
        self.ready.release(WORKERS)

    def work(self) -> None:
        """Serve one connection after the other, once there is a socket."""
        self.ready.acquire()
        door = self.doors[-1]
        while True:
            try:
                link, _ = door.accept()
            except OSError:
                return
            try:
                link.settimeout(SECONDS)
                self.serve(link)
            except Exception:  # whatever a client does, the next one is served
                self.failures += 1
            finally:
                link.close()

    def serve(self, link: Any) -> None:
        """Answer what comes over one connection."""
        raw = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid = struct.unpack("3i", raw)[0]
        requests = Requests(link)
        while True:
            asked = requests.next()
            if asked is None or not self.engine.answer(requests, asked, pid):
                return
