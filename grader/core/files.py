"""Writes files so that a reader, or a crash, sees the old content or the new, and never a part."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a file atomically: a reader, or a crash, sees the old content or the new."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes, *, executable: bool = False) -> None:
    """Write a file atomically, readable for all whatever the umask."""
    write_together([(path, [content])], executable=executable)


def write_together(
    files: Sequence[tuple[Path, Iterable[bytes]]], *, executable: bool = False
) -> None:
    """Write files that belong together, each in parts, so that none is ever whole in memory.

    All are written in full under other names before the first takes its place: what a full disk
    or an error in making them stops has changed nothing. They take their places in the order
    given, so the last one can vouch for the others; its parts may be made of what those before
    it yielded.
    """
    drafts: list[tuple[Path, Path]] = []
    target = files[0][0]
    try:
        for target, parts in files:
            drafts.append((_draft(target), target))
            _fill(drafts[-1][0], parts, executable=executable)
        for draft, target in drafts:
            draft.replace(target)
    except BaseException as error:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(target)  # a disk that is full does not say for which file
        raise
    for folder in {target.parent for target, _ in files}:
        sync_folder(folder)


def _draft(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=draft_prefix(path.name))
    os.close(handle)
    return Path(name)


def draft_prefix(name: str) -> str:
    """Return what the name of a file begins with while it is being written under another one."""
    return f".{name}."


def _fill(draft: Path, parts: Iterable[bytes], *, executable: bool) -> None:
    with draft.open("wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o755 if executable else 0o644)


def sync_folder(folder: Path) -> None:
    """Let names that changed in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
