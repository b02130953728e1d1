"""Moodle's grading worksheet, or its gradebook's export, with the grades filled in.

The worksheet's header is in the site's language, so its columns are known by what stands in them:
the first holds a word and the participant's number (`Participant 12345`, `Teilnehmer/in12345`), the
maximum stands right of the grade, an e-mail column holds addresses. The importer wants Identifier,
Grade and Last modified (grade) unchanged, and passes over rows it cannot place without a word
(moodle, `mod/assign/gradingtable.php`, `feedback/offline/importgradeslib.php`).
"""

import re
from collections.abc import Sequence

from grader.core.csv_table import CsvRow, CsvTable
from grader.core.errors import UsageError
from grader.exports.fill_column import By, Filled, as_number, choose_column, differing_maximum, fill
from grader.exports.grade_line import Grade

# "Grade" as Moodle's language packs have it; any other is named with --column.
_GRADE = frozenset(
    {
        *("grade", "bewertung", "note", "calificaci\u00f3n", "valutazione", "nota", "cijfer"),
        *("ocena", "zn\u00e1mka", "betyg", "karakter", "karakt\u00e4r", "arvosana"),
    }
)
_ID_NUMBER = frozenset(
    {"id number", "id-nummer", "num\u00e9ro d'identification", "n\u00famero de id"}
)
_USERNAME = frozenset({"username", "anmeldename", "nom d'utilisateur", "nombre de usuario"})
_LOCKED = {
    "grade can be changed": "no",
    "bewertung kann ge\u00e4ndert werden": "nein",
    "la note peut \u00eatre modifi\u00e9e": "non",
}
_IDENTIFIER = re.compile(r"\D+(\d+)")


def fill_moodle(table: CsvTable, grades: Sequence[Grade], wanted: str | None) -> Filled:
    """Return the export with the grades in one column."""
    header, rows = table.header, table.body
    by = _ways(table)
    ids = {one.column for one in by}
    offered = [index for index in range(len(header)) if index not in ids]
    if wanted is None:
        offered = [index for index in offered if header[index].casefold() in _GRADE]
    column = choose_column(header, wanted, offered)
    locked = {
        index: _LOCKED[title.casefold()]
        for index, title in enumerate(header)
        if title.casefold() in _LOCKED
    }

    def keep(row: CsvRow) -> str:
        cells = row.cells
        if any(i < len(cells) and cells[i].strip().casefold() == no for i, no in locked.items()):
            return "Moodle says that this grade cannot be changed"
        return ""

    filled = fill(table, rows, grades, by=by, column=column, keep=keep)
    if by[0].read is _participant:  # right of the grade in a gradebook stands anything else
        filled.notes += differing_maximum(_maximum(rows, column + 1), grades)
    return filled


def _ways(table: CsvTable) -> list[By]:
    """Return the columns that students are found by, the surest first."""
    header, rows = table.header, table.body
    by: list[By] = []
    if _all(rows, 0, _IDENTIFIER.fullmatch):
        by.append(By(0, lambda grade: [grade.person.moodle_id], _participant))
    for index, title in enumerate(header):
        if _all(rows, index, re.compile(r"\s*[^\s@]+@[^\s@]+\s*").fullmatch):
            by.append(By(index, lambda grade: [grade.person.email or grade.person.id]))
        elif title.casefold() in _ID_NUMBER:
            by.append(By(index, lambda grade: [grade.person.sis_id or grade.person.id]))
        elif title.casefold() in _USERNAME:
            by.append(By(index, lambda grade: [grade.person.login or grade.person.id]))
    if not by:
        raise UsageError(
            "No column of this file tells students apart: a grading worksheet begins with "
            "'Participant <number>', a gradebook has e-mail addresses or ID numbers. Download it "
            "again in Moodle ('Download grading worksheet', or Grades > Export > Plain text file)."
        )
    return by


def _participant(cell: str) -> str:
    found = _IDENTIFIER.fullmatch(cell.strip())
    return found[1] if found else ""


def _all(rows: Sequence[CsvRow], index: int, fits: object) -> bool:
    """Return whether every cell of a column that holds something is of one form."""
    cells = [row.cells[index] for row in rows if index < len(row.cells)]
    return bool(callable(fits) and any(cells) and all(fits(cell.strip()) for cell in cells if cell))


def _maximum(rows: Sequence[CsvRow], index: int) -> float | None:
    """Return the one number that stands in a column, if it is a column of one number."""
    numbers = {as_number(row.cells[index]) for row in rows if index < len(row.cells)}
    return numbers.pop() if len(numbers) == 1 else None
