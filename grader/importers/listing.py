"""What can be read of a source: files that are not read yet, and the limits of reading them."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from grader.importers.safe_names import Refused
from grader.submission.snapshot import IGNORED

MIB = 1024 * 1024
MAX_ARCHIVE = 100 * MIB
MAX_UNPACKED = 64 * MIB
MAX_STREAM = 128 * MIB
MAX_ENTRIES = 20_000
# Text packs to a tenth; a thousandth is what a bomb needs. Small files may pack better.
MAX_RATIO, RATIO_FROM = 200, 5 * MIB
_CHUNK = 64 * 1024
# Folders and files that programs add by themselves; never somebody's work.
JUNK_FOLDERS = IGNORED | {"__MACOSX"}
JUNK_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError),
    *(OSError, ValueError, NotImplementedError, RuntimeError, OverflowError, MemoryError),
)


class Broken(Refused):
    """What comes out is not what was promised: no part of it can be relied on."""


class TooLarge(Refused):
    """One file is larger than the limit it was read with."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it is larger than {limit // MIB} MiB")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a source that has not been read yet; `read(limit)` returns its bytes.

    Reading raises TooLarge for a file over the limit, Broken for what an archive did not keep of
    its promises, and Refused for anything else that must not be read.
    """

    path: str
    read: Callable[[int], bytes]
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be read from one place, and what was left out there and why."""

    members: tuple[Member, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


class Readable(Protocol):
    """Something that is read piece by piece."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(slots=True)
class ByteBudget:
    """How many bytes may still be read from an archive, and from all of a submission."""

    left: int
    whole: "ByteBudget | None" = None

    def take(self, size: int) -> None:
        """Count `size` bytes; Refused when there are too many."""
        self.left -= size
        if self.left < 0:
            raise Broken("it unpacks to far more than any submission needs")
        if self.whole is not None:
            self.whole.take(size)


def is_junk(path: str) -> bool:
    """Return whether a program put this file there by itself."""
    *folders, name = path.split("/")
    return name in JUNK_FILES or not JUNK_FOLDERS.isdisjoint(folders)


def unpacked_limit(packed: int) -> int:
    """Return how many bytes may come out of an archive of this size."""
    return min(MAX_UNPACKED, max(RATIO_FROM, packed * MAX_RATIO))


def damage(error: BaseException) -> str:
    """Return what is wrong with an archive whose reading ended with one of DAMAGED."""
    if isinstance(error, NotImplementedError | RuntimeError):
        return "it is packed in a way that is not read here; pack it as a plain .zip"
    return "it is damaged or cut off; pack it and hand it in again"


def read_limited(file: Readable, limit: int, budget: ByteBudget) -> bytes:
    """Return the bytes of a file; TooLarge for more than `limit`, Broken beyond the budget."""
    parts: list[bytes] = []
    size = 0
    while chunk := file.read(_CHUNK):
        budget.take(len(chunk))
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit)
        parts.append(chunk)
    return b"".join(parts)
