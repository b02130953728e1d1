"""Answers from a folder to a report: what waits, what is judged, and what nobody may read."""

import json
from pathlib import Path

import pytest

from grader.facts import Fault, LabFacts, NotSeen, SubmissionFacts
from grader.judge.score import ANSWERS, score_submission
from grader.render.html import render_html
from grader.render.terminal import render_text
from grader.result import Result, Status
from grader.results.store import read_facts
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import FreeKey, Key, KeyAnswer, TextKey, load_keys
from grader.spec.notebook.find_answers import read_answers
from grader.spec.public import NOTEBOOK
from tests.conftest import LAB, ROOT
from tests.spec.notebook.filling import filled

FACTS = Path(__file__).parent.parent / "recorded" / "model.json"
WRONG = {
    "words-behind-the-image": "a",
    "stop-of-the-shell-form": "2 s",
    "exit-code-of-the-shell-form": "143",
    "processes-of-the-shell-form": "python3 main.py is PID 1",
    "another-shell": "a or c",
    "steps-that-run-again": "a, b, c, d, e",
    "why-the-signal-is-lost": "I do not know.",
}


@pytest.fixture
def key(lab: Assignment) -> Key:
    """Return the key of the lab."""
    return load_keys(ROOT / "solutions", [lab])[LAB]


def _facts(lab: Assignment, content: bytes | None) -> SubmissionFacts:
    recorded = read_facts(FACTS)
    answers = {} if content is None else read_answers(lab.questions, content)
    changed: LabFacts = recorded.labs[0].model_copy(update={"answers": answers})
    return recorded.model_copy(update={"labs": (changed,)})


def _wrong(lab: Assignment) -> bytes:
    return filled((lab.folder / NOTEBOOK).read_text(encoding="utf-8"), WRONG).encode()


def _model(lab: Assignment) -> bytes:
    return (ROOT / "solutions" / lab.id / "model" / NOTEBOOK).read_bytes()


def _points(lab: Assignment) -> tuple[int, int, int]:
    """Return the points of the checks, of the questions, and of the free ones among them."""
    asked = sum(question.points for question in lab.questions)
    free = sum(question.points for question in lab.questions if question.kind == "free")
    return lab.points - asked, asked, free


def test_without_a_key_answers_wait_and_cost_nothing(lab: Assignment) -> None:
    """Right or wrong; a student's own run is graded."""
    checks, asked, _ = _points(lab)
    for content in (_model(lab), _wrong(lab)):
        result = score_submission(_facts(lab, content), [lab])
        assert (result.score, result.max_score, result.pending) == (checks, checks, asked)
        assert result.status == "graded"
        assert {c.status for c in result.sections[0].checks if c.part == ANSWERS} == {Status.MANUAL}
        text = render_text(result)
        assert f"{checks}/{checks} points, {asked} more are marked later" in text
        page = render_html(result, _facts(lab, content), [lab], catalog.folder("templates"))
        assert f"{asked} more are marked later" in page
        assert json.loads(result.to_json())["pending"] == asked


def test_with_the_key_answers_are_judged(lab: Assignment, key: Key) -> None:
    """The model gets everything but what a person has to mark; the wrong ones nothing."""
    checks, asked, free = _points(lab)
    right = score_submission(_facts(lab, _model(lab)), [lab], {LAB: key})
    wrong = score_submission(_facts(lab, _wrong(lab)), [lab], {LAB: key})

    total = checks + asked - free
    assert (right.score, right.max_score, right.pending) == (total, total, free)
    assert (wrong.score, wrong.max_score, wrong.pending) == (checks, total, free)
    assert right.status == wrong.status == "needs_review"
    assert right.provenance.inputs == wrong.provenance.inputs


@pytest.mark.parametrize("keyed", [False, True])
def test_no_answer_is_no_point(lab: Assignment, key: Key, *, keyed: bool) -> None:
    """An untouched notebook, with and without the key, and the same for one that is not there."""
    checks, asked, _ = _points(lab)
    keys = {LAB: key} if keyed else {}
    untouched = _facts(lab, (lab.folder / NOTEBOOK).read_bytes())
    gone = NotSeen(fault=Fault.STUDENT, why=f"{NOTEBOOK} was not handed in.")
    answers = {question.id: gone for question in lab.questions}
    lab_facts = untouched.labs[0].model_copy(update={"answers": answers})
    for facts in (untouched, untouched.model_copy(update={"labs": (lab_facts,)})):
        result = score_submission(facts, [lab], keys)
        assert (result.score, result.max_score, result.pending) == (checks, checks + asked, 0)
        assert result.status == "graded"


def test_facts_from_before_the_questions_lose_nothing(lab: Assignment) -> None:
    """What nobody looked at is not judged."""
    checks, asked, _ = _points(lab)
    result = score_submission(_facts(lab, None), [lab])

    assert (result.score, result.max_score, result.pending) == (checks, checks, asked)
    assert "Grade the work again" in result.sections[0].checks[-1].reason


def _secrets(answer: KeyAnswer) -> list[str]:
    """Return the texts of a key that would give something away; letters and numbers do not."""
    found = [answer.why]
    if isinstance(answer, FreeKey):
        found += [answer.free.model, *(row.text for row in answer.free.rubric)]
    if isinstance(answer, TextKey):
        found += [answer.text.pattern or ""]
    return [text for text in found if text]


def test_no_report_holds_a_word_of_a_key(lab: Assignment, key: Key) -> None:
    """Neither of right answers nor of wrong ones, in any format."""
    secrets = [text for answer in key.answers.values() for text in _secrets(answer)]
    secrets += [r"main\.py", "[a-z/]*"]
    assert len(secrets) > len(lab.questions)
    facts = _facts(lab, _wrong(lab))
    result = score_submission(facts, [lab], {LAB: key})
    page = render_html(result, facts, [lab], catalog.folder("templates"))
    for report in (result.to_json(), page, " ".join(render_text(result).split())):
        assert not [text for text in secrets if text in report]
    answers = [check for check in result.sections[0].checks if check.part == ANSWERS]
    assert not {"137", "10"} & {word for c in answers for word in (c.reason + c.hint).split()}


def test_nothing_students_get_holds_a_word_of_a_key(labs: tuple[Assignment, ...]) -> None:
    """The labs are what the starter repository and the wheel are made of."""
    keys = load_keys(ROOT / "solutions", labs)
    secrets = [t for key in keys.values() for a in key.answers.values() for t in _secrets(a)]
    assert len(secrets) > 50
    for folder in ("assignments", "templates", "grader", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in {".pyc", ".gz"}:
                text = path.read_text(encoding="utf-8", errors="replace")
                assert not [secret for secret in secrets if secret in text], path


def _result_of(result: Result, name: str) -> str:
    return next(check.reason for check in result.sections[0].checks if check.id == name)


def test_a_student_reads_what_was_seen(lab: Assignment, key: Key) -> None:
    """The answer as it was found, and what form it should have."""
    result = score_submission(_facts(lab, _wrong(lab)), [lab], {LAB: key})

    assert "names more than one option" in _result_of(result, "another-shell")
    assert "no row of a process table" in _result_of(result, "processes-of-the-shell-form")
    assert _result_of(result, "words-behind-the-image") == "That is not right."
