"""Fills grades into a file that an LMS exported: rows found by id, one column changed.

Everything else in the file stays byte for byte. No row is ever added: an LMS makes a new student
or a new assignment out of what it does not know.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.core.csv_table import CsvRow, CsvTable
from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.exports.grade_line import Grade

Keys = Callable[[Grade], Sequence[str]]


@dataclass(frozen=True, slots=True)
class By:
    """A column that students are found by, and which ids of ours may stand in it."""

    column: int
    keys: Keys
    read: Callable[[str], str] = str.strip


@dataclass(slots=True)
class Filled:
    """The file's new text, and everything a person should know about it."""

    text: str
    count: int = 0
    replaced: int = 0
    without_result: list[str] = field(default_factory=list)
    without_row: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def fill(
    table: CsvTable,
    rows: Sequence[CsvRow],
    grades: Sequence[Grade],
    *,
    by: Sequence[By],
    column: int,
    keep: Callable[[CsvRow], str],
) -> Filled:
    """Return the sheet with each matched student's points in `column`.

    `keep` says why a row's cell must stay as it is, or "". What was not graded stays as it is.
    """
    filled = Filled("")
    matched = _match(rows, grades, by, filled)
    values: dict[int, str] = {}
    for row in rows:
        grade = matched.get(row.line)
        if grade is None:
            continue
        why = keep(row) or ("" if grade.points is not None else "not graded; the cell is as it was")
        if why:
            filled.left[grade.person.id] = why
            continue
        before = row.cells[column].strip() if column < len(row.cells) else ""
        before = "" if before == "-" else before  # as Moodle's gradebook writes no grade
        if any(map(str.isalpha, before)) and _number(before) is None:
            filled.left[grade.person.id] = (
                f"the cell holds '{shorten(before, 40)}', which is no mark"
            )
            continue
        values[row.line] = str(grade.points)
        filled.replaced += bool(before) and _number(before) != grade.points
    filled.count = len(values)
    filled.text = table.filled(column, values)
    found = {grade.person.id for grade in matched.values()}
    filled.without_row = [
        grade.person.id
        for grade in grades
        if grade.person.id not in found and grade.person.id not in filled.left
    ]
    return filled


def _match(
    rows: Sequence[CsvRow], grades: Sequence[Grade], by: Sequence[By], filled: Filled
) -> Mapping[int, Grade]:
    """Return the student of each row by its line; what is contradictory is left and said."""
    indexes = [_index(grades, one.keys) for one in by]
    matched: dict[int, Grade] = {}
    taken: dict[str, int] = {}
    for row in rows:
        found = [
            index[key]
            for one, index in zip(by, indexes, strict=True)
            if one.column < len(row.cells)
            and (key := _key(one.read(row.cells[one.column])))
            and key in index
        ]
        people = {grade.person.id: grade for grade in found if grade is not None}
        if not found:
            filled.without_result.append(_shown(row))
        elif len(people) != 1:
            names = ", ".join(shorten(name) for name in people) or "several students"
            filled.left[f"line {row.line}"] = f"its ids belong to {names}"
        else:
            matched[row.line] = found[0] or next(iter(people.values()))
    for line, grade in list(matched.items()):
        first = taken.setdefault(grade.person.id, line)
        if first != line:
            filled.left[grade.person.id] = f"stands in line {first} and in line {line}"
            matched.pop(line)
            matched.pop(first, None)
    return matched


def _index(grades: Sequence[Grade], keys: Keys) -> dict[str, Grade | None]:
    """Return each key's student; None for a key that several have, which then decides nothing."""
    index: dict[str, Grade | None] = {}
    for grade in grades:
        for key in {_key(key) for key in keys(grade)} - {""}:
            index[key] = None if key in index else grade
    return index


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _shown(row: CsvRow) -> str:
    return f"line {row.line}: {shorten(', '.join(filter(None, row.cells[:4])), 100)}"


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def choose_column(header: Sequence[str], wanted: str | None, offered: Sequence[int]) -> int:
    """Return the column to fill; UsageError unless it is named or there is only one it can be."""
    names = ", ".join(f"'{shorten(header[index])}'" for index in offered) or "none"
    if wanted is None:
        if len(offered) == 1:
            return offered[0]
        raise UsageError(
            "It is not certain which column the grades belong in. Name it with --column; those "
            f"that can be filled are: {names}."
        )
    exact = [index for index in offered if header[index] == wanted.strip()]
    titles = [index for index in offered if _title(header[index]) == _key(wanted)]
    fits = exact or titles
    if len(fits) != 1:
        seen = "more than one column" if fits else "no column"
        raise UsageError(
            f"There is {seen} '{shorten(wanted)}' to fill. Those that can be filled are: {names}."
        )
    return fits[0]


def _title(header: str) -> str:
    """Return an assignment's title without the number that Canvas puts behind it."""
    title, _, number = header.rpartition(" (")
    return _key(title if title and number.rstrip(")").isdigit() else header)


def differing_maximum(maximum: float | None, grades: Sequence[Grade]) -> list[str]:
    """Return a note where the file's maximum is not the one of the grades."""
    ours = {grade.full for grade in grades if grade.score is not None}
    if maximum is None or not ours or ours == {maximum}:
        return []
    listed = ", ".join(map(str, sorted(ours)))
    note = (
        f"The file's maximum is {maximum:g}, that of the grades {listed}. The points are written "
        "as they are; change the assignment's maximum if that is not meant."
    )
    return [note]


def as_number(text: str) -> float | None:
    """Return the number in a cell, with a point or a comma before its decimals."""
    return _number(text.strip())
