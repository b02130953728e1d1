"""Reads and writes marks.json; two people who mark at once lose nothing of each other's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from grader.core.errors import UsageError, first_problem
from grader.core.file_lock import locked
from grader.core.files import write_text
from grader.core.text import visible
from grader.marks.mark_history import Mark, MarkHistory, Override
from grader.result import Result
from grader.results import store

MARKS = store.MARKS
_LOCK = ".marks.lock"


@contextmanager
def hold(results: Path) -> Iterator[None]:
    """Wait until nobody else changes marks in RESULTS, or a result that marks go into.

    Also keeps threads of one process apart. Never hold it while a person is asked something, and
    never take it twice in one thread: the second would wait for the first.
    """
    results.mkdir(parents=True, exist_ok=True)
    with locked(results / _LOCK):
        yield


def read_settled(folder: Path) -> Result:
    """Return `store.read_whole`'s result of a folder that somebody may be writing just then.

    ValueError as there, once nobody writes any more.
    """
    try:
        return store.read_whole(folder)
    except ValueError:
        pass
    try:
        with hold(folder.parent):
            return store.read_whole(folder)
    except OSError:  # RESULTS that one may only read
        return store.read_whole(folder)


def read_marks(folder: Path) -> tuple[Mark, ...]:
    """Return all marks of the submission in `folder`, in the order they were given.

    UsageError as in `read_history`.
    """
    return read_history(folder).marks


def read_overrides(folder: Path) -> tuple[Override, ...]:
    """Return all that was given for checks, likewise."""
    return read_history(folder).overrides


def read_history(folder: Path) -> MarkHistory:
    """Return all that people gave to the submission in `folder`.

    UsageError when marks.json holds something else: it is never taken for empty.
    """
    path = folder / MARKS
    try:
        return MarkHistory.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return MarkHistory(submission=visible(folder.name))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise UsageError(
            f"{path} holds no marks this grader can read ({first_problem(error)}). Nothing was "
            "changed. Put back a copy from a backup, or mend it by hand; if it is of a newer "
            "grader, use that one."
        ) from error


def add_marks(folder: Path, marks: Sequence[Mark]) -> None:
    """Append marks to those of the submission in `folder`; the caller holds the lock.

    UsageError when the file there cannot be read: then it stays as it is.
    """
    if marks:
        history = read_history(folder)
        _write(folder, history, marks=(*history.marks, *marks))


def add_override(folder: Path, override: Override) -> None:
    """Append what was given for a check, likewise."""
    history = read_history(folder)
    _write(folder, history, overrides=(*history.overrides, override))


def add_histories(folder: Path, others: Sequence[Mark]) -> tuple[int, list[str]]:
    """Add the histories of another folder's marks; the caller holds the lock.

    Return how many marks are new, and a sentence for each question that has marks of its own on
    both sides: those here stay.
    """
    history = read_history(folder)
    here = history.marks
    ours, theirs = _by_question(here), _by_question(others)
    taken: set[tuple[str, str]] = set()
    clashes: list[str] = []
    for place, marks in theirs.items():
        own = ours.get(place, [])
        if all(mark in marks for mark in own):
            taken.add(place)
        elif not all(mark in own for mark in marks):
            clashes.append(
                f"'{place[1]}' of {place[0]} has been marked here as well; that mark stays"
            )
    kept = [mark for mark in here if (mark.lab, mark.question) not in taken]
    merged = (*kept, *(mark for mark in others if (mark.lab, mark.question) in taken))
    if len(merged) > len(here):
        _write(folder, history, marks=merged)
    return len(merged) - len(here), clashes


def add_other_overrides(folder: Path, others: Sequence[Override]) -> int:
    """Add what was given elsewhere for checks for which nothing was given here; return how many."""
    history = read_history(folder)
    here = {(one.lab, one.check) for one in history.overrides}
    new = tuple(one for one in others if (one.lab, one.check) not in here)
    if new:
        _write(folder, history, overrides=(*history.overrides, *new))
    return len(new)


def _by_question(marks: Sequence[Mark]) -> dict[tuple[str, str], list[Mark]]:
    found: dict[tuple[str, str], list[Mark]] = {}
    for mark in marks:
        found.setdefault((mark.lab, mark.question), []).append(mark)
    return found


def _write(folder: Path, history: MarkHistory, **more: object) -> None:
    """Write a history with other marks or overrides, under the name of this folder."""
    named = {"submission": visible(folder.name), **more}
    write_text(folder / MARKS, history.model_copy(update=named).to_json())
