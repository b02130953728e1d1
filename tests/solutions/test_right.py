"""Odd solutions that do what a lab asks for get what the model gets."""

from pathlib import Path

import pytest

from grader.batch.solutions import assemble, expected, solutions_folder
from grader.observe.session import Session
from grader.pipeline import grade_one
from grader.result import Status
from grader.spec.keys import load_keys
from grader.submission.snapshot import read_submission
from tests.solutions.grading import (
    LABS,
    RIGHT,
    Grades,
    flagged,
    name_of,
    read_lab,
)


@pytest.mark.docker
@pytest.mark.parametrize("overlay", RIGHT, ids=name_of)
def test_another_right_solution_loses_nothing(grades: Grades, overlay: Path) -> None:
    """Every check passes; `grader lint` lets a right solution expect nothing else."""
    want, results = expected(overlay), grades.of(overlay)
    lost = {result.id: result.reason for result in results if result.status is not Status.PASSED}

    assert lost == {}
    assert flagged(results) == want.flags
    causes = grades.graded(overlay).result.sections[0].causes
    assert [cause.seen for cause in causes if not set(cause.explains) <= set(want.failed)] == []


@pytest.mark.docker
@pytest.mark.parametrize("name", LABS)
def test_the_model_gets_everything(session: Session, name: str, tmp_path: Path) -> None:
    """The whole lab at once, without a flag; only what a person marks is still open."""
    lab = read_lab(name)
    submission = read_submission(assemble(tmp_path / "model", name), [name])

    graded = grade_one(session, submission, [lab], keys=load_keys(solutions_folder(), [lab]))

    result = graded.result
    free = {question.id for question in lab.questions if question.kind == "free"}
    lost = {
        check.id: check.reason
        for check in result.sections[0].checks
        if check.status is not Status.PASSED and check.id not in free
    }
    assert lost == {}
    assert result.sections[0].causes == ()
    assert result.score == result.max_score == lab.points - result.pending
    assert result.pending == sum(q.points for q in lab.questions if q.id in free)
    assert not flagged(result.sections[0].checks)
