"""The notebooks that students get: made of the spec, the same each time, and fit for nbgrader."""

import json
from pathlib import Path

import pytest

from grader.judge.questions import judge_question
from grader.result import Status
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import load_keys
from grader.spec.notebook.find_answers import read_answers
from grader.spec.notebook.writer import write_notebook
from grader.spec.public import NOTEBOOK
from grader.spec.questions import FREE, QUESTION_KINDS
from tests.conftest import ROOT

LABS = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.yaml"))
SOLUTIONS = ROOT / "solutions"


@pytest.fixture(params=LABS)
def one(request: pytest.FixtureRequest, labs: tuple[Assignment, ...]) -> Assignment:
    """Return each lab in turn."""
    return next(lab for lab in labs if lab.id == request.param)


def test_the_notebook_at_hand_is_what_the_questions_make(one: Assignment) -> None:
    """`grader notebook` makes it anew."""
    text = write_notebook(one, catalog.folder("templates"))

    assert (one.folder / NOTEBOOK).read_text(encoding="utf-8") == text
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


def test_every_lab_asks_enough(labs: tuple[Assignment, ...]) -> None:
    """At least five questions, one of them free; and each kind is used somewhere."""
    for lab in labs:
        kinds = [question.kind for question in lab.questions]
        assert len(kinds) >= 5
        assert FREE in kinds
        assert 5 <= sum(question.points for question in lab.questions) <= 8
    assert {question.kind for lab in labs for question in lab.questions} == set(QUESTION_KINDS)


def test_the_model_answers_everything_right(one: Assignment) -> None:
    """In the notebook as it is today; what is free waits for a person."""
    path = SOLUTIONS / one.id / "model" / NOTEBOOK
    (key,) = load_keys(SOLUTIONS, [one]).values()
    answers = read_answers(one.questions, path.read_bytes())
    for question in one.questions:
        seen = answers[question.id]
        assert seen.kind == "answer"
        assert (seen.notes, seen.flags) == ((), ())
        verdict = judge_question(question, seen, key.answers[question.id])
        assert verdict.status is (Status.MANUAL if question.kind == FREE else Status.PASSED)
    assert _prompts(path) == _prompts(one.folder / NOTEBOOK)


def _prompts(path: Path) -> list[object]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if not cell["metadata"]["nbgrader"]["grade"]]
