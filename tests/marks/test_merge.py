"""Marks: when one counts, how it is laid over a result, and that files lose none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.facts import Fault, NotSeen, SubmissionFacts
from grader.judge.score import score_submission
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_history import Mark
from grader.marks.mark_state import MarkState, state_of_mark
from grader.marks.merge import with_marks
from grader.result import CheckResult, Result, Status
from grader.results.mark_store import MarkStore, new_mark
from grader.results.marks_file import MARKS, add_marks, hold, read_marks
from grader.results.store import FACTS, read_facts
from tests.builders.marked_course import QUESTIONS, Course, answer, make_course
from tests.conftest import LAB


def _mark(points: int | None = 2, **other: object) -> Mark:
    content: dict[str, object] = {
        "lab": LAB,
        "question": "why-lost",
        "points": points,
        "of": 3,
        "by": "anna",
        "when": "2026-11-23T10:00:00Z",
        "answer": answer("alice says *why* (why-lost).").sha256,
    }
    return Mark.model_validate(content | other)


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
    mark = _mark().model_copy(update={"answer": "a", "rubric": "r1", **changes})

    finding = state_of_mark(mark, answer="a", points=points, rubric=rubric)

    assert finding.state is state
    assert bool(finding.why) == (state in {MarkState.STALE, MarkState.DOUBTFUL})


def test_a_mark_takes_the_place_of_marked_later(course: Course) -> None:
    """Points, sums and status follow; nothing else of the result changes."""
    plain = _merged(course)

    full = _merged(course, _mark(3, comment="all of it"))
    part = _merged(course, _mark(3), _mark(1))

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
    result = _merged(course, _mark(3), _mark(None))

    assert _check(result).status is Status.MANUAL
    assert result == _merged(course)


def test_a_stale_mark_does_not_count_and_is_named(course: Course) -> None:
    """Costing nothing until somebody looks."""
    result = _merged(course, _mark(3, answer="what it was"))

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
        check = _check(_merged(course, _mark(), facts=facts.model_copy(update={"labs": (lab,)})))

        assert (check.status, check.score) == (status, 0)
        assert len(check.flags) == flags


def test_what_a_marker_writes_stays_text(course: Course) -> None:
    """In result.json, and so on every page."""
    result = _merged(course, _mark(1, by="\x1b[31manna", comment="<b>\u202ex\nline two"))

    assert _check(result).reason == "Marked 1 of 3 by \\x1b[31manna: <b>\\u202ex\nline two"


def test_without_marks_a_result_is_untouched(course: Course) -> None:
    """A student's own run, and a class that nobody marks."""
    mark_store, facts = course.mark_store(), _facts(course)
    result = score_submission(facts, mark_store.labs)

    assert with_marks(result, facts, mark_store.labs, {}, ()) is result


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00",
        '{"schema": "grader/marks/v2", "submission": "alice", "marks": []}',
        '{"schema": "grader/marks/v1", "submission": "alice", "marks": [{"points": 3}]}',
        '{"schema": "grader/marks/v1", "submission": "alice", "marks": {}, "more": 1}',
    ],
)
def test_a_file_that_cannot_be_read_is_never_written_over(course: Course, content: str) -> None:
    """One message that says what to do; the grade is made all the same and says so too."""
    path = course.results / "alice" / MARKS
    path.write_text(content)

    with pytest.raises(UsageError, match="Nothing was changed"):
        add_marks(path.parent, [_mark()])
    done = course.mark("--set", "alice", "04", "why-lost", 1, code=2)
    assert "holds no marks this grader can read" in done.stderr
    course.mark("--set", "bob", "04", "why-lost", 1)
    done = course.mark(code=2)
    assert "alice/marks.json holds no marks" in done.stderr
    assert "3 answers to mark by hand" in done.stdout
    done = course.grader("rejudge", "results")
    assert "alice/marks.json holds no marks" in done.stderr

    assert path.read_text() == content
    assert course.result("alice").status == "needs_review"
    assert "cannot be read now" in course.result("alice").sections[0].notes[-1]
    assert course.points("bob")["why-lost"] == 1


def test_marks_are_only_ever_added(tmp_path: Path) -> None:
    """The file holds all that were given, in their order."""
    given = [_mark(1), _mark(2), _mark(None), _mark(3)]
    for one in given:
        add_marks(tmp_path, [one])

    assert read_marks(tmp_path) == tuple(given)
    assert json.loads((tmp_path / MARKS).read_text())["schema"] == "grader/marks/v1"
    assert [path.name for path in tmp_path.iterdir()] == [MARKS]


