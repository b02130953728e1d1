"""Our own gradebook: a row for each student, a column for each lab."""

from collections.abc import Sequence

from grader.core.csv_table import to_csv
from grader.core.text import cell
from grader.exports.grade_line import Grade

_WHO = ("id", "name", "email", "github", "sis_id")
_TAIL = (
    *("total", "max", "pending", "status", "flags"),
    *("submitted_at", "late_minutes", "penalty", "points"),
)


def render_gradebook(grades: Sequence[Grade]) -> str:
    """Return CSV as RFC 4180 has it; what was not graded is empty, never 0.

    `total` is what was scored, `points` what is left of it after the penalty. No cell is a
    formula to a spreadsheet.
    """
    labs = list(dict.fromkeys(lab.id for grade in grades for lab in grade.labs))
    rows = [[*_WHO, *map(cell, labs), *_TAIL]]
    rows += [_row(grade, labs) for grade in grades]
    return to_csv(rows)


def _row(grade: Grade, labs: Sequence[str]) -> list[str]:
    points = {lab.id: lab.score for lab in grade.labs}
    minutes = None if grade.late_by is None else -(-grade.late_by // 60)
    seen = grade.status != "no result"
    return [
        *(cell(getattr(grade.person, name)) for name in _WHO),
        *(_number(points.get(lab)) for lab in labs),
        _number(grade.score),
        _number(grade.max_score if seen else None),
        _number(grade.pending if seen else None),
        grade.status,
        _number(grade.flags if seen else None),
        cell(grade.submitted_at),
        _number(minutes),
        _number(grade.penalty if seen else None),
        _number(grade.points),
    ]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
