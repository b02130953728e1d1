"""Each wrong solution loses exactly the checks that its mistake is about, and is told why."""

from pathlib import Path

import pytest

from grader.batch.solutions import NO_CAUSE, expected
from grader.result import Status
from tests.solutions.grading import (
    WRONG,
    Grades,
    flagged,
    name_of,
    with_status,
)
from tests.solutions.reports import first_said, reports


@pytest.mark.docker
@pytest.mark.parametrize("overlay", WRONG, ids=name_of)
def test_a_mistake_costs_what_it_is_about(grades: Grades, overlay: Path) -> None:
    """Failed, skipped and flagged are exactly the named checks; each reason names the mistake.

    The first thing that a report says, in every format, is the cause; where none is known, it is
    what a failed check saw.
    """
    want, results = expected(overlay), grades.of(overlay)
    failed = with_status(results, Status.FAILED)
    reasons = {check: failed[check].reason for check in failed}

    assert with_status(results, Status.ERROR) == {}
    assert set(failed) == set(want.failed), reasons
    assert set(with_status(results, Status.SKIPPED)) == want.skipped
    assert flagged(results) == want.flags
    assert {c: reasons[c] for c, words in want.failed.items() if words not in reasons[c]} == {}
    if want.failed:
        told = {
            name: first_said(text, grades.graded(overlay).result)
            for name, text in reports(grades.graded(overlay)).items()
        }
        if want.cause == NO_CAUSE:
            assert {name: said for name, said in told.items() if said not in want.failed} == {}
        else:
            assert told == dict.fromkeys(told, want.cause)


def test_each_mistake_of_the_labs_here_has_a_cause() -> None:
    """A lab of somebody's own may do without: a row of causes is written in Python."""
    assert [overlay for overlay in WRONG if expected(overlay).cause == NO_CAUSE] == []
