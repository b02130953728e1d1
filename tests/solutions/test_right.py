"""Odd solutions that do what the lab asks for get what the model gets."""

from pathlib import Path

import pytest

from grader.model import Status
from grader.observe.lab import Session
from grader.pipeline import grade_one
from grader.solutions import assemble
from grader.spec.model import Assignment
from grader.submission import read_submission
from tests.conftest import LAB
from tests.solutions.grading import RIGHT, Grades, expected, flagged, with_status


@pytest.mark.docker
@pytest.mark.parametrize("overlay", RIGHT, ids=lambda path: path.name)
def test_another_right_solution_loses_nothing(grades: Grades, overlay: Path) -> None:
    """No check is lost but those of the written form that expect.yaml names."""
    want, results = expected(overlay), grades.of(overlay)
    lost = {result.id: result.reason for result in results if result.status is not Status.PASSED}

    assert {check: lost[check] for check in lost if check not in want.failed} == {}
    assert set(with_status(results, Status.FAILED)) == set(want.failed)
    assert flagged(results) == want.flags


@pytest.mark.docker
def test_the_model_gets_everything(session: Session, lab: Assignment, tmp_path: Path) -> None:
    """The whole lab at once, without a flag."""
    submission = read_submission(assemble(tmp_path / "model", LAB), [LAB])

    result = grade_one(session, submission, [lab]).result

    assert (result.score, result.max_score, result.status) == (lab.points, lab.points, "graded")


def test_only_the_written_form_may_be_lost() -> None:
    """What a right solution loses is how it is written, never what it does."""
    lost = {check for overlay in RIGHT for check in expected(overlay).failed}

    assert all(check.endswith("-written") for check in lost)
