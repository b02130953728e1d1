"""The notebooks that students get: made of the spec, the same each time, and fit for nbgrader."""

import json

import pytest

from grader.judge.questions import judge_question
from grader.result import Status
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.notebook.find_answers import read_answers
from grader.spec.notebook.writer import write_notebook
from grader.spec.public import NOTEBOOK
from grader.spec.questions import QUESTION_KINDS
from tests.conftest import ROOT

LABS = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.yaml"))


@pytest.fixture(params=LABS)
def one(request: pytest.FixtureRequest, labs: tuple[Assignment, ...]) -> Assignment:
    """Return each lab in turn."""
    return next(lab for lab in labs if lab.id == request.param)


def test_the_same_questions_make_the_same_notebook(one: Assignment) -> None:
    """To the byte; `grader lint` compares it with the one at hand."""
    text = write_notebook(one, catalog.folder("templates"))

    assert write_notebook(one, catalog.folder("templates")) == text


def test_a_new_notebook_answers_nothing(one: Assignment) -> None:
    """And nothing in it is odd."""
    answers = read_answers(one.questions, (one.folder / NOTEBOOK).read_bytes())

    assert list(answers) == [question.id for question in one.questions]
    for question in one.questions:
        seen = answers[question.id]
        assert seen.kind == "answer"
        assert (seen.text, seen.notes, seen.flags) == ("", (), ())
        verdict = judge_question(question, seen, None)
        assert verdict.status is Status.FAILED
        assert "Not answered" in verdict.reason


def test_each_cell_says_what_nbgrader_needs(one: Assignment) -> None:
    """Prompts are locked, answers are marked by hand, names are unique."""
    cells = json.loads((one.folder / NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    about = [cell["metadata"]["nbgrader"] for cell in cells]
    answers = [entry for entry in about if entry["grade"]]

    assert [entry["grade_id"] for entry in answers] == [question.id for question in one.questions]
    assert [entry["points"] for entry in answers] == [q.points for q in one.questions]
    assert all(entry["solution"] and not entry["locked"] for entry in answers)
    assert all(entry["locked"] for entry in about if not entry["grade"])
    assert len({entry["grade_id"] for entry in about}) == len(about)
    assert [cell["id"] for cell in cells] == [entry["grade_id"] for entry in about]


def test_each_kind_of_question_is_asked_somewhere(labs: tuple[Assignment, ...]) -> None:
    """So each is tried by the labs' own keys and notebooks."""
    assert {question.kind for lab in labs for question in lab.questions} == set(QUESTION_KINDS)
