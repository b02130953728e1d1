"""Reads a submission once, into memory: later stages see this snapshot and never the folder.

Nothing in the folder is trusted: no link leads out of it, devices and pipes are not opened, names,
counts and sizes are capped, and whatever is left out is said. What a lab asks for is read first,
then what lies beside it, then what lies deeper, so that no heap of other files takes its place.
"""

import errno
import hashlib
import logging
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.core.errors import SubmissionError
from grader.core.text import visible
from grader.facts import Fault, NotSeen
from grader.submission.manifest import MANIFEST, digest
from grader.submission.misplaced import no_lab_in, not_a_folder

_log = logging.getLogger(__name__)

MAX_FILES = 200
MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 8
# Folders that tools leave behind; never part of a build.
IGNORED = frozenset(
    {
        *(".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints", ".venv", "node_modules"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", "__MACOSX"),
    }
)
# What `python -m venv NAME` puts at the top of a virtual environment, whatever its name (PEP 405).
_VENV_MARK = "pyvenv.cfg"
# Why a file that is there cannot be read though nothing is wrong with it: not the student's doing.
_THIS_MACHINE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE}
)
# What stands around the labs in a starter repository, and how much of it is looked at: a wheel of
# the grader may be in it.
AROUND = (".github", ".devcontainer", "check", MANIFEST)
MAX_AROUND_FILES = 100
MAX_AROUND_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LabFiles:
    """One lab of a submission: contents by relative path, and what could not be taken and why.

    `executable` names the files that carry the execute bit: COPY keeps it. `unreadable` says what
    of the lab this machine could not read, empty if it read all: then nothing can be said of it.
    """

    files: Mapping[str, bytes]
    executable: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)
    unreadable: str = ""


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


def read_submission(folder: Path, labs: Iterable[str], first: Collection[str] = ()) -> Submission:
    """Return the snapshot of those labs that `folder` holds; SubmissionError if it holds none.

    `folder` is a submission with lab folders in it, or one lab folder by itself. `first` are the
    names of files in a lab's folder that are read before any other.
    """
    known = list(labs)
    if not folder.exists():
        raise SubmissionError(
            f"{visible(str(folder))} does not exist. Name the submission's folder."
        )
    if not folder.is_dir():
        raise SubmissionError(not_a_folder(folder))
    folder = folder.resolve()
    root = folder
    found = {lab: folder / lab for lab in known if _is_plain_folder(folder / lab)}
    name = folder.name
    if not found and folder.name in known:
        found, name, root = {folder.name: folder}, folder.parent.name, folder.parent
    if not found:
        raise SubmissionError(no_lab_in(folder, known))
    read = {lab: _read_lab(path, first) for lab, path in found.items()}
    around = _read_around(root)
    return Submission(
        id=visible(name),  # results are UTF-8, and a folder's name need not be
        digest=_digest(read, around),
        labs=read,
        around={path: digest(content) for path, content in around.items()},
        manifest=around.get(MANIFEST, b""),
    )


def read_whatever(folder: Path, labs: Iterable[str], first: Collection[str] = ()) -> Submission:
    """Return the snapshot of one submission among many; never raises for what is in `folder`.

    One that holds no lab at all is a snapshot without labs: work that was not submitted. One that
    this machine cannot read is not the student's doing, and its `missing` says so.
    """
    fault = Fault.STUDENT
    try:
        with os.scandir(folder):  # what may not be listed looks like an empty folder further on
            return read_submission(folder, labs, first)
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
        # A lab's folder that is empty is another submission than none; and so is one of which
        # something could not be taken.
        kept_out = "\0".join(f"{name}: {why}" for name, why in sorted(read.left_out.items()))
        total.update(f"{lab}/\0{kept_out}\0{read.unreadable}\0".encode("utf-8", "surrogateescape"))
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
        paths += _walk(place, {}) if _is_plain_folder(place) else [place]
    found: dict[str, bytes] = {}
    room = MAX_AROUND_BYTES
    for path in paths[:MAX_AROUND_FILES]:
        content, _ = read_plain_file(path, room)
        if content is not None:
            found[str(path.relative_to(root))] = content
            room -= len(content)
    return found


def _read_lab(folder: Path, first: Collection[str]) -> LabFiles:
    files: dict[str, bytes] = {}
    executable: set[str] = set()
    left_out: dict[str, str] = {}
    room = MAX_BYTES
    asked_for = {folder / name for name in first}
    try:
        # Python sorts stably: the rest stays in the order in which it was walked.
        paths = sorted(_walk(folder, left_out), key=lambda path: path not in asked_for)
        for number, path in enumerate(paths):
            name = str(path.relative_to(folder))
            if number >= MAX_FILES:
                left_out["..."] = f"more than {MAX_FILES} files; the rest was not read"
                break
            content, why = _read_within(folder, path, room)
            if content is None:
                left_out[visible(name)] = why
            elif name != visible(name):
                left_out[visible(name)] = "its name holds characters that are not plain text"
            else:
                files[name] = content
                room -= len(content)
                if os.access(path, os.X_OK):
                    executable.add(name)
    except OSError as error:
        where = Path(str(error.filename or folder))
        inside = where.relative_to(folder.parent) if where.is_relative_to(folder) else folder.name
        why = f"{visible(str(inside))} cannot be read on this machine ({error.strerror})."
        _log.warning("%s", why)
        return LabFiles({}, unreadable=why)
    for name, why in left_out.items():
        _log.info("left out %s: %s", name, why)
    return LabFiles(files, frozenset(executable), left_out)


def _walk(folder: Path, left_out: dict[str, str]) -> Iterator[Path]:
    """Yield everything that is no folder, by depth and then by name; no link is entered.

    Folders that tools make are passed over; a virtual environment is added to `left_out`. Raises
    OSError for a folder that this machine cannot list.
    """
    level = [folder]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Path] = []
        for place in level:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            if place != folder and any(entry.name == _VENV_MARK for entry in entries):
                name = visible(str(place.relative_to(folder)))
                left_out[f"{name}/"] = "it is a virtual environment of Python"
                continue
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield place / entry.name
                elif entry.name not in IGNORED:
                    deeper.append(place / entry.name)
        level = deeper


def _read_within(folder: Path, path: Path, room: int) -> tuple[bytes | None, str]:
    """Return a file's content, or None and why it is left out; a link is read inside `folder`.

    `docker build` sends such a link along, and COPY follows it. Raises OSError where this machine
    cannot read what is there.
    """
    if not path.is_symlink():
        return read_plain_file(path, room)
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # a loop is a RuntimeError up to Python 3.12
        return None, "it is a link that leads nowhere; hand in the file itself"
    if not target.is_relative_to(folder) or set(target.relative_to(folder).parts) & IGNORED:
        return None, "it is a link that leads out of the lab's folder; hand in the file itself"
    if target.is_dir():
        return None, "it is a link to a folder; hand in the folder itself"
    return read_plain_file(target, room)


def read_plain_file(path: Path, room: int) -> tuple[bytes | None, str]:
    """Return a regular file's content of at most `room` bytes, or None and why it is left out.

    Raises OSError for a file that is there and that this machine cannot read.
    """
    try:
        # O_NONBLOCK: opening a pipe for reading would wait for a writer for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None, "it is a link; hand in the file itself"
        if error.errno in _THIS_MACHINE:
            raise
        return None, f"it cannot be read ({error.strerror})"
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None, "it is no regular file"
        content = file.read(room + 1)
    if len(content) > room:
        return None, f"with it the lab would be larger than {MAX_BYTES // 1024 // 1024} MiB"
    return content, ""
