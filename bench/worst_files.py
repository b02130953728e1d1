"""Seconds and memory that the worst file of each kind takes, at the size that is allowed.

usage: bench/worst_files.py [WORD...]     (those with one of the words in their name; all of them)

Each file is written by one process and read by another, through what the grader reads such files
with. What is told are the seconds of reading, and how much the reader's memory grew at its peak.
"""

import bz2
import contextlib
import io
import json
import re
import resource
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.build.dockerfile.parsed import DockerfileSyntaxError
from grader.build.dockerfile.parser import parse
from grader.build.dockerfile.screen import screen
from grader.build.dockerignore import DockerignoreError, left_out
from grader.class_report.fingerprint import make_fingerprint
from grader.core.csv_table import CsvError, read_csv_bytes
from grader.engine import profile, tar
from grader.engine.records import log_lines
from grader.importers.archives import open_archive
from grader.importers.listing import ByteBudget
from grader.importers.safe_names import Refused
from grader.judge.causes.all_causes import CAUSES
from grader.judge.causes.cause import told
from grader.judge.check_kinds import PARAMS
from grader.render.markdown_html import MAX_MARKDOWN, render_markdown
from grader.spec.catalog import load_assignments
from grader.spec.notebook.find_answers import read_answers
from grader.submission.snapshot import read_submission

LAB = "04-images-and-containers"
MIB = 1 << 20
# What readers raise for what they do not take: that, too, has to come soon.
_SAYS_NO = (DockerfileSyntaxError, DockerignoreError, CsvError, Refused)


@dataclass(frozen=True, slots=True)
class Worst:
    """A kind of file at its worst: `make` returns its bytes, `read` is what is measured."""

    kind: str
    make: Callable[[], bytes]
    read: Callable[[bytes], object]


def _notebook(cells: str) -> bytes:
    return f'{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}}, "cells": [{cells}]}}'.encode()


def _cell(text: str) -> str:
    return json.dumps({"cell_type": "markdown", "id": "a", "metadata": {}, "source": text})


def _read_notebook(content: bytes) -> None:
    (lab,) = (lab for lab in load_assignments(Path("assignments"), PARAMS) if lab.id == LAB)
    read_answers(lab.questions, content)


def _read_dockerfile(content: bytes) -> None:
    screen(parse(content.decode()), ["python:3.7"], ["main.py"])


def _read_ignore(content: bytes) -> None:
    paths = [f"{'a/' * 7}{number}{'a' * 200}" for number in range(200)]
    left_out(content, paths)


