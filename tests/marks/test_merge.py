"""Marks: when one counts, and how it is laid over a result."""

from pathlib import Path

import pytest

from grader.facts import Fault, NotSeen, SubmissionFacts
from grader.judge.score import score_submission
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_history import Mark
from grader.marks.mark_state import MarkState, state_of_mark
from grader.marks.merge import with_marks
from grader.result import CheckResult, Result, Status
from grader.results.mark_store import MarkStore
from grader.results.store import FACTS, read_facts
from tests.builders.marked_course import QUESTIONS, Course, make_course, make_mark
from tests.conftest import LAB


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a course of two."""
    return make_course(tmp_path, ["alice", "bob"])


def _answer(mark_store: MarkStore, name: str = "alice", question: str = "why-lost") -> FreeAnswer:
    return mark_store.find(name, LAB, question)


def _facts(course: Course) -> SubmissionFacts:
    return read_facts(course.results / "alice" / FACTS)


def _merged(course: Course, *marks: Mark, facts: SubmissionFacts | None = None) -> Result:
    mark_store, seen = course.mark_store(), facts or _facts(course)
    result = score_submission(seen, mark_store.labs, mark_store.keys)
    once = with_marks(result, seen, mark_store.labs, mark_store.keys, marks)
    assert with_marks(once, seen, mark_store.labs, mark_store.keys, marks) == once
    return once


def _check(result: Result, question: str = "why-lost") -> CheckResult:
    (check,) = (one for one in result.sections[0].checks if one.id == question)
    return check


@pytest.mark.parametrize(
    ("changes", "points", "rubric", "state"),
    [
        ({}, 3, "r1", MarkState.MARKED),
        ({}, 3, "", MarkState.MARKED),
        ({"rubric": ""}, 3, "r1", MarkState.MARKED),
        ({}, 3, "r2", MarkState.DOUBTFUL),
        ({}, 5, "r1", MarkState.DOUBTFUL),
        ({}, 2, "r1", MarkState.DOUBTFUL),
        ({}, 1, "r1", MarkState.STALE),
        ({"answer": "other"}, 3, "r1", MarkState.STALE),
        ({"points": None}, 3, "r1", MarkState.WAITING),
    ],
)
def test_when_a_mark_counts(
    changes: dict[str, object], points: int, rubric: str, state: MarkState
) -> None:
    """For the answer it was given for, while its points fit; a doubt asks for a person."""
    mark = make_mark().model_copy(update={"answer": "a", "rubric": "r1", **changes})

    finding = state_of_mark(mark, answer="a", points=points, rubric=rubric)

    assert finding.state is state
    assert bool(finding.why) == (state in {MarkState.STALE, MarkState.DOUBTFUL})


def test_a_mark_takes_the_place_of_marked_later(course: Course) -> None:
    """Points, sums and status follow; nothing else of the result changes."""
    plain = _merged(course)

    full = _merged(course, make_mark(3, comment="all of it"))
    part = _merged(course, make_mark(3), make_mark(1))

    assert _check(plain).status is Status.MANUAL
    assert (plain.pending, plain.status) == (9, "needs_review")
    check = _check(full)
    assert (check.status, check.score, check.max_score, check.pending) == (Status.PASSED, 3, 3, 0)
    assert check.reason == "Marked 3 of 3 by anna: all of it"
    check = _check(part)
    assert (check.status, check.score, check.max_score) == (Status.FAILED, 1, 3)
    assert check.reason == "Marked 1 of 3 by anna."
    for marked in (full, part):
        assert marked.pending == plain.pending - 3 == marked.sections[0].pending
        assert marked.max_score == plain.max_score + 3 == marked.sections[0].max_score
        assert marked.score == sum(one.score for one in marked.sections[0].checks)
        others = [c for c in marked.sections[0].checks if c.id != "why-lost"]
        assert others == [c for c in plain.sections[0].checks if c.id != "why-lost"]
        assert marked.provenance == plain.provenance


def test_a_taken_back_mark_is_as_none_and_stays_in_the_history(course: Course) -> None:
    """The answer waits again."""
    result = _merged(course, make_mark(3), make_mark(None))

    assert _check(result).status is Status.MANUAL
    assert result == _merged(course)


def test_a_stale_mark_does_not_count_and_is_named(course: Course) -> None:
    """Costing nothing until somebody looks."""
    result = _merged(course, make_mark(3, answer="what it was"))

    check = _check(result)
    assert (check.status, check.score, check.max_score, check.pending) == (Status.MANUAL, 0, 0, 3)
    assert check.flags == ("The answer has changed since anna gave 3 of 3 on 2026-11-23.",)
    assert result.status == "needs_review"


def test_an_outage_or_a_missing_answer_leaves_the_mark_alone(course: Course) -> None:
    """An error stays one; an answer that is gone is 0, and the mark is named."""
    for fault, status, flags in (
        (Fault.ENGINE, Status.ERROR, 0),
        (Fault.STUDENT, Status.FAILED, 1),
    ):
        facts = _facts(course)
        gone = NotSeen(fault=fault, why="It could not be read.")
        answers = {**facts.labs[0].answers, "why-lost": gone}
        lab = facts.labs[0].model_copy(update={"answers": answers})
        check = _check(
            _merged(course, make_mark(), facts=facts.model_copy(update={"labs": (lab,)}))
        )

        assert (check.status, check.score) == (status, 0)
        assert len(check.flags) == flags


def test_what_a_marker_writes_stays_text(course: Course) -> None:
    """In result.json, and so on every page."""
    result = _merged(course, make_mark(1, by="\x1b[31manna", comment="<b>\u202ex\nline two"))

    assert _check(result).reason == "Marked 1 of 3 by \\x1b[31manna: <b>\\u202ex\nline two"


def test_without_marks_a_result_is_untouched(course: Course) -> None:
    """A student's own run, and a class that nobody marks."""
    mark_store, facts = course.mark_store(), _facts(course)
    result = score_submission(facts, mark_store.labs)

    assert with_marks(result, facts, mark_store.labs, {}, ()) is result


def test_every_question_is_found_in_order(course: Course) -> None:
    """By question over the whole class, then the next."""
    found = [(one.question.id, one.submission) for one in course.answers()]

    assert found == [(question, name) for question in QUESTIONS for name in ("alice", "bob")]
