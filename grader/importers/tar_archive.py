"""Lists the files of a tar, perhaps a compressed one. Each is read at once, against a budget."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
from typing import IO, Self

from grader.core.text import visible
from grader.importers.listing import (
    MAX_ARCHIVE,
    MAX_ENTRIES,
    MAX_STREAM,
    MAX_UNPACKED,
    MIB,
    Broken,
    ByteBudget,
    Listing,
    Member,
    Readable,
    TooLarge,
    damage,
    is_junk,
    read_limited,
    unpacked_limit,
)
from grader.importers.safe_names import Refused, oddity, safe_path

_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"


def is_tar(content: bytes) -> bool:
    """Return whether this is a tar, perhaps a compressed one; anything else is read as a zip."""
    return content.startswith((_GZIP, _BZIP2, _XZ)) or content[257:262] == b"ustar"


def list_tar(content: bytes, budget: ByteBudget) -> Listing:
    """Return the files of a tar; what its compressed stream unpacks to is limited as well."""
    members: list[Member] = []
    left_out: dict[str, str] = {}
    stream = _LimitedStream(
        _unpacked(content), ByteBudget(min(MAX_STREAM, unpacked_limit(len(content)) + MIB))
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
    content = read_limited(file, MAX_UNPACKED, budget)
    if len(content) != member.size:
        raise Broken(damage(EOFError()))

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
    """An xz file that is read with bounded memory: its dictionary may claim gigabytes.

    It may be of several streams, one behind the other, as `cat` and `xz -T` make them, with zeros
    in between.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._inner = self._stream()

    @staticmethod
    def _stream() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_ARCHIVE)

    def read(self, size: int = -1, /) -> bytes:
        """Return at least one byte, or none at the end."""
        while True:
            if self._inner.eof:
                self._content = self._inner.unused_data.lstrip(b"\0")
                if not self._content:
                    return b""
                self._inner = self._stream()
            content, self._content = self._content, b""
            if not content and self._inner.needs_input:
                raise EOFError
            if chunk := self._inner.decompress(content, max_length=size):
                return chunk
