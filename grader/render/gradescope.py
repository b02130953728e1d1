"""Gradescope's results.json.

Gradescope records a zero for a score of 0, and *autograder failed* for a file with no score at
all: so a result that is not graded carries no score, neither in total nor for any test.
"""

import json

from grader.core.text import clip, shorten
from grader.render.details import MARKS, explained, measured, overall
from grader.result import CheckResult, Result, SectionResult, Status

_TITLE, _TEXT = 200, 8_000


def render_gradescope(result: Result) -> str:
    """Return results.json's text, one final newline included."""
    formats = {"output_format": "text", "test_output_format": "text", "test_name_format": "text"}
    payload: dict[str, object] = {
        "output": _summary(result),
        **formats,
        "visibility": "visible",
        "execution_time": measured(result.provenance.seconds),
        "extra_data": {
            "format": result.format,
            "status": result.status,
            "digest": shorten(result.submission.digest, _TITLE),
            "pending": result.pending,
            "grader": shorten(result.provenance.grader, _TITLE),
        },
    }
    if result.status.has_score:
        payload["score"] = result.score
        payload["tests"] = [
            _test(section, check, f"{row}.{number}")
            for row, section in enumerate(result.sections, 1)
            for number, check in enumerate(section.checks, 1)
        ]
    return json.dumps(payload, indent=1, ensure_ascii=False) + "\n"


def _summary(result: Result) -> str:
    """Return the text above the tests: the total, or why nothing was graded, and the notes."""
    rows = [note] if (note := overall(result)) else []
    if not result.status.has_score:
        rows += [shorten(cause, 300) for cause in result.causes()[:5]]
        rows.append("Nothing was recorded. Submit again, or tell the course.")
    else:
        rows.append(f"{result.score}/{result.max_score} points")
    if result.pending:
        rows.append(f"{result.pending} points are marked later and not in this total")
    causes = [cause for section in result.sections for cause in section.causes]
    rows += [shorten(f"{cause.title}. {cause.seen}", 600) for cause in causes[:10]]
    rows += [shorten(note, 300) for section in result.sections for note in section.notes[:5]]
    return clip("\n".join(rows), _TEXT)


def _test(section: SectionResult, check: CheckResult, number: str) -> dict[str, object]:
    test: dict[str, object] = {
        "name": shorten(f"{section.title}: {check.title}", _TITLE),
        "number": number,
        "score": check.score,
        "max_score": check.max_score,
        "output": clip(f"{MARKS[check.status][1]}\n{explained(check, section)}".strip(), _TEXT),
        "output_format": "text",
        "visibility": "visible",
        "tags": [shorten(section.id, _TITLE), check.status.value],
        "extra_data": {
            "id": shorten(check.id, _TITLE),
            "status": check.status.value,
            "pending": check.pending,
        },
    }
    # Gradescope knows these two words only; what waits for a person is neither.
    if check.status is not Status.MANUAL:
        test["status"] = "passed" if check.status is Status.PASSED else "failed"
    return test
