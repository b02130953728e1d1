"""Archives from students: nothing they claim is believed, and nothing is taken by half."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import resource
import stat
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.importers.archives import archive_stem, open_archive
from grader.importers.listing import MAX_ENTRIES, MIB, Broken, ByteBudget, TooLarge
from grader.importers.safe_names import Refused
from tests.importers.packing import claiming, locked, special, tar_of, tarred, with_mode, zipped

WHOLE = 500 * MIB


def _read(content: bytes, limit: int = MIB) -> dict[str, bytes]:
    listing = open_archive(content, ByteBudget(WHOLE))
    return {member.path: member.read(limit) for member in listing.members}


FILES = {"lab/Dockerfile": b"FROM python:3.7\n", "lab/sub/run.sh": b"#!/bin/sh\n", "a": b""}


@pytest.mark.parametrize(
    "content",
    [
        zipped(FILES),
        tarred(FILES.items()),
        tarred(FILES.items(), "w:gz"),
        tarred(FILES.items(), "w:bz2"),
        tarred(FILES.items(), "w:xz"),
        b"".join(
            lzma.compress(part) + bytes(4)
            for part in (tarred(FILES.items())[:700], tarred(FILES.items())[700:])
        ),
        zipped({name.replace("/", "\\"): content for name, content in FILES.items()}),
        zipped({f"./{name}": content for name, content in FILES.items()}),
    ],
    ids=["zip", "tar", "gz", "bz2", "xz", "xz in two streams", "backslashes", "dot"],
)
def test_an_honest_archive_is_read_whole(content: bytes) -> None:
    """Whatever program packed it."""
    assert _read(content) == FILES


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/cron.d/evil",
        "C:\\evil",
        "c:evil",
        "..\\..\\evil",
        "\\\\host\\share\\evil",
        "a/..",
    ],
)
@pytest.mark.parametrize("pack", [zipped, lambda files: tarred(files.items())], ids=["zip", "tar"])
def test_a_name_that_points_outside_refuses_the_archive(name: str, pack: object) -> None:
    """Somebody tampered with it: nothing else in it is taken either."""
    assert callable(pack)
    with pytest.raises(Refused, match="points outside"):
        _read(pack({"good": b"x", name: b"evil"}))


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("Dockerfile", "Dockerfile", "two entries have the name"),
        ("Dockerfile", "dockerfile", "tell .* apart"),
        ("lab/a", "LAB/b", "tell .* apart"),
        ("caf\u00e9", "cafe\u0301", "tell .* apart"),
        ("Dockerfile", "Dock\u0435rfile", "tell .* apart"),
        ("a\u017f", "as", "tell .* apart"),
        ("a", "a/b", "a file and a folder at once"),
        ("a/b", "a", "a file and a folder at once"),
        ("a/b", "a\\b", "two entries have the name"),
        ("a/b", "a/./b", "two entries have the name"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_names_that_collide_refuse_the_archive(first: str, second: str, words: str) -> None:
    """Which of the two is meant would be a guess."""
    pairs = [(first, b"1"), (second, b"2")]

    for content in (zipped(pairs), tarred(pairs)):
        with pytest.raises(Refused, match=words):
            _read(content)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a\x1b[2Jb", "not plain text"),
        ("a\nb", "not plain text"),
        ("a\u202eb", "not plain text"),
        ("a\u200bb", "not plain text"),
        ("Dockerfile ", "ends with a space"),
        ("lab./a", "ends with a space"),
        ("n" * 256, "too long"),
        ("d/" * 30 + "a", "too deep"),
    ],
)
def test_an_odd_name_is_left_out_and_said(name: str, why: str) -> None:
    """The rest is taken; the name is shown so that it can do no harm."""
    for content in (zipped({"good": b"x", name: b"y"}), tarred([("good", b"x"), (name, b"y")])):
        listing = open_archive(content, ByteBudget(WHOLE))

        assert [member.path for member in listing.members] == ["good"]
        ((shown, reason),) = listing.left_out.items()
        assert why in reason
        assert shown.isprintable()


def test_a_name_with_a_nul_is_not_cut_into_another() -> None:
    """Python's zipfile ends a name at a NUL: two names would become one."""
    content = zipped({"ab": b"x"}).replace(b"ab", b"a\0")

    listing = open_archive(content, ByteBudget(WHOLE))

    assert not listing.members
    assert list(listing.left_out) == ["a\\x00"]


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK]
)
def test_links_and_devices_in_a_zip_are_left_out(mode: int) -> None:
    """Python's zipfile would write a link's target as a file's content."""
    listing = open_archive(with_mode("x", b"/etc/shadow", mode | 0o777), ByteBudget(WHOLE))

    assert not listing.members
    assert "x" in listing.left_out


