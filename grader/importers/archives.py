"""Opens archives that students packed; the only module that does.

Nothing is written: an archive becomes a list of files that can be read into memory, each read
counted against a limit. What an archive claims about itself (sizes, counts, types) is never
believed. An archive that is damaged, locked or was tampered with is refused as a whole, since
taking a part of it would mean to guess; links, devices and files with odd names are left out
one by one and said.
"""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol, Self

from grader.core.text import visible
from grader.importers.safe_names import Refused, oddity, refuse_twins, safe_path
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
ENDINGS = (
    *(".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tbz", ".tar.bz2", ".txz", ".tar.xz"),
    *(".rar", ".7z"),
)
_UNREADABLE = {b"Rar!": "RAR", b"7z\xbc\xaf": "7-Zip"}
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
_LOCKED = 0x1
_UTF8 = 0x800
_DAMAGED = (
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


def archive_stem(name: str) -> str | None:
    """Return an archive's name without its ending, or None when the name is not an archive's."""
    lower = name.lower()
    endings = sorted((e for e in ENDINGS if lower.endswith(e)), key=len)
    return name[: -len(endings[-1])] if endings else None


def open_archive(content: bytes, whole: ByteBudget) -> Listing:
    """Return the files of a zip or tar archive; Refused when it must not be unpacked.

    What is read counts against `whole`, the budget of the whole submission, as well.
    """
    for magic, program in _UNREADABLE.items():
        if content.startswith(magic):
            raise Refused(f"it is a {program} archive; pack it as .zip or .tar.gz")
    budget = ByteBudget(_limit(len(content)), whole)
    try:
        if _is_tar(content):
            listing = _list_tar(content, budget)
        else:
            # Lives as long as the members that read from it.
            archive = zipfile.ZipFile(io.BytesIO(content))
            listing = list_entries(archive, archive.infolist(), budget)
    except _DAMAGED as error:
        raise Broken(_damage(error)) from error
    refuse_twins(member.path for member in listing.members)
    return listing


def _is_tar(content: bytes) -> bool:
    """Return whether this is a tar, perhaps a compressed one; anything else is read as a zip."""
    return content.startswith((_GZIP, _BZIP2, _XZ)) or content[257:262] == b"ustar"


def list_entries(
    archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], budget: ByteBudget, outer: str = ""
) -> Listing:
    """Return some entries of a zip as files; names are safe, but two may still collide.

    `outer` is a folder that all of them lie in and that another system named: an odd name of
    that one is not theirs.
    """
    if len(infos) > MAX_ENTRIES:
        raise Refused(f"it holds {len(infos):,} entries; at most {MAX_ENTRIES:,} are read")
    members: list[Member] = []
    left_out: dict[str, str] = {}
    for info in infos:
        name = zip_name(info)
        path = safe_path(name)
        if name.endswith(("/", "\\")) or not path or is_junk(path):
            continue
        mode = info.external_attr >> 16
        why = oddity(path.removeprefix(outer)) or _special(mode)
        if why:
            left_out[visible(path)] = why
            continue
        if info.flag_bits & _LOCKED:
            raise Refused("it is locked with a password; pack it without one")
        if info.compress_type not in _METHODS:
            raise Refused("it is packed in a way that is not read here; pack it as a plain .zip")
        members.append(Member(path, _zip_reader(archive, info, budget), bool(mode & stat.S_IXUSR)))
    return Listing(tuple(members), left_out)


def zip_name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name as its maker meant it.

    A name without the UTF-8 flag is code page 437 by the standard, but most programs that leave
    the flag out write UTF-8 all the same. `orig_filename` is what was stored: zipfile cuts a
    name at a NUL, which would make two names one.
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def is_junk(path: str) -> bool:
    """Return whether a program put this file there by itself."""
    *folders, name = path.split("/")
    return name in JUNK_FILES or not JUNK_FOLDERS.isdisjoint(folders)


def _special(mode: int) -> str:
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        return "it is a link; hand in the file itself"
    return "" if kind in {0, stat.S_IFREG} else "it is no regular file"


