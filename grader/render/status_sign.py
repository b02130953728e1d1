"""How a page shows a status: a sign and a word, so that colour alone says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.result import GradeStatus, Status


@dataclass(frozen=True, slots=True)
class StatusSign:
    """A sign, a word for those who cannot see it, and the CSS class that colours both."""

    sign: str
    word: str
    style: str


CHECK_SIGNS: Mapping[Status, StatusSign] = {
    Status.PASSED: StatusSign("✓", "passed", "passed"),
    Status.FAILED: StatusSign("✗", "failed", "failed"),
    Status.SKIPPED: StatusSign("·", "skipped", "skipped"),
    Status.MANUAL: StatusSign("?", "marked later", "manual"),
    Status.ERROR: StatusSign("!", "not graded", "error"),
}
RESULT_SIGNS: Mapping[str, StatusSign] = {
    GradeStatus.GRADED: StatusSign("✓", "Graded", "passed"),
    GradeStatus.NEEDS_REVIEW: StatusSign("⚑", "Needs review", "manual"),
    GradeStatus.NOT_GRADED: StatusSign("!", "Not graded", "error"),
}
