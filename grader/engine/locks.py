"""Locks by which the graders of one machine know each other: none removes what another uses."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.core.file_lock import lock, opened

_FOLDER = Path(tempfile.gettempdir()) / "docker-tutorial-grader"
_CACHE = "cache"


@contextmanager
def hold_run(run_id: str) -> Iterator[None]:
    """Mark a run as alive, and the build cache as in use, until the block ends."""
    with _open(_CACHE) as cache, _open(run_id) as run:
        lock(cache, shared=True)
        lock(run)
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
        return not lock(handle, wait=False)


@contextmanager
def cache_alone() -> Iterator[bool]:
    """Yield whether the build cache is ours alone: then nobody starts to build meanwhile."""
    with _open(_CACHE) as handle:
        yield lock(handle, wait=False)


@contextmanager
def _open(name: str) -> Iterator[int]:
    if not _FOLDER.is_dir():
        _FOLDER.mkdir(mode=0o777, exist_ok=True)
        _FOLDER.chmod(0o1777)  # every user of the engine, whatever the umask; sticky as /tmp is
    with opened(_FOLDER / name, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW) as handle:
        yield handle
