"""Reads a submission once, into memory: later stages see this snapshot and never the folder.

Nothing in the folder is trusted: links, devices and pipes are not followed or opened, names,
counts and sizes are capped, and whatever is left out is said.
"""

import errno
import hashlib
import logging
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.core.errors import SubmissionError
from grader.core.text import visible
from grader.facts import Fault, NotSeen
from grader.submission.manifest import MANIFEST, digest

_log = logging.getLogger(__name__)

MAX_FILES = 200
MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 8
# Folders that tools leave behind; never part of a build.
IGNORED = frozenset({".git", "__pycache__", ".ipynb_checkpoints", ".venv", "node_modules"})
# What stands around the labs in a starter repository, and how much of it is looked at: a wheel of
# the grader may be in it.
AROUND = (".github", ".devcontainer", "check", MANIFEST)
MAX_AROUND_FILES = 100
MAX_AROUND_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LabFiles:
    """One lab of a submission: contents by relative path, and what could not be taken and why.

    `executable` names the files that carry the execute bit: COPY keeps it.
    """

    files: Mapping[str, bytes]
    executable: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """A snapshot of one student's work; `digest` is a SHA-256 over all that was read.

    Where nothing at all could be read, `missing` says why. `around` are digests of what stands
    around the labs in a starter repository, by path, and `manifest` the list of what was released.
    """

    id: str
    digest: str
    labs: Mapping[str, LabFiles]
    missing: NotSeen | None = None
    around: Mapping[str, str] = field(default_factory=dict)
    manifest: bytes = b""


def read_submission(folder: Path, labs: Iterable[str]) -> Submission:
    """Return the snapshot of those labs that `folder` holds; SubmissionError if it holds none.

    `folder` is a submission with lab folders in it, or one lab folder by itself.
    """
    known = list(labs)
    if not folder.exists():
        raise SubmissionError(
            f"{visible(str(folder))} does not exist. Name the submission's folder."
        )
    if not folder.is_dir():
        raise SubmissionError(
            f"{visible(str(folder))} is not a folder. Name the submission's folder."
        )
    folder = folder.resolve()
    root = folder
    found = {lab: folder / lab for lab in known if _is_plain_folder(folder / lab)}
    name = folder.name
    if not found and folder.name in known:
        found, name, root = {folder.name: folder}, folder.parent.name, folder.parent
    if not found:
        raise SubmissionError(
            f"{visible(str(folder))} holds none of the lab folders ({', '.join(known)}). "
            "Name the folder that holds them, as the starter repository does."
        )
    read = {lab: _read_lab(path) for lab, path in found.items()}
    around = _read_around(root)
    return Submission(
        id=name,
        digest=_digest(read, around),
        labs=read,
        around={path: digest(content) for path, content in around.items()},
        manifest=around.get(MANIFEST, b""),
    )


def read_whatever(folder: Path, labs: Iterable[str]) -> Submission:
    """Return the snapshot of one submission among many; never raises for what is in `folder`.

    One that holds no lab at all is a snapshot without labs: work that was not submitted. One that
    this machine cannot read is not the student's doing, and its `missing` says so.
    """
    fault = Fault.STUDENT
    try:
        with os.scandir(folder):  # what may not be listed looks like an empty folder further on
            return read_submission(folder, labs)
    except SubmissionError as error:
        why = str(error)
    except OSError as error:
        fault = Fault.ENGINE
        why = f"{visible(folder.name)} cannot be read on this machine ({error.strerror})."
    return Submission(folder.name, _digest({}), {}, NotSeen(fault=fault, why=why))


def _is_plain_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _digest(labs: Mapping[str, LabFiles], around: Mapping[str, bytes] | None = None) -> str:
    total = hashlib.sha256()
    for lab, read in sorted(labs.items()):
        for name, content in sorted(read.files.items()):
            head = f"{lab}/{name}\0{name in read.executable}\0{len(content)}\0"
            total.update(head.encode("utf-8", errors="surrogateescape") + content)
    for name, content in sorted((around or {}).items()):
        head = f"{name}\0{len(content)}\0"
        total.update(head.encode("utf-8", errors="surrogateescape") + content)
    return total.hexdigest()


def _read_around(root: Path) -> dict[str, bytes]:
    """Return what stands around the labs, as far as it is plain files of a decent size."""
    paths: list[Path] = []
    for name in AROUND:
        place = root / name
        paths += _walk(place, MAX_DEPTH) if _is_plain_folder(place) else [place]
    found: dict[str, bytes] = {}
    room = MAX_AROUND_BYTES
    for path in paths[:MAX_AROUND_FILES]:
        content, _ = read_plain_file(path, room)
        if content is not None:
            found[str(path.relative_to(root))] = content
            room -= len(content)
    return found


def _read_lab(folder: Path) -> LabFiles:
    files: dict[str, bytes] = {}
    executable: set[str] = set()
    left_out: dict[str, str] = {}
    room = MAX_BYTES
    for number, path in enumerate(_walk(folder, MAX_DEPTH)):
        name = str(path.relative_to(folder))
        if number >= MAX_FILES:
            left_out["..."] = f"more than {MAX_FILES} files; the rest was not read"
            break
        content, why = read_plain_file(path, room)
        if content is None:
            left_out[visible(name)] = why
        elif name != visible(name):
            left_out[visible(name)] = "its name holds characters that are not plain text"
        else:
            files[name] = content
            room -= len(content)
            if os.access(path, os.X_OK):
                executable.add(name)
    for name, why in left_out.items():
        _log.info("left out %s: %s", name, why)
    return LabFiles(files, frozenset(executable), left_out)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Yield everything that is no folder, in order of name; links are yielded, never entered."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in IGNORED and depth > 0:
                yield from _walk(folder / entry.name, depth - 1)
        else:
            yield folder / entry.name


def read_plain_file(path: Path, room: int) -> tuple[bytes | None, str]:
    """Return a regular file's content of at most `room` bytes, or None and why it is left out."""
    try:
        # O_NONBLOCK: opening a pipe for reading would wait for a writer for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None, "it is a link; hand in the file itself"
        return None, f"it cannot be read ({error.strerror})"
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return None, "it is no regular file"
        if state.st_nlink > 1:
            return None, "it is a hard link to another file; hand in a copy"
        content = file.read(room + 1)
    if len(content) > room:
        return None, f"with it the lab would be larger than {MAX_BYTES // 1024 // 1024} MiB"
    return content, ""
