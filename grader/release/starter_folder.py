"""A starter repository on disk: what differs from a release, and writing one.

A folder is written to only if all in it that the release would touch is a release's own: work of
a student, or of a teacher by hand, is named and left alone.
"""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.core.errors import UsageError
from grader.core.file_lock import locked
from grader.core.files import write_bytes
from grader.core.text import visible
from grader.release.starter import StarterFile, Tree
from grader.submission.manifest import MANIFEST, Manifest, digest, read_manifest

MAX_SHOWN = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as the release would have it, and how."""

    path: str
    how: str

    def __str__(self) -> str:
        return f"{visible(self.path)}: {self.how}"


def differences(folder: Path, tree: Tree) -> tuple[Difference, ...]:
    """Return what a release into `folder` would change, in order of path; nothing is written."""
    if not folder.is_dir():
        raise UsageError(f"{visible(str(folder))} is not a folder. Name the starter repository's.")
    before = _manifest(folder)
    found = [
        Difference(name, how) for name, entry in tree.items() if (how := _how(folder, name, entry))
    ]
    old = before.files if before else {}
    found += [
        Difference(name, "no longer part of the release")
        for name in old
        if name not in tree and _there(folder / name)
    ]
    return tuple(sorted(found, key=lambda difference: difference.path))


def write(folder: Path, tree: Tree) -> int:
    """Make `folder` the release and return how many files changed.

    Each file is written whole or not at all, the manifest first with what it replaces and last
    without: a release that was cut off is taken up again by the next.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{visible(str(folder))} is a file. Name a folder for the release.")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _alone(folder):
        before = _manifest(folder)
        _refuse_others_work(folder, tree, before)
        todo = differences(folder, tree)
        if not todo:
            _log.info("%s is up to date: %d files", folder, len(tree))
            return 0
        manifest = read_manifest(tree[MANIFEST].content)
        known = {**before.replaced, **before.files} if before else {}
        started = manifest.model_copy(update={"replaced": known})
        write_bytes(folder / MANIFEST, started.to_bytes())
        for difference in todo:
            _log.debug("%s", difference)
            if difference.path == MANIFEST:
                continue
            if entry := tree.get(difference.path):
                _make_parents(folder, difference.path)
                write_bytes(folder / difference.path, entry.content, executable=entry.executable)
            else:
                _remove(folder, difference.path)
        for name in sorted(known.keys() - tree.keys()):
            _remove(folder, name)
        write_bytes(folder / MANIFEST, tree[MANIFEST].content)
        _log.info("%s: %d of %d files changed", folder, len(todo), len(tree))
    return len(todo)


def _manifest(folder: Path) -> Manifest | None:
    content = _content(folder / MANIFEST)
    return None if content is None else read_manifest(content)


def _refuse_others_work(folder: Path, tree: Tree, before: Manifest | None) -> None:
    if before is None:
        others = sorted(path.name for path in folder.iterdir() if path.name != ".git")
        if others:
            raise UsageError(
                f"{visible(str(folder))} holds {_some(others)} and is not a release of ours "
                f"(no {MANIFEST}). Name an empty folder, or a new one."
            )
        return
    allowed: dict[str, set[str]] = {}
    for digests in (before.files, before.replaced):
        for name, known in digests.items():
            allowed.setdefault(name, set()).add(known)
    changed = []
    for name in sorted({*tree, *allowed} - {MANIFEST}):
        if _through_link(folder, name):
            changed.append(name)
        elif _there(folder / name):
            content = _content(folder / name)
            new = tree.get(name)
            same = content is not None and new is not None and content == new.content
            if content is None or not (same or digest(content) in allowed.get(name, set())):
                changed.append(name)
    if changed:
        raise UsageError(
            f"In {visible(str(folder))} somebody changed {_some(changed)} since the release was "
            "made. Nothing was written. Release into a new folder, or put those files back "
            "(git checkout) and try again."
        )


def _how(folder: Path, name: str, entry: StarterFile) -> str:
    path = folder / name
    if not _there(path):
        return "missing"
    content = _content(path)
    if content is None or _through_link(folder, name):
        return "not a plain file"
    if content != entry.content:
        return "different"
    if bool(path.stat().st_mode & 0o100) != entry.executable:
        return "not executable" if entry.executable else "executable, and should not be"
    return ""


def _content(path: Path) -> bytes | None:
    """Return a plain file's content, None for anything else; links are not followed."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{visible(str(path))} cannot be read: {error.strerror}.") from error


def _there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _through_link(folder: Path, name: str) -> bool:
    """Return whether the way to a file leads through a link or a file that is in its way."""
    parents = [folder / parent for parent in PurePosixPath(name).parents if parent.name]
    return any(_there(path) and not stat.S_ISDIR(path.lstat().st_mode) for path in parents)


def _make_parents(folder: Path, name: str) -> None:
    for parent in reversed([folder / p for p in PurePosixPath(name).parents if p.name]):
        if not parent.is_dir():
            parent.mkdir()
            parent.chmod(0o755)  # whatever the umask


def _remove(folder: Path, name: str) -> None:
    """Remove a file and the folders that it leaves empty."""
    (folder / name).unlink(missing_ok=True)
    for parent in [folder / p for p in PurePosixPath(name).parents if p.name]:
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: no second release writes to it meanwhile."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, wait=False, flags=os.O_RDONLY | os.O_DIRECTORY))
        except BlockingIOError as error:
            raise UsageError(
                f"Another release is being written to {visible(str(folder))}. Wait for it to end."
            ) from error
        yield


def _some(names: list[str]) -> str:
    shown = ", ".join(visible(name) for name in names[:MAX_SHOWN])
    more = len(names) - MAX_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
