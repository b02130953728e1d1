"""Writes files so that a reader, or a crash, sees the old content or the new, and never a part."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a file atomically: a reader, or a crash, sees the old content or the new."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes, *, executable: bool = False) -> None:
    """Write a file atomically, readable for all whatever the umask."""
    write_parts(path, [content], executable=executable)


def write_parts(path: Path, parts: Iterable[bytes], *, executable: bool = False) -> None:
    """Write a file atomically that comes in parts, so that it is never whole in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o755 if executable else 0o644)
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a disk that is full does not say for which file
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
