"""Reads a sheet that came back from a spreadsheet, however that one writes CSV.

Nothing is guessed: a row is taken as it stands, or it is a problem with its number.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.core import csv_table as csv
from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_history import MAX_COMMENT, MAX_NAME, Mark, whole_points
from grader.marks.mark_state import MarkState
from grader.marks.sheet_writer import COLUMNS, answer_cell, digest_cell, same_text, unguard, unified

_NEEDED = ("submission", "lab", "question", "points", "comment", "answer_digest", "mark")
_SAID = 40


@dataclass(frozen=True, slots=True)
class GivenMark:
    """A mark that a row gives; `by` is empty where the sheet does not say who gave it."""

    row: int
    answer: FreeAnswer
    points: int
    comment: str
    by: str
    rubric: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be taken; rows count as a spreadsheet counts them, the head is 1."""

    row: int
    text: str


@dataclass(frozen=True, slots=True)
class MarkSheet:
    """What a sheet says: new marks, problems, and how many rows change nothing.

    `left` counts the rows that are about no lab or question that was asked for.
    """

    given: tuple[GivenMark, ...]
    problems: tuple[Problem, ...]
    unchanged: int
    blank: int
    left: int = 0


@dataclass(frozen=True, slots=True)
class _SheetRow:
    """A row that holds anything: its cells by column, and whether more cells follow."""

    number: int
    cells: Mapping[str, str]
    more: bool

    def problem(self, text: str) -> Problem:
        return Problem(self.number, text)


def read_sheet(
    data: bytes,
    answers: Sequence[FreeAnswer],
    chosen: Callable[[str, str], bool] = lambda *_: True,
) -> MarkSheet:
    """Return what a sheet says of these answers; UsageError if it is no such sheet at all.

    Rows of a lab and question that are not `chosen` are left, whatever they say.
    """
    given: list[GivenMark] = []
    problems: list[Problem] = []
    unchanged = blank = 0
    every = _rows(data)
    rows = [row for row in every if chosen(row.cells["lab"], row.cells["question"])]
    for row, found in _matched(rows, answers):
        read = found if isinstance(found, Problem) else _mark(row, found)
        if isinstance(read, Problem):
            problems.append(read)
        elif read is not None:
            given.append(read)
        elif row.cells["points"]:
            unchanged += 1
        else:
            blank += 1
    left = len(every) - len(rows)
    return MarkSheet(tuple(given), tuple(problems), unchanged, blank, left)


def _rows(data: bytes) -> list[_SheetRow]:
    try:
        sheet = csv.read_csv_bytes(data)
    except csv.CsvError as error:
        raise UsageError(
            f"Line {error.line} of the sheet is not CSV: {error.message}. Save it as CSV again, "
            "or begin with a new export."
        ) from error
    head = [name.lower() for name in sheet.header]
    missing = [name for name in _NEEDED if name not in head]
    twice = [name for name in COLUMNS if head.count(name) > 1]
    if missing or twice:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(twice)} twice"
        raise UsageError(
            f"The sheet's first row {wrong}. Begin with a sheet that --export wrote, and leave "
            "its first row as it is."
        )
    body = {row.line for row in sheet.body}
    return [
        _row(number, head, row.cells)
        for number, row in enumerate(sheet.rows, start=1)
        if row.line in body
    ]


def _row(number: int, head: Sequence[str], line: Sequence[str]) -> _SheetRow:
    cells = dict.fromkeys(COLUMNS, "")
    cells.update(
        (name, unguard(unified(cell)).strip()) for name, cell in zip(head, line, strict=False)
    )
    return _SheetRow(number, cells, any(cell.strip() for cell in line[len(head) :]))


def _matched(
    rows: Sequence[_SheetRow], answers: Sequence[FreeAnswer]
) -> Iterator[tuple[_SheetRow, FreeAnswer | Problem]]:
    """Yield each row with its answer, or with the reason why there is none."""
    index = _Index(answers)
    found = [(row, index.find(row)) for row in rows]
    places: dict[int, list[int]] = defaultdict(list)
    for row, answer in found:
        if not isinstance(answer, Problem):
            places[id(answer)].append(row.number)
    for row, answer in found:
        others = [] if isinstance(answer, Problem) else places[id(answer)]
        if row.more:
            yield row, row.problem("it has more cells than the first row; are quotes missing?")
        elif len(others) > 1:
            listed = ", ".join(str(number) for number in others if number != row.number)
            yield row, row.problem(f"the same answer stands in row {listed} as well")
        else:
            yield row, answer