def test_links_and_devices_in_a_tar_are_left_out() -> None:
    """Also a hard link, and a sparse file of a terabyte."""
    kinds = {
        "symlink": tarfile.SYMTYPE,
        "hard": tarfile.LNKTYPE,
        "fifo": tarfile.FIFOTYPE,
        "char": tarfile.CHRTYPE,
        "block": tarfile.BLKTYPE,
    }
    members = [special(name, kind, "/etc/shadow") for name, kind in kinds.items()]

    listing = open_archive(tar_of(members), ByteBudget(WHOLE))

    assert not listing.members
    assert set(listing.left_out) == set(kinds)


def test_the_execute_bit_is_kept() -> None:
    """COPY keeps it, so a build may need it."""
    content = with_mode("run.sh", b"#!/bin/sh\n", stat.S_IFREG | 0o755)

    assert open_archive(content, ByteBudget(WHOLE)).members[0].executable


def test_a_name_in_utf8_without_its_flag_is_read_as_utf8() -> None:
    """Many programs leave the flag out; a real code page 437 name stays what it was."""
    content = zipped({"M\u00fcller": b"x"})
    flagless = bytearray(content)
    for magic, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        flagless[content.index(magic) + offset] &= ~0x08

    assert list(_read(bytes(flagless))) == ["M\u00fcller"]
    assert list(_read(bytes(flagless).replace("\u00fc".encode(), b"\x81a"))) == ["M\u00fcaller"]


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_off_archive_is_refused(seed: int) -> None:
    """Half of the files is not the student's work."""
    big = os.urandom(20_000)
    for content in (
        zipped({"a": big, "b": big}),
        tarred([("a", big), ("b", big)]),
        tarred([("a", big), ("b", big)], "w:gz"),
        tarred([("a", big), ("b", big)], "w:xz"),
        tarred([("a", big), ("b", big)], "w:bz2"),
    ):
        cut = content[: 600 + (len(content) - 12_000) * seed // 8]
        with pytest.raises(Refused, match="damaged"):
            _read(cut)


def test_a_wrong_checksum_is_found() -> None:
    """One bit is enough."""
    content = zipped([("a", b"x" * 100)])
    place = content.index(b"PK\x01\x02") + 16
    broken = content[:place] + b"\0\0\0\1" + content[place + 4 :]

    with pytest.raises(Broken, match="damaged"):
        _read(broken)


@pytest.mark.parametrize("size", [0, 1, 99, 101, 2**31, 2**32 - 2])
def test_a_size_that_is_a_lie_is_found(size: int) -> None:
    """The directory's sizes are claims."""
    with pytest.raises(Broken, match="damaged"):
        _read(claiming(zipped({"a": b"x" * 100}), size))


def test_a_broken_header_inside_a_tar_is_not_its_end() -> None:
    """Python's tarfile stops there as if all had been read."""
    content = bytearray(tarred([("a", b"x"), ("b", b"y"), ("c", b"z")]))
    content[1024 + 10] ^= 0xFF

    with pytest.raises(Broken, match="damaged"):
        _read(bytes(content))


def test_a_locked_archive_says_so() -> None:
    """Nobody has the password when the class is graded."""
    with pytest.raises(Refused, match="locked with a password"):
        _read(locked(zipped({"a": b"x"})))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Rar!\x1a\x07\x01\x00rest", "RAR archive; pack it as .zip"),
        (b"7z\xbc\xaf\x27\x1crest", "7-Zip archive; pack it as .zip"),
        (b"", "damaged"),
        (b"PK", "damaged"),
        (b"hello", "damaged"),
        (b"\x1f\x8b", "damaged"),
        (b"BZh91AY", "damaged"),
        (b"\xfd7zXZ\x00", "damaged"),
    ],
)
def test_what_is_no_archive_is_one_clear_message(content: bytes, words: str) -> None:
    """With what to do next."""
    with pytest.raises(Refused, match=words):
        _read(content)