_MARKER = """
import sys
from pathlib import Path
from grader.results.marks_file import add_marks, hold
from grader.marks.mark_history import Mark
folder = Path(sys.argv[1])
for number in range(25):
    with hold(folder.parent):
        add_marks(folder, [Mark(lab="l", question=f"{sys.argv[2]}-{number}", points=1, of=1,
                                by=sys.argv[2], when="2026-11-23T10:00:00Z", answer="a")])
"""


def test_two_who_mark_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each process reads and writes the same file again and again."""
    folder = tmp_path / "alice"
    markers = [
        subprocess.Popen([sys.executable, "-c", _MARKER, str(folder), name])
        for name in ("anna", "ben", "carl")
    ]
    for marker in markers:
        assert marker.wait(timeout=120) == 0

    marks = read_marks(folder)
    assert len(marks) == 75
    assert len({mark.question for mark in marks}) == 75


def test_who_would_cover_up_anothers_mark_is_told(course: Course) -> None:
    """What somebody looked at has to be what is there."""
    mark_store = course.mark_store()
    mine, theirs = _answer(mark_store), _answer(mark_store)
    mark_store.give(theirs, new_mark(theirs, 3, "", "ben"))

    with pytest.raises(UsageError, match="ben gave 3 of 3 since you looked"):
        mark_store.give(mine, new_mark(mine, 1, "", "anna"))

    course.hand_in("bob", {"why-lost": answer("new")})
    old = course.mark_store().find("bob", LAB, "why-lost")
    course.hand_in("bob", {"why-lost": answer("newer")})
    with pytest.raises(UsageError, match="graded again since you looked"):
        mark_store.give(old, new_mark(old, 1, "", "anna"))
    assert [mark.points for mark in read_marks(course.results / "alice")] == [3]
    assert not read_marks(course.results / "bob")


def test_what_lies_in_two_folders_is_brought_together(course: Course, tmp_path: Path) -> None:
    """Own marks stay where both have some; nothing is counted twice."""
    old = tmp_path / "old"
    mark_store = course.mark_store()
    add_marks(old / "alice", [_mark(1), _mark(2), _mark(3, question="why-exec")])
    add_marks(old / "gone", [_mark(1)])
    add_marks(course.results / "alice", [_mark(0, question="why-exec", by="ben")])

    carried = mark_store.carry(old)

    assert carried.added == 2
    assert set(carried.changed) == {"alice"}
    assert len(carried.problems) == 2
    assert "'why-exec' of 04-images-and-containers has been marked here as well" in str(carried)
    assert "gone is not in" in carried.problems[1]
    assert _answer(mark_store).mark == _mark(2)
    assert mark_store.carry(old).added == 0
    add_marks(old / "alice", [_mark(0, when="2026-11-24T10:00:00Z")])
    assert mark_store.carry(old).added == 1
    assert [mark.points for mark in _answer(mark_store).history] == [1, 2, 0]


@pytest.mark.parametrize(
    ("points", "comment", "by", "said"),
    [
        (4, "", "anna", "is worth 3"),
        (-1, "", "anna", "is worth 3"),
        (1, "x" * 5001, "anna", "longer than 5000"),
        (1, "", "x" * 101, "longer than 100"),
        (1, "\udcff", "anna", "is not text"),
        (1, "", "\udcff", "is not text"),
    ],
)
def test_what_no_mark_can_hold_is_said(
    course: Course, points: int, comment: str, by: str, said: str
) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match=said):
        new_mark(_answer(course.mark_store()), points, comment, by)


def test_the_lock_waits_for_nobody_who_is_gone(tmp_path: Path) -> None:
    """Whoever dies lets go of it."""
    code = (
        "import os, sys; from pathlib import Path; from grader.results.marks_file import hold\n"
        "with hold(Path(sys.argv[1])): os._exit(1)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60
        ).returncode
        == 1
    )

    with hold(tmp_path):
        pass


def test_every_question_is_found_in_order(course: Course) -> None:
    """By question over the whole class, then the next."""
    found = [(one.question.id, one.submission) for one in course.answers()]

    assert found == [(question, name) for question in QUESTIONS for name in ("alice", "bob")]
