"""Builds the archives that the tests of the importers read: honest ones and others."""

import io
import struct
import tarfile
import zipfile
from collections.abc import Iterable, Mapping

LAB = "04-images-and-containers"
LABS = ("01-microservices", LAB, "05-volumes")


def zipped(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip; pairs may name an entry twice."""
    pairs = files.items() if isinstance(files, Mapping) else files
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs:
            info = zipfile.ZipInfo(name)
            info.filename = info.orig_filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def with_mode(name: str, content: bytes, mode: int) -> bytes:
    """Return a zip of one entry with Unix mode bits, as of a link or a device."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = mode << 16
        archive.writestr(info, content)
    return out.getvalue()


def tarred(members: Iterable[tuple[str, bytes]], mode: str = "w") -> bytes:
    """Return a tar of regular files; `mode` may compress (`w:gz`)."""
    return tar_of([_regular(name, content) for name, content in members], mode)


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]], mode: str = "w") -> bytes:
    """Return a tar of any members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        for info, content in members:
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """Return a tar member that is no regular file."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info, b""


def _regular(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def claiming(content: bytes, size: int) -> bytes:
    """Return a zip whose directory claims another unpacked size for its first entry."""
    place = content.index(b"PK\x01\x02")
    return content[: place + 24] + struct.pack("<L", size) + content[place + 28 :]


def locked(content: bytes) -> bytes:
    """Return a zip whose entries carry the flag of encryption."""
    changed = bytearray(content)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(magic)
        while place >= 0:
            changed[place + offset] |= 1
            place = content.find(magic, place + 4)
    return bytes(changed)