def _in_streams(pack: Callable[[bytes], bytes], head: bytes) -> bytes:
    """Return a head and half a gigabyte of zeros; streams behind one another unpack as one."""
    return pack(head) + pack(bytes(MIB)) * 512


def _in_one_stream(head: bytes) -> bytes:
    packer, zeros = lzma.LZMACompressor(preset=0), bytes(MIB)
    return b"".join(packer.compress(part) for part in (head, *[zeros] * 512)) + packer.flush()


@pytest.mark.parametrize(
    "pack",
    [partial(_in_streams, gzip.compress), partial(_in_streams, bz2.compress), _in_one_stream],
    ids=["gz", "bz2", "xz"],
)
def test_a_bomb_is_stopped_early_and_in_little_memory(pack: Callable[[bytes], bytes]) -> None:
    """Half a gigabyte of zeros packs to next to nothing; its second half is never looked at."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    info = tarfile.TarInfo("zeros")
    info.size = 512 * MIB
    packed = pack(info.tobuf())
    half = packed[: len(packed) // 2]

    with pytest.raises(Broken, match="far more than any submission needs"):
        _read(half + b"x" * len(half))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_a_zip_bomb_is_counted_not_believed() -> None:
    """Many files together, each of them small, its directory telling nothing of it."""
    content = zipped({f"f{n}": bytes(MIB) for n in range(100)})

    with pytest.raises(Broken, match="far more than any submission needs"):
        _read(content)


def test_one_file_over_the_limit_is_told_apart() -> None:
    """It is left out alone; the archive is fine."""
    (member,) = open_archive(zipped({"a": os.urandom(2000)}), ByteBudget(WHOLE)).members

    with pytest.raises(TooLarge):
        member.read(1999)


def test_twice_as_many_entries_as_there_may_be_are_not_looked_at() -> None:
    """In a zip its directory says so, in a tar nothing behind the last that may be is read."""
    names = [(f"d/{n}", b"") for n in range(2 * MAX_ENTRIES)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in names:
            archive.writestr(name, content)
        start = archive.start_dir
    entries_gone = b"x" * start + out.getvalue()[start:]

    with pytest.raises(Refused, match=f"{MAX_ENTRIES:,}"):
        _read(entries_gone)
    with pytest.raises(Refused, match=f"{MAX_ENTRIES:,}"):
        _read(tarred(names[: MAX_ENTRIES + 1], "w") + b"x" * 5000)


def test_what_programs_add_by_themselves_is_nobodys_work() -> None:
    """Finder's twins of every file, git's own folder, thumbnails."""
    junk = ["__MACOSX/lab/._a", ".DS_Store", "lab/.git/config", "Thumbs.db", "lab/node_modules/x"]

    assert list(_read(zipped(dict.fromkeys([*junk, "lab/a"], b"")))) == ["lab/a"]


def test_archives_are_known_by_their_endings() -> None:
    """Without regard to case; `.tar.gz` is one ending."""
    assert archive_stem("work.TAR.GZ") == "work"
    assert archive_stem("work.v2.zip") == "work.v2"
    assert archive_stem("notes.txt") is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_an_archive_or_refused(content: bytes) -> None:
    """Never another exception."""
    with contextlib.suppress(Refused):
        _read(content)


PARTS = st.sampled_from(["a", "b", "..", ".", "", "C:", "A", "\u0430", "c\0d", "x" * 300, "e "])
PATHS = st.lists(PARTS, min_size=1, max_size=5).flatmap(
    lambda parts: st.sampled_from(["/", "\\"]).map(lambda slash: slash.join(parts))
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(PATHS, st.binary(max_size=50)), max_size=6),
    st.sampled_from(["w", "w:gz", "w:xz", "zip"]),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=4),
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_any_archive_keeps_inside_whatever_is_changed_in_it(
    entries: list[tuple[str, bytes]], form: str, changes: list[tuple[int, int]]
) -> None:
    """Paths are relative, climb nowhere and are all different; or it is refused."""
    content = bytearray(zipped(entries) if form == "zip" else tarred(entries, form))
    for place, value in changes:
        content[place % len(content)] = value
    try:
        files = open_archive(bytes(content), ByteBudget(WHOLE)).members
        for member in files:
            member.read(MIB)
    except Refused:
        return
    root = Path("/target")
    for member in files:
        assert (root / member.path).resolve().is_relative_to(root)
        assert "\0" not in member.path
    assert len({member.path.casefold() for member in files}) == len(files)
