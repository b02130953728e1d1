"""The folder RESULTS: whose it is, what of it is still good, and nothing in it half written."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import AliasChoices, Field, ValidationError

from grader.core.errors import UsageError
from grader.core.file_lock import locked
from grader.core.files import write_text
from grader.core.models import Frozen
from grader.core.text import visible
from grader.result import GradeStatus
from grader.results import store

RUN = "run.json"
_LOCK = ".lock"
_WRITTEN = (store.FACTS, store.RESULT, store.REPORT, RUN)


class RunFile(Frozen):
    """The content of run.json: which labs the results in this folder are about."""

    format: str = Field(default="grader/run/v1", validation_alias=AliasChoices("format", "schema"))
    labs: tuple[str, ...]


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
def open_results(folder: Path, labs: Sequence[str]) -> Iterator[None]:
    """Make RESULTS ours until the block ends; what a killed grader left half written goes.

    UsageError when another grader is at work in it, or when its results are of other labs.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(folder / _LOCK, wait=False))
        except BlockingIOError as error:
            raise UsageError(
                f"Another grader is at work in {_shown(folder)}. Wait for it, or name another "
                "--out."
            ) from error
        except OSError as error:
            raise UsageError(f"{_shown(folder)} cannot be used: {error.strerror}.") from error
        _same_labs(folder, tuple(labs))
        _sweep(folder)
        yield


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


def _same_labs(folder: Path, labs: tuple[str, ...]) -> None:
    path = folder / RUN
    try:
        before = RunFile.model_validate_json(path.read_bytes(), strict=False).labs
    except FileNotFoundError:
        write_text(path, RunFile(labs=labs).model_dump_json(indent=1) + "\n")
        return
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{_shown(path)} is not what this grader writes there. Name another --out."
        ) from error
    if before != labs:
        raise UsageError(
            f"{_shown(folder)} holds results of other labs ({', '.join(map(visible, before))}; now "
            f"it is {', '.join(labs)}). Name the same labs with --section, or another --out."
        )


def _sweep(folder: Path) -> None:
    """Remove the temporary files of writes that were cut off; nobody else writes here now."""
    for place in ("", "*/"):
        for name in _WRITTEN:
            for path in folder.glob(f"{place}.{name}.*"):
                path.unlink(missing_ok=True)


def _shown(path: Path) -> str:
    return visible(str(path))
