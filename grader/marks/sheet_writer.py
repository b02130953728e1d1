"""Free answers and their marks as a sheet (CSV), for people who mark in a spreadsheet.

A student's answer is never a formula there, whichever separator the spreadsheet goes by.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from typing import Literal

from grader.core.csv_table import BOM
from grader.core.text import visible
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_state import MarkState

Separator = Literal[",", ";"]
COLUMNS = (
    "submission",
    "lab",
    "question",
    "title",
    "state",
    "answer",
    "points_possible",
    "points",
    "comment",
    "by",
    "answer_digest",
    "rubric_digest",
    "mark",
)
# A spreadsheet's cell holds 32,767 characters; what guarding adds has to fit in as well.
_MAX_CELL = 30_000
# A cell that begins so is calculated. A spreadsheet that goes by another separator, and then
# does not understand the quotes either, finds new cells behind each separator and line's end.
_RISKY = "=+\\-@|%\t\r\n＝＋－＠"  # noqa: RUF001 - the wide forms are what is meant
_GUARD = re.compile(rf"(?:(?<=[\n\r\t,;])|^)(?='*[{_RISKY}])")
_GUARDED = re.compile(rf"(?:(?<=[\n\r\t,;])|^)'(?='*[{_RISKY}])")
_GUARDS = re.compile(rf"(?:(?<=[\n\r\t,;])|^)'+(?=[{_RISKY}])")


def write_sheet(
    answers: Iterable[FreeAnswer], name: Callable[[FreeAnswer], str], separator: Separator = ","
) -> str:
    """Return one row for each answer; `name` says what the submission is called there.

    Points that do not count any more are left out, so that somebody has to give them again.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(COLUMNS)
    for answer in answers:
        writer.writerow(guard(cell) for cell in _row(answer, name(answer)))
    return BOM + out.getvalue()


def _row(answer: FreeAnswer, name: str) -> tuple[str, ...]:
    mark, stale = answer.mark, answer.state is MarkState.STALE
    state = f"{answer.state}: {answer.finding.why}" if answer.finding.why else answer.state
    return (
        name,
        answer.lab,
        answer.question.id,
        answer.question.title,
        visible(state),
        answer_cell(answer),
        str(answer.question.points),
        "" if mark is None or stale else str(mark.points),
        mark.comment if mark else "",
        mark.by if mark and not stale else "",
        digest_cell(answer.seen.sha256),
        digest_cell(answer.rubric),
        mark.id if mark else "",
    )


def answer_cell(answer: FreeAnswer) -> str:
    """Return what a sheet shows of an answer: visible, and no longer than a cell can be."""
    text = visible(unified(answer.seen.text), keep="\n\t")
    if len(text) <= _MAX_CELL:
        return text
    left_out = len(text) - _MAX_CELL
    return f"{text[:_MAX_CELL]}\n[... {left_out} more characters are not shown here ...]"


def digest_cell(digest: str) -> str:
    """Return a digest so that no spreadsheet takes it for a number; nothing for none."""
    return f"sha256:{digest}" if digest else ""


def unified(text: str) -> str:
    """Return `text` with one kind of line's end."""
    return re.sub(r"\r\n?", "\n", text)


def guard(cell: str) -> str:
    """Return a cell with an apostrophe wherever a spreadsheet might begin to calculate."""
    return _GUARD.sub("'", cell)


def unguard(cell: str) -> str:
    """Return what `guard` was given."""
    return _GUARDED.sub("", cell)


def same_text(one: str, other: str) -> bool:
    """Return whether two cells say the same; spreadsheets change spaces and what guards a cell."""
    return _GUARDS.sub("", one).split() == _GUARDS.sub("", other).split()
