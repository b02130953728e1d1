"""Puts submissions where they belong: each folder appears whole, or the old one stays.

A folder is written beside the others under a hidden name, synced, and then exchanged with the old
one in one step, so that neither a crash nor a grader that reads at the same time meets a half.
"""

import ctypes
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.file_lock import locked
from grader.core.files import draft_prefix, sync_folder, write_text
from grader.core.import_record import JOURNAL, RECORD, Imported, ImportRecord
from grader.core.logs import short
from grader.core.text import visible
from grader.importers.lab_folders import SubmissionContent
from grader.importers.safe_names import bad_id, twins

STAGING = ".grader-import"
PROBLEM = "import-problem.txt"
_log = logging.getLogger(__name__)
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Keep other imports out of a folder of submissions until the block ends.

    UsageError when another is at work there, or the folder cannot be written to.
    """
    with ExitStack() as stack:
        try:
            target.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(target, wait=False, flags=os.O_RDONLY | os.O_DIRECTORY))
        except BlockingIOError as error:
            raise UsageError(
                f"Another import is at work in {target}. Wait for it, and run the same command "
                "again."
            ) from error
        except OSError as error:
            raise UsageError(f"{target} cannot be written to: {error.strerror}.") from error
        for draft in target.glob(f"{draft_prefix(RECORD)}*"):
            draft.unlink(missing_ok=True)  # of an import that was killed
        yield


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Yield a hidden folder beside the submissions; what a killed import left there goes."""
    folder = target / STAGING
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"{target} cannot be written to: {error.strerror}.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def announce(target: Path, name: str, digest: str) -> None:
    """Note what is about to be placed: a record that was not written cannot tell any more."""
    with (target / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(f"{digest} {name}\n")
        file.flush()
        os.fsync(file.fileno())


def announced(target: Path) -> Mapping[str, frozenset[str]]:
    """Return by name the digests that an import which was cut off may have placed."""
    found: dict[str, frozenset[str]] = {}
    for line in _journal(target):
        digest, _, name = line.partition(" ")
        found[name] = found.get(name, frozenset()) | {digest}
    return found


def conclude(target: Path, records: Mapping[str, Imported]) -> None:
    """Write the record of all that was placed: then nothing is only announced."""
    write_record(target, records)
    (target / JOURNAL).unlink(missing_ok=True)


def _journal(target: Path) -> list[str]:
    try:
        return (target / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{target / JOURNAL} cannot be read: {error.strerror}.") from error


def put(target: Path, stage: Path, name: str, content: SubmissionContent) -> None:
    """Make `target`/`name` hold exactly this content."""
    if bad_id(name):
        raise UsageError(f"'{visible(name)}' cannot name a folder: {bad_id(name)}.")
    new = Path(tempfile.mkdtemp(dir=stage))
    for path, data in content.files.items():
        _write(new, path, data, executable=path in content.executable)
    new.chmod(0o755)
    sync_folder(new)
    old = target / name
    if old.is_symlink() or (old.exists() and not old.is_dir()):
        raise UsageError(f"{visible(str(old))} is there and is no folder. Move it away.")
    if old.exists():
        _exchange(new, old)
        shutil.rmtree(new)
    else:
        new.rename(old)
    sync_folder(target)
    _log.debug("wrote %s: %d files, digest %s", old, len(content.files), short(content.digest))


def digest_of(folder: Path) -> str | None:
    """Return the digest of what an earlier import wrote and perhaps a person changed since.

    None where there is no such folder.
    """
    if not folder.is_dir() or folder.is_symlink():
        return None
    files: dict[str, bytes] = {}
    executable: set[str] = set()
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        if stat.S_ISREG(state.st_mode):
            name = path.relative_to(folder).as_posix()
            files[name] = path.read_bytes()
            if state.st_mode & stat.S_IXUSR:
                executable.add(name)
    return SubmissionContent(files, frozenset(executable)).digest


def read_record(target: Path) -> Mapping[str, Imported]:
    """Return what earlier imports recorded, by id; UsageError when the record is broken."""
    path = target / RECORD
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        record = ImportRecord.model_validate_json(text)
    except ValueError as error:
        raise UsageError(
            f"{path} is not the record of an import. Remove it and import again."
        ) from error
    return {entry.person.id: entry for entry in record.submissions}


def write_record(target: Path, entries: Mapping[str, Imported]) -> None:
    """Write the record, in order of id."""
    ordered = tuple(entry for _, entry in sorted(entries.items()))
    write_text(target / RECORD, ImportRecord(submissions=ordered).to_json())


def refuse_unfit(names: list[str]) -> None:
    """Raise UsageError, all listed, for ids that some file system takes for one."""
    groups = [" and ".join(f"'{visible(n)}'" for n in group) for group in twins(names).values()]
    if groups:
        raise UsageError(
            "These submissions would have names that not every machine and eye can tell apart: "
            + "; ".join(groups)
            + ". Give them ids of their own in a roster (--roster)."
        )


def _write(root: Path, path: str, data: bytes, *, executable: bool) -> None:
    parts = path.split("/")
    if path.startswith("/") or not all(parts) or {"..", "."} & set(parts) or "\0" in path:
        raise AssertionError(path)  # every name was looked at before
    place = root.joinpath(*parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    place.chmod(0o755 if executable else 0o644)


def _exchange(new: Path, old: Path) -> None:
    """Let two folders change names in one step, as Linux can; in two steps elsewhere."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    names = os.fsencode(new), os.fsencode(old)
    if rename and not rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        return
    aside = new.with_name(f"{new.name}.old")
    old.rename(aside)
    new.rename(old)
    aside.rename(new)
