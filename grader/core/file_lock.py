"""Locks on files between processes: the kernel's (`flock`), so one that is killed holds none."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CREATE = os.O_RDWR | os.O_CREAT


@contextmanager
def locked(path: Path, *, wait: bool = True, flags: int = _CREATE) -> Iterator[None]:
    """Hold the lock of a file until the block ends; it also keeps threads of one process apart.

    The file is made where it is missing, and stays: whoever removes a lock's file lets two
    processes each lock a file of their own. `flags` are os.open's, for a folder or a link.
    BlockingIOError when another holds it and `wait` is False; OSError when it cannot be opened.
    """
    with opened(path, flags) as handle:
        if not lock(handle, wait=wait):
            raise BlockingIOError(f"{path} is locked")
        yield


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """Open a file to lock it, until the block ends; closing it gives its lock back."""
    handle = os.open(path, flags | os.O_CLOEXEC, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)


def lock(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file; return False where another holds it and `wait` is False."""
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, how if wait else how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