class _Index:
    """Finds the answer that a row is about."""

    def __init__(self, answers: Sequence[FreeAnswer]) -> None:
        self._places = {
            (name, answer.lab, answer.question.id): answer
            for answer in answers
            for name in (answer.alias, answer.submission.strip())
        }
        self._names = {name for name, _, _ in self._places}
        self._asked = {(lab, question) for _, lab, question in self._places}
        # A spreadsheet writes 00123 as 123.
        self._numbers: dict[str, set[str]] = defaultdict(set)
        for answer in answers:
            if number := _number(answer.submission):
                self._numbers[number].add(answer.submission)

    def find(self, row: _SheetRow) -> FreeAnswer | Problem:
        """Return the answer, or a problem that says what of the row is not known."""
        name = self._name(row.cells["submission"])
        lab, question = row.cells["lab"], row.cells["question"]
        if answer := self._places.get((name, lab, question)):
            return answer
        if name not in self._names:
            near = difflib.get_close_matches(name, self._names, n=1)
            hint = f"; did you mean '{shorten(near[0], _SAID)}'?" if near else ""
            return row.problem(f"there is no submission '{shorten(name, _SAID)}' to mark{hint}")
        if (lab, question) not in self._asked:
            asked = f"'{shorten(question, _SAID)}' of '{shorten(lab, _SAID)}'"
            return row.problem(f"there is no question {asked} that is marked by hand")
        return row.problem(f"{shorten(name, _SAID)} has not answered '{question}' of '{lab}'")

    def _name(self, cell: str) -> str:
        same = set() if cell in self._names else self._numbers.get(_number(cell), set())
        return next(iter(same)) if len(same) == 1 else cell


def _number(cell: str) -> str:
    """Return a number without leading zeros; nothing for anything else."""
    return cell.lstrip("0") if re.fullmatch(r"[0-9]+", cell) else ""


def _mark(row: _SheetRow, answer: FreeAnswer) -> GivenMark | Problem | None:
    """Return the mark that a row gives; None where it gives none that is not there already."""
    cells = row.cells
    exported = next((mark for mark in answer.history if mark.id == cells["mark"]), None)
    current = cells["answer_digest"] == digest_cell(answer.seen.sha256)
    if current and cells["answer"] and not same_text(cells["answer"], answer_cell(answer)):
        return row.problem(
            "the answer here is not the student's: columns were sorted apart, or it was edited"
        )
    if not cells["points"]:
        before = unified(exported.comment).strip() if exported else ""
        alone = cells["comment"] not in {"", before}
        return row.problem("there is a comment, but no points") if alone else None
    points = whole_points(cells["points"])
    if points is None:
        said = shorten(cells["points"], _SAID)
        return row.problem(f"'{said}' is not a whole number of points")
    text = (points, cells["comment"])
    shown = exported is not None and digest_cell(exported.answer) == cells["answer_digest"]
    if exported and shown and text == _points_and_comment(exported):
        return None  # as it was exported, whatever has become of the answer and its mark since
    if not current:
        return row.problem(
            "the answer has changed since this sheet was exported, or its answer_digest was "
            "edited. Export again, and mark the answer that is there now"
        )
    if (
        answer.mark
        and text == _points_and_comment(answer.mark)
        and answer.state is not MarkState.STALE
    ):
        return None
    wrong = _wrong(cells, answer, points)
    return row.problem(wrong) if wrong else _given(row, answer, *text)


def _wrong(cells: Mapping[str, str], answer: FreeAnswer, points: int) -> str:
    """Return why these points cannot be given for this answer; nothing if they can."""
    possible = answer.question.points
    if cells["points_possible"] not in {"", str(possible)}:
        return f"the question is worth {possible} points now. Export again"
    if points > possible:
        return f"{points} points are more than the {possible} possible"
    if answer.mark and answer.mark.id != cells["mark"]:
        return (
            f"{shorten(answer.mark.by, _SAID)} gave {answer.mark.text()} on {answer.mark.when}, "
            "after this sheet was exported. Export again, and change that if it is wrong"
        )
    if len(cells["comment"]) > MAX_COMMENT:
        return f"the comment is longer than {MAX_COMMENT} characters"
    return f"by is longer than {MAX_NAME} characters" if len(cells["by"]) > MAX_NAME else ""


def _given(row: _SheetRow, answer: FreeAnswer, points: int, comment: str) -> GivenMark:
    said, before = row.cells["by"], answer.mark.by if answer.mark else ""
    return GivenMark(
        row=row.number,
        answer=answer,
        points=points,
        comment=comment,
        by="" if said == before else said,
        rubric=row.cells["rubric_digest"].removeprefix("sha256:"),
    )


def _points_and_comment(mark: Mark) -> tuple[int | None, str]:
    return mark.points, unified(mark.comment).strip()