def _limit(packed: int) -> int:
    """Return how many bytes may come out of an archive of this size."""
    return min(MAX_UNPACKED, max(RATIO_FROM, packed * MAX_RATIO))


def _damage(error: BaseException) -> str:
    if isinstance(error, NotImplementedError | RuntimeError):
        return "it is packed in a way that is not read here; pack it as a plain .zip"
    return "it is damaged or cut off; pack it and hand it in again"


def _zip_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: ByteBudget
) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            with archive.open(info) as file:
                # The declared size is only a claim: what comes out is counted. zipfile checks the
                # CRC at the end, but ends early where less was declared.
                content = _read(file, limit, budget)
        except _DAMAGED as error:
            raise Broken(_damage(error)) from error
        if len(content) != info.file_size:
            raise Broken(_damage(EOFError()))
        return content

    return read


def _read(file: Readable, limit: int, budget: ByteBudget) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := file.read(_CHUNK):
        budget.take(len(chunk))
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit)
        parts.append(chunk)
    return b"".join(parts)


def _list_tar(content: bytes, budget: ByteBudget) -> Listing:
    members: list[Member] = []
    left_out: dict[str, str] = {}
    stream = _LimitedStream(
        _unpacked(content), ByteBudget(min(MAX_STREAM, _limit(len(content)) + MIB))
    )
    count = 0
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_TarHeader) as tar:
        for member in tar:
            count += 1
            if count > MAX_ENTRIES:
                raise Refused(f"it holds more than {MAX_ENTRIES:,} entries")
            path = safe_path(member.name)
            if member.isdir() or not path or is_junk(path):
                continue
            why = oddity(path) or _special_member(member)
            file = None if why else tar.extractfile(member)
            if file is None:
                left_out[visible(path)] = why or "it is no regular file"
                continue
            members.append(_in_memory(path, file, budget, member))
    return Listing(tuple(members), left_out)


class _TarHeader(tarfile.TarInfo):
    """A tar's header; one that is broken ends the reading with an error, not as if all was read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise tarfile.ReadError(str(error)) from error
            raise  # nothing but zeros, or nothing at all: the end


def _in_memory(path: str, file: IO[bytes], budget: ByteBudget, member: tarfile.TarInfo) -> Member:
    """Return a tar's file, read now: a compressed stream cannot be gone back to."""
    content = _read(file, MAX_UNPACKED, budget)
    if len(content) != member.size:
        raise Broken(_damage(EOFError()))

    def read(limit: int) -> bytes:
        if len(content) > limit:
            raise TooLarge(limit)
        return content

    return Member(path, read, bool(member.mode & stat.S_IXUSR))


def _special_member(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "it is a link; hand in the file itself"
    if not member.isreg() or member.issparse():
        return "it is no regular file"
    return ""


class _LimitedStream(io.BufferedIOBase):
    """A stream that refuses to give more bytes than its budget allows."""

    def __init__(self, inner: Readable, budget: ByteBudget) -> None:
        self._inner = inner
        self._budget = budget

    def read(self, size: int | None = -1, /) -> bytes:
        most = self._budget.left + 1
        chunk = self._inner.read(most if size is None or size < 0 else min(size, most))
        self._budget.take(len(chunk))
        return chunk


def _unpacked(content: bytes) -> Readable:
    if content.startswith(_GZIP):
        return gzip.GzipFile(fileobj=io.BytesIO(content))
    if content.startswith(_BZIP2):
        return bz2.BZ2File(io.BytesIO(content))
    if content.startswith(_XZ):
        return _Xz(content)
    return io.BytesIO(content)


class _Xz:
    """An xz stream that is read with bounded memory: its dictionary may claim gigabytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._inner = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_ARCHIVE)

    def read(self, size: int = -1, /) -> bytes:
        """Return at least one byte, or none at the end."""
        while not self._inner.eof:
            content, self._content = self._content, b""
            if not content and self._inner.needs_input:
                raise EOFError
            if chunk := self._inner.decompress(content, max_length=size):
                return chunk
        return b""
