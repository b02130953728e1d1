"""Opens archives that students packed; with tar_archive the only module that does.

Nothing is written: an archive becomes a list of files that can be read into memory, each read
counted against a limit. What an archive claims about itself (sizes, counts, types) is never
believed. An archive that is damaged, locked or was tampered with is refused as a whole, since
taking a part of it would mean to guess; links, devices and files with odd names are left out
one by one and said.
"""

import io
import stat
import zipfile
from collections.abc import Callable, Sequence

from grader.core.text import visible
from grader.importers.listing import (
    DAMAGED,
    MAX_ENTRIES,
    Broken,
    ByteBudget,
    Listing,
    Member,
    damage,
    is_junk,
    read_limited,
    unpacked_limit,
)
from grader.importers.safe_names import Refused, oddity, refuse_twins, safe_path
from grader.importers.tar_archive import is_tar, list_tar

ENDINGS = (
    *(".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tbz", ".tar.bz2", ".txz", ".tar.xz"),
    *(".rar", ".7z"),
)
_UNREADABLE = {b"Rar!": "RAR", b"7z\xbc\xaf": "7-Zip"}
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
_LOCKED = 0x1
_UTF8 = 0x800


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
    budget = ByteBudget(unpacked_limit(len(content)), whole)
    try:
        if is_tar(content):
            listing = list_tar(content, budget)
        else:
            # Lives as long as the members that read from it.
            archive = zipfile.ZipFile(io.BytesIO(content))
            listing = list_entries(archive, archive.infolist(), budget)
    except DAMAGED as error:
        raise Broken(damage(error)) from error
    refuse_twins(member.path for member in listing.members)
    return listing


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


def _special(mode: int) -> str:
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        return "it is a link; hand in the file itself"
    return "" if kind in {0, stat.S_IFREG} else "it is no regular file"


def _zip_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: ByteBudget
) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            with archive.open(info) as file:
                # The declared size is only a claim: what comes out is counted. zipfile checks the
                # CRC at the end, but ends early where less was declared.
                content = read_limited(file, limit, budget)
        except DAMAGED as error:
            raise Broken(damage(error)) from error
        if len(content) != info.file_size:
            raise Broken(damage(EOFError()))
        return content

    return read
