"""Classroom 50's result.json (`classroom50/result/v1`).

Whose submission it is comes from the environment the platform's runner sets up. A result that is
not graded carries 0 of 0 points, as the platform's own results of a failed autograder do.
"""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from grader.core.text import clip, shorten
from grader.render.details import explained
from grader.result import CheckResult, Result, SectionResult, Status

_TITLE, _TEXT = 200, 2_000


@dataclass(frozen=True, slots=True)
class Identity:
    """The fields of the file that no grading can know; times are `YYYY-MM-DDTHH:MM:SSZ`."""

    classroom: str
    assignment: str
    assignment_type: Literal["individual", "group"]
    owner: str
    submission: str
    commit: str
    release: str
    review: str
    datetime: str


def render_classroom50(result: Result, identity: Identity) -> str:
    """Return the file's text, one final newline included."""
    counts = result.status.has_score
    payload = {
        "schema": "classroom50/result/v1",
        **asdict(identity),
        "score": result.score if counts else 0,
        "max-score": result.max_score if counts else 0,
        "tests": [
            _test(section, check, counts=counts)
            for section in result.sections
            for check in section.checks
        ],
    }
    return json.dumps(payload, indent=1, ensure_ascii=False) + "\n"


def _test(section: SectionResult, check: CheckResult, *, counts: bool) -> dict[str, object]:
    name = f"{section.title}: {check.title}"
    # What waits for a person is worth nothing yet, and must not paint the submission red.
    waits = check.status is Status.MANUAL
    return {
        "test-name": shorten(f"{name} (marked later)" if waits else name, _TITLE),
        "passed": check.status is Status.PASSED or waits,
        "score": check.score if counts else 0,
        "max-score": check.max_score if counts else 0,
        "output": clip(explained(check, section), _TEXT),
        "status": check.status.value,
        "section": shorten(section.id, _TITLE),
        "check": shorten(check.id, _TITLE),
        "pending": check.pending,
    }
