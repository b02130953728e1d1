"""grades.csv: a row for each submission, the points of each lab and the totals."""

import csv
import io

from grader.class_report.model import ClassSummary
from grader.text import cell

_TAIL = ("total", "max", "pending", "status", "flags")


def grades_csv(summary: ClassSummary) -> str:
    """Return the grades as CSV (RFC 4180, but lines end with a newline alone).

    Points that were not graded are empty, never 0. No cell is a formula to a spreadsheet.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    labs = [lab.id for lab in summary.labs]
    writer.writerow([cell(name) for name in ("submission", *labs, *_TAIL)])
    for row in summary.submissions:
        points = [row.labs.get(lab) for lab in labs]
        graded = row.status != "not_graded"
        writer.writerow(
            [
                cell(row.id),
                *("" if got is None else got for got in points),
                row.score if graded else "",
                row.max_score,
                row.pending,
                row.status,
                row.flags,
            ]
        )
    return text.getvalue()
