"""The folder RESULTS: whose it is, what of it is still good, and nothing in it half written."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import AliasChoices, Field, ValidationError

from grader.core.errors import UsageError
from grader.core.file_lock import lock, opened
from grader.core.files import draft_prefix, write_text
from grader.core.import_record import RECORD
from grader.core.models import Frozen
from grader.core.text import visible
from grader.core.times import show_time
from grader.result import GradeStatus
from grader.results import store
from grader.results.marks_file import hold

RUN = store.RUN
_LOCK = ".lock"
_HOLDER = 300  # characters of what a lock's file says of its holder
# Every file that is written in RESULTS under another name first.
_WRITTEN = (
    *store.BESIDE,
    store.RESULT,
    store.FINGERPRINT,
    store.ERROR_LOG,
    *store.RESERVED,
    RECORD,
)


class RunFile(Frozen):
    """The content of run.json: which labs the results in this folder are about.

    `keyed` says that they were judged by a key at some time: answers have points by it.
    """

    format: str = Field(default="grader/run/v1", validation_alias=AliasChoices("format", "schema"))
    labs: tuple[str, ...]
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What RESULTS says of one submission: the digest of what it was made from, how it ended.

    `inputs` is empty where other files lie beside the result than it was made with.
    """

    inputs: str
    status: GradeStatus
    score: int
    max_score: int


@contextmanager
def open_results(folder: Path, labs: Sequence[str], *, keyed: bool = False) -> Iterator[bool]:
    """Make RESULTS ours until the block ends; what a killed grader left half written goes.

    Yield whether they were judged by a key before; `keyed` says that they are now. UsageError when
    another grader is at work in it, or when its results are of other labs.
    """
    with alone(folder, "grader grade"):
        before = _read_run(folder)
        if before is None:
            _write_run(folder, RunFile(labs=tuple(labs), keyed=keyed))
        else:
            _refuse_others(folder, before, labs)
            if keyed:
                remember_key(folder)
        yield before is not None and before.keyed


@contextmanager
def alone(folder: Path, who: str) -> Iterator[None]:
    """Keep all others that grade or judge out of RESULTS until the block ends.

    `who` is what they are told is at work. Marks may still be given: whoever writes any file there
    waits for whoever writes one just then (`hold`). UsageError when another is at work.
    """
    with _locked(folder, who, shared=False):
        with hold(folder):
            _sweep(folder)
        yield


@contextmanager
def beside_others(folder: Path, labs: Sequence[str]) -> Iterator[None]:
    """Let results of single submissions be written into RESULTS until the block ends.

    Others may do the same meanwhile. UsageError when a whole class is being graded or judged there,
    or was graded there for other labs: its gradebook would then add up what does not belong
    together.
    """
    with _locked(folder, "grader check", shared=True):
        before = _read_run(folder)
        if before is not None:
            _refuse_others(folder, before, labs)
        yield


def was_keyed(folder: Path) -> bool:
    """Return whether RESULTS is known to have been judged by a key."""
    before = _read_run(folder)
    return before is not None and before.keyed


def remember_key(folder: Path) -> None:
    """Note that the results of a class are judged by a key from now on."""
    before = _read_run(folder)
    if before is not None and not before.keyed:
        _write_run(folder, before.model_copy(update={"keyed": True}))


@contextmanager
def _locked(folder: Path, who: str, *, shared: bool) -> Iterator[None]:
    path = folder / _LOCK
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(opened(path, os.O_RDWR | os.O_CREAT))
            free = lock(handle, shared=shared, wait=False)
            if free:
                _sign(handle, who)
        except OSError as error:
            raise UsageError(f"{_shown(folder)} cannot be used: {error.strerror}.") from error
        if not free:
            raise UsageError(
                f"Another grader is at work in {_shown(folder)}{_holder(path)}. Wait for it, or "
                "name another folder."
            )
        yield


def _sign(handle: int, who: str) -> None:
    """Write who holds a lock into its file, for those who are refused."""
    text = f"{who}, process {os.getpid()} on {socket.gethostname()}, since {show_time(time.time())}"
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)


def _holder(path: Path) -> str:
    try:
        said = path.read_text(errors="replace")
    except OSError:
        return ""
    return f" ({visible(said[:_HOLDER])})" if said else ""


def read_kept(folder: Path) -> Kept | None:
    """Return what a submission's folder in RESULTS holds; None where no result of its own is."""
    try:
        result = store.read_result(folder)
    except ValueError:
        return None
    whole = result.provenance.beside and not store.differing(result, folder)
    inputs = result.provenance.inputs if whole else ""
    return Kept(inputs, result.status, result.score, result.max_score)


def orphans(folder: Path, ids: Sequence[str]) -> list[str]:
    """Return the names of results whose submission is not there any more."""
    known = set(ids)
    return [path.name for path in store.stored(folder) if path.name not in known]


def _read_run(folder: Path) -> RunFile | None:
    path = folder / RUN
    try:
        return RunFile.model_validate_json(path.read_bytes(), strict=False)
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{_shown(path)} is not what this grader writes there. Name another folder."
        ) from error


def _write_run(folder: Path, run: RunFile) -> None:
    write_text(folder / RUN, run.model_dump_json(indent=1) + "\n")


def _refuse_others(folder: Path, before: RunFile, labs: Sequence[str]) -> None:
    if before.labs != tuple(labs):
        raise UsageError(
            f"{_shown(folder)} holds results of other labs ({', '.join(map(visible, before.labs))};"
            f" now it is {', '.join(labs)}). Name the same labs with --section, or another folder."
        )


def _sweep(folder: Path) -> None:
    """Remove the temporary files of writes that were cut off; nobody else writes here now."""
    for place in ("", "*/"):
        for name in _WRITTEN:
            for path in folder.glob(f"{place}{draft_prefix(name)}*"):
                path.unlink(missing_ok=True)


def _shown(path: Path) -> str:
    return visible(str(path))
