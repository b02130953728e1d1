"""Tar streams and text under a cap: what comes out of a container is never trusted for its size."""

import base64
import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from grader.facts import PathFacts

# The bits Go's os.FileMode uses for what is no regular file.
_GO_DIRECTORY = 1 << 31
_GO_LINK = 1 << 27
_CHUNK = 1 << 20
_GO_OTHER = (1 << 26) | (1 << 25) | (1 << 24) | (1 << 21)


class CappedBytes:
    """Keeps the first and the last bytes of a stream; `total` counts all of it."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._head = b""
        self._tail = b""
        self.total = 0

    def add(self, chunk: bytes) -> None:
        """Take in one more piece."""
        self.total += len(chunk)
        room = self._kept - len(self._head)
        self._head += chunk[:room]
        self._tail = (self._tail + chunk[room:])[-self._kept :] if room < len(chunk) else self._tail

    def content(self) -> bytes:
        """Return what was kept; a line says how much is missing between the two ends."""
        missing = self.total - len(self._head) - len(self._tail)
        gap = f"\n[... {missing} bytes left out ...]\n".encode() if missing else b""
        return self._head + gap + self._tail


class CappedText:
    """The same for text."""

    def __init__(self, kept: int) -> None:
        self._bytes = CappedBytes(kept)

    @property
    def total(self) -> int:
        """Return how many bytes were taken in."""
        return self._bytes.total

    def add(self, text: str) -> None:
        """Take in one more piece."""
        self._bytes.add(text.encode("utf-8", errors="replace"))

    def text(self) -> str:
        """Return what was kept."""
        return self._bytes.content().decode("utf-8", errors="replace")


class _ChunkStream(io.RawIOBase):
    """A file-like view of a stream of chunks that stops at a limit."""

    def __init__(self, chunks: Iterator[bytes], limit: int) -> None:
        self._chunks = chunks
        self._left = limit
        self._buffer = b""
        self.cut = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._buffer:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            if self._left <= 0:
                self.cut = True
                return 0
            self._left -= len(chunk)
            self._buffer = chunk
        count = min(len(buffer), len(self._buffer))
        buffer[:count] = self._buffer[:count]
        self._buffer = self._buffer[count:]
        return count


def path_stat(headers: Mapping[str, str]) -> dict[str, Any]:
    """Return what the engine tells of a path with each answer: base64 of a JSON object."""
    raw = base64.b64decode(headers["X-Docker-Container-Path-Stat"])
    stat: dict[str, Any] = json.loads(raw)
    return stat


def path_facts(stat: Mapping[str, Any]) -> PathFacts:
    """Return what stands at a path, without the digest of its content; `stat` is the engine's."""
    mode = int(stat.get("mode", 0))
    if mode & _GO_DIRECTORY:
        return PathFacts(type="directory", size=0)
    if mode & _GO_LINK:
        return PathFacts(type="link", size=0)
    if mode & _GO_OTHER:
        return PathFacts(type="other", size=0)
    return PathFacts(type="file", size=int(stat.get("size", 0)))


def file_content(chunks: Iterator[bytes], limit: int) -> bytes | None:
    """Return the first `limit` bytes of the one regular file in an archive, None if it is none."""
    reader = _ChunkStream(chunks, limit + 64 * 1024)
    with (
        contextlib.suppress(tarfile.TarError),
        tarfile.open(fileobj=reader, mode="r|") as tar,
    ):
        member = tar.next()
        content = tar.extractfile(member) if member and member.isfile() else None
        if content:
            return content.read(limit)
    return None


def top_names(chunks: Iterator[bytes], limit: int) -> tuple[str, ...] | None:
    """Return the names directly inside the archived directory, None when it is over the limit."""
    names: set[str] = set()
    reader = _ChunkStream(chunks, limit)
    try:
        with tarfile.open(fileobj=reader, mode="r|") as tar:
            for member in tar:
                _, _, inside = member.name.partition("/")
                if inside and "/" not in inside:
                    names.add(inside)
    except tarfile.TarError:
        return None
    return None if reader.cut else tuple(sorted(names))


def digests(chunks: Iterator[bytes], limit: int) -> dict[str, str] | None:
    """Return the SHA-256 of each file below the archived directory, None when over the limit.

    By its path in there. A link has `-> ` and its target for a digest.
    """
    found: dict[str, str] = {}
    reader = _ChunkStream(chunks, limit)
    try:
        with tarfile.open(fileobj=reader, mode="r|") as tar:
            for member in tar:
                _, _, inside = member.name.partition("/")
                if member.issym() or member.islnk():
                    found[inside] = f"-> {member.linkname}"
                elif content := tar.extractfile(member):
                    digest = hashlib.sha256()
                    while chunk := content.read(_CHUNK):
                        digest.update(chunk)
                    found[inside] = digest.hexdigest()
    except tarfile.TarError:
        return None
    return None if reader.cut else found


# 1 January 2000, UTC. One date for all files, so that equal content is an equal archive; and none
# before 1980, which zip archives, Python's wheels among them, cannot hold.
_DATE = 946684800


def pack(files: Mapping[str, bytes], executable: Collection[str] = ()) -> bytes:
    """Return a tar archive of regular files, equal for equal content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mtime = _DATE
            member.mode = 0o755 if name in executable else 0o644
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()