def _zip(entries: int, each: bytes, method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for number in range(entries):
            archive.writestr(f"lab/{number}", each)
    return out.getvalue()


def _tar_of_zeros(size: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("lab/zeros")
        member.size = size
        archive.addfile(member, io.BytesIO(bytes(size)))
    return out.getvalue()


def _read_archive(content: bytes) -> None:
    listing = open_archive(content, ByteBudget(200 * MIB))
    for member in listing.members:
        member.read(5 * MIB)


def _frames(text: bytes, size: int) -> bytes:
    line = b"2026-11-28T18:00:00.000000000Z " + text
    frame = struct.pack(">BxxxL", 1, len(line)) + line
    return frame * (size // len(frame))


def _chunks(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), 64 * 1024):
        yield content[at : at + 64 * 1024]


def _tar_of_files(count: int, each: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number in range(count):
            member = tarfile.TarInfo(f"lib/{number:07}.py")
            member.size = each
            archive.addfile(member, io.BytesIO(bytes(each)))
    return out.getvalue()


def _patterns() -> list[str]:
    """Return every pattern that rows of causes look for in what was written."""
    found: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, tuple | frozenset):
            for each in value:
                collect(each)
        for cell in getattr(value, "__closure__", None) or ():
            collect(cell.cell_contents)

    for cause in CAUSES:
        collect(cause.look)
    return [text for text in dict.fromkeys(found) if re.search(r"[\\*+|]", text)]


def _read_line(content: bytes) -> None:
    line = told(content.decode())
    for pattern in _patterns():
        try:
            re.search(pattern, line)
        except re.error:
            continue


def _read_tree(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = Path(folder) / LAB
        lab.mkdir()
        for number in range(3000):
            (lab / f"{number}.txt").write_bytes(content)
        submission = read_submission(Path(folder), [LAB])
        files = submission.labs[LAB]
        if files:
            make_fingerprint("student", "0" * 64, {LAB: files.files}, {}, {})


def _read_markdown(content: bytes) -> None:
    render_markdown(content.decode())


def _words(word: str, size: int) -> bytes:
    return (word * (size // len(word) + 1)).encode()[:size]


WORST = (
    Worst(
        "notebook: a string without an end", lambda: _notebook('"' + '\\"' * MIB), _read_notebook
    ),
    Worst("notebook: nested lists", lambda: _notebook("[" * (2 * MIB - 200)), _read_notebook),
    Worst("notebook: a long number", lambda: _notebook("9" * (2 * MIB - 200)), _read_notebook),
    Worst(
        "notebook: 2,000 cells",
        lambda: _notebook(",".join(_cell("a" * 900) for _ in range(2000))),
        _read_notebook,
    ),
    Worst(
        "answer as Markdown: brackets",
        lambda: _words("[a](", MAX_MARKDOWN),
        _read_markdown,
    ),
    Worst(
        "answer as Markdown: quotes",
        lambda: _words("> * 1. ", MAX_MARKDOWN),
        _read_markdown,
    ),
    Worst(
        "answer as Markdown: emphasis",
        lambda: _words("**a_ *", MAX_MARKDOWN),
        _read_markdown,
    ),
    Worst(
        "Dockerfile: variables in variables",
        lambda: b"FROM python:3.7\nARG a=" + b"x" * 30_000 + b"\n" + b"ARG b=$a$a$a$a\n" * 90,
        _read_dockerfile,
    ),
    Worst(
        "Dockerfile: one line",
        lambda: b"FROM python:3.7\nRUN " + _words("$a \\\\ ", 65_000),
        _read_dockerfile,
    ),
    Worst(
        "Dockerfile: continued lines",
        lambda: b"FROM python:3.7\nRUN a \\\n" + _words("b \\\n", 65_000),
        _read_dockerfile,
    ),
    Worst(".dockerignore: stars", lambda: b"**/*a*a*a*a*a*a*b\n" * 1000, _read_ignore),
    Worst(
        "script: one line, for causes",
        lambda: _words("usermod chmod curl tee ", 16_384),
        _read_line,
    ),
    Worst("zip: a bomb", lambda: _zip(40, bytes(20 * MIB), zipfile.ZIP_DEFLATED), _read_archive),
    Worst("zip: 20,000 entries", lambda: _zip(20_000, b"", zipfile.ZIP_STORED), _read_archive),
    Worst("tar.bz2: a bomb", lambda: bz2.compress(_tar_of_zeros(400 * MIB)), _read_archive),
    Worst("table: 20 million characters", lambda: _words("a,b;c\n", 19_999_999), read_csv_bytes),
    Worst("table: one quoted cell", lambda: b'"' + _words('a""', 19_000_000), read_csv_bytes),
    Worst("3,000 files beside the lab's", lambda: _words("print('a b c')\n", 25_000), _read_tree),
    Worst("log: lines of one character", lambda: _frames(b"a\n", 2 * MIB), log_lines),
    Worst("log: one line in pieces", lambda: _frames(b"a", 2 * MIB), log_lines),
    Worst(
        "image: a folder of 8 MiB",
        lambda: _tar_of_files(16_000, 0),
        lambda c: tar.top_names(_chunks(c), profile.LISTING_LIMIT),
    ),
    Worst(
        "image: a file of 64 MiB",
        lambda: _tar_of_zeros(profile.PATH_LIMIT),
        lambda c: tar.file_content(_chunks(c), profile.PATH_LIMIT),
    ),
    Worst(
        "image: a library of 256 MiB",
        lambda: _tar_of_files(60_000, 3_500),
        lambda c: tar.digests(_chunks(c), profile.LIBRARY_LIMIT),
    ),
)


def main(words: list[str]) -> None:
    """Make and read each in processes of their own; print a table."""
    print("| file | MiB | seconds | MiB of memory |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for number, worst in enumerate(WORST):
            if words and not any(word in worst.kind for word in words):
                continue
            for step in ("--make", "--read"):
                done = subprocess.run(
                    [sys.executable, __file__, step, str(number), path],
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            seconds, memory = json.loads(done.stdout)
            size = path.stat().st_size / MIB
            print(f"| {worst.kind} | {size:.2f} | {seconds:.2f} | {memory:.0f} |", flush=True)


def _read(worst: Worst, path: Path) -> None:
    content = path.read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    with contextlib.suppress(*_SAYS_NO):
        worst.read(content)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([time.process_time() - begin, (after - before) / 1024]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        Path(sys.argv[3]).write_bytes(WORST[int(sys.argv[2])].make())
    elif sys.argv[1:2] == ["--read"]:
        _read(WORST[int(sys.argv[2])], Path(sys.argv[3]))
    else:
        main(sys.argv[1:])
