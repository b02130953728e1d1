"""A disk, and a process, that end in the middle of what they do: at the n-th change of a file."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

# What changes something on the disk. Files are opened under a new name by mkstemp and then filled;
# what is in them is only sure to be there after fsync.
_CHANGES = ("replace", "unlink", "fsync", "pwrite", "ftruncate", "mkdir")
_TAKES_ROOM = frozenset({"fsync", "pwrite", "mkdir"})


class Killed(BaseException):
    """The process is no more: whatever it would still have done does not happen."""


class BrokenDisk:
    """Counts changes; from the n-th on each fails, `kill` as a process that is gone."""

    def __init__(self, at: int, *, kill: bool) -> None:
        self._at, self._kill = at, kill
        self.count = 0

    @property
    def struck(self) -> bool:
        """Return whether anything was kept from happening."""
        return self.count >= self._at

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return a system call that fails once it is time."""

        def call(*args: Any, **more: Any) -> Any:
            if self.struck:
                self._fail(name)
            self.count += 1
            if self.struck:
                self._fail(name)
            return real(*args, **more)

        return call

    def _fail(self, name: str) -> None:
        if self._kill:
            raise Killed
        if name in _TAKES_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def broken(at: int, *, kill: bool) -> Iterator[BrokenDisk]:
    """Let the disk be full, or the process be killed, at the n-th change that it makes."""
    disk = BrokenDisk(at, kill=kill)
    calls = {name: disk.wrap(name, getattr(os, name)) for name in _CHANGES}
    with ExitStack() as stack:
        for name, call in calls.items():
            stack.enter_context(mock.patch.object(os, name, call))
        yield disk
