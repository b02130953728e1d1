"""Locks by which the graders of one machine know each other: none removes what another uses."""

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.core.file_lock import lock, opened

_CACHE = "cache"


def _common_place() -> Path:
    """Return the one folder in which every user of this machine may make files.

    Not the folder for temporary files: pam_tmpdir gives each user one of their own, and systemd's
    PrivateTmp each service, so that a run there would look dead from here.
    """
    place = Path("/run/lock")
    try:
        if place.stat().st_mode & stat.S_IWOTH:
            return place
    except OSError:
        pass
    return Path("/tmp")  # noqa: S108 - whose names are made safe below


_FOLDER = _common_place() / "docker-tutorial-grader"


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
    path, flags = _FOLDER / name, os.O_RDONLY | os.O_NOFOLLOW
    # Opened without O_CREAT where it exists: with it Linux refuses another user's file in a sticky
    # folder (fs.protected_regular).
    if not path.exists():
        with contextlib.suppress(FileExistsError), opened(path, flags | os.O_CREAT | os.O_EXCL):
            pass
    with opened(path, flags) as handle:
        yield handle
