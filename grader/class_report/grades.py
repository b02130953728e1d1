"""grades.csv: a row for each submission, the points of each lab and the totals."""

from grader.class_report.class_summary import ClassSummary
from grader.core.csv_table import to_csv
from grader.core.text import cell

_TAIL = ("total", "max", "pending", "status", "flags")


def grades_csv(summary: ClassSummary) -> str:
    """Return the grades as CSV (RFC 4180).

    Points that were not graded are empty, never 0. No cell is a formula to a spreadsheet.
    """
    labs = [lab.id for lab in summary.labs]
    rows = [["submission", *map(cell, labs), *_TAIL]]
    for row in summary.submissions:
        points = [row.labs.get(lab) for lab in labs]
        total = row.score if row.status.has_score else None
        numbers = [*points, total, row.max_score, row.pending]
        rows.append([cell(row.id), *map(_number, numbers), row.status, _number(row.flags)])
    return to_csv(rows)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
