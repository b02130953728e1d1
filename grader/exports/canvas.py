"""Canvas's gradebook: the file that it exported, with one assignment's column filled in.

What the importer needs and does (instructure/canvas-lms, `lib/gradebook_importer.rb`): the first
header cell holds "Student" and the second "ID", or they are LastName, FirstName, ID; "Section" is
the last about the student. The row whose first cell holds "Points Possible" says the maxima and
`(read only)`. A row is a student's by ID, else SIS User ID, else SIS Login ID. "EX" is excused,
"N/A" not assigned. A title it does not know becomes a new assignment.
"""

import re
from collections.abc import Sequence

from grader.core.csv_table import CsvRow, CsvTable
from grader.core.errors import UsageError
from grader.exports.fill_column import By, Filled, as_number, choose_column, differing_maximum, fill
from grader.exports.grade_line import Grade

_ASSIGNMENT = re.compile(r".*\(\d+\)", re.DOTALL)
_NOT_STUDENTS = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)
_KEPT = {"EX": "excused in Canvas", "N/A": "not assigned to this student in Canvas"}


def fill_canvas(table: CsvTable, grades: Sequence[Grade], wanted: str | None) -> Filled:
    """Return the export with the grades in one of its assignments' columns."""
    header = table.header
    first = _id_column(header)
    points, students = _rows(table)
    read_only = {i for i, cell in enumerate(points) if "read only" in cell.lower()}
    section = header.index("Section")
    offered = [
        index
        for index, title in enumerate(header)
        if index > section and _ASSIGNMENT.fullmatch(title) and index not in read_only
    ]
    column = choose_column(header, wanted, offered)
    sis = {"SIS User ID", "SIS Login ID"} & set(header)
    # Without an import's record the id may be Canvas's own; beside an SIS id it may as well be
    # that one's number, and then of somebody else.
    by = [By(first, lambda grade: [grade.person.canvas_id or ("" if sis else grade.person.id)])]
    if "SIS User ID" in header:
        by.append(
            By(header.index("SIS User ID"), lambda grade: [grade.person.sis_id or grade.person.id])
        )
    if "SIS Login ID" in header:
        by.append(By(header.index("SIS Login ID"), _logins))

    def keep(row: CsvRow) -> str:
        cell = row.cells[column].strip() if column < len(row.cells) else ""
        return _KEPT.get(cell.upper(), "")

    filled = fill(table, students, grades, by=by, column=column, keep=keep)
    maximum = as_number(points[column]) if column < len(points) else None
    filled.notes += differing_maximum(maximum, grades)
    return filled


def _logins(grade: Grade) -> list[str]:
    person = grade.person
    return [person.login] if person.login else [person.id, person.email]


def _id_column(header: Sequence[str]) -> int:
    """Return where the ID is; UsageError for what Canvas would refuse as well."""
    enough = 4
    if len(header) >= enough and "Section" in header:
        if "Student" in header[0] and "ID" in header[1]:
            return 1
        if header[:2] == ("LastName", "FirstName") and "ID" in header[2]:
            return 2
    raise UsageError(
        "This is not a gradebook that Canvas exported: its header begins with "
        f"'{', '.join(header[:4])}', not with Student, ID, ..., Section. Export it in Canvas under "
        "Grades > Export."
    )


def _rows(table: CsvTable) -> tuple[tuple[str, ...], list[CsvRow]]:
    """Return the row of maxima, empty if there is none, and the rows of students."""
    points: tuple[str, ...] = ()
    students: list[CsvRow] = []
    for row in table.body:
        if "Points Possible" in row.cells[0]:
            points = row.cells
        elif not all(_NOT_STUDENTS.fullmatch(cell) for cell in row.cells):
            students.append(row)
    return points, students
