"""Tells the graders of one machine of each other, so that none removes what another is using.

Locks are the kernel's: a grader that is killed holds none.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = Path(tempfile.gettempdir()) / "docker-tutorial-grader"
_CACHE = "cache"


@contextmanager
def hold_run(run_id: str) -> Iterator[None]:
    """Mark a run as alive, and the build cache as in use, until the block ends."""
    with _open(_CACHE) as cache, _open(run_id) as run:
        fcntl.flock(cache, fcntl.LOCK_SH)
        fcntl.flock(run, fcntl.LOCK_EX)
        try:
            yield
        finally:
            forget_run(run_id)


def forget_run(run_id: str) -> None:
    """Remove the lock of a run that has ended."""
    (_FOLDER / run_id).unlink(missing_ok=True)


def is_alive(run_id: str) -> bool:
    """Return whether a grader on this machine is working under that run's id."""
    if "/" in run_id or not (_FOLDER / run_id).exists():
        return False
    with _open(run_id) as handle:
        return not _try(handle)


@contextmanager
def cache_alone() -> Iterator[bool]:
    """Yield whether the build cache is ours alone: then nobody starts to build meanwhile."""
    with _open(_CACHE) as handle:
        yield _try(handle)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _open(name: str) -> Iterator[int]:
    if not _FOLDER.is_dir():
        _FOLDER.mkdir(mode=0o777, exist_ok=True)
        _FOLDER.chmod(0o1777)  # every user of the engine, whatever the umask; sticky as /tmp is
    flags = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(_FOLDER / name, flags, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)
