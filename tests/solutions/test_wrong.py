"""Each wrong solution loses exactly the checks that its mistake is about, and is told why."""

from pathlib import Path

import pytest

from grader.result import Status
from grader.batch.solutions import expected, overlays
from tests.solutions.grading import (
    LABS,
    WRONG,
    Grades,
    flagged,
    name_of,
    read_lab,
    with_status,
)


@pytest.mark.docker
@pytest.mark.parametrize("overlay", WRONG, ids=name_of)
def test_a_mistake_costs_what_it_is_about(grades: Grades, overlay: Path) -> None:
    """Failed, skipped and flagged are exactly the named checks; each reason names the mistake."""
    want, results = expected(overlay), grades.of(overlay)
    failed = with_status(results, Status.FAILED)
    reasons = {check: failed[check].reason for check in failed}

    assert with_status(results, Status.ERROR) == {}
    assert set(failed) == set(want.failed), reasons
    assert set(with_status(results, Status.SKIPPED)) == want.skipped
    assert flagged(results) == want.flags
    assert {c: reasons[c] for c, words in want.failed.items() if words not in reasons[c]} == {}


@pytest.mark.parametrize("name", LABS)
def test_every_check_is_lost_by_some_mistake(name: str) -> None:
    """A check that no wrong solution loses might as well pass everything."""
    lost = {
        check
        for overlay in overlays(name, "wrong")
        for check in (*expected(overlay).failed, *expected(overlay).skipped)
    }

    assert lost == {check.id for check in read_lab(name).checks}


@pytest.mark.parametrize("name", LABS)
def test_no_two_wrong_solutions_say_the_same(name: str) -> None:
    """Each is a mistake of its own, in one sentence."""
    about = [expected(overlay).about for overlay in overlays(name, "wrong")]

    assert all(sentence.endswith(".") for sentence in about)
    assert sorted(about) == sorted(set(about))
