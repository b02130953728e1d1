"""Points given by hand for checks: shown, counted everywhere, and looked at again at a regrade."""

import csv
import io
import json
from pathlib import Path

import pytest

from grader.core.text import visible
from grader.facts import SubmissionFacts
from grader.result import Status
from grader.results import store
from grader.results.marks_file import read_overrides
from grader.results.override_store import doubted_overrides
from tests.builders.marked_course import Course, answer, make_course
from tests.conftest import LAB, ROOT

CHECK = "exec-written"
WHY = "shown to me in the lab session <b>"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a course in which alice's work has many mistakes, graded."""
    made = make_course(tmp_path, ())
    made.hand_in("alice", {"why-lost": answer("it is PID 1")})
    facts = store.read_facts(ROOT / "tests" / "recorded" / "mixed.json")
    mine = store.read_facts(made.results / "alice" / store.FACTS)
    lab = facts.labs[0].model_copy(update={"answers": mine.labs[0].answers})
    _observe(made, facts.model_copy(update={"submission": "alice", "labs": (lab,)}))
    made.grader("rejudge", "results", code=None)
    return made


def _observe(course: Course, facts: SubmissionFacts) -> None:
    store.write_facts(course.results / "alice" / store.FACTS, facts)


def _check(course: Course, name: str = CHECK) -> tuple[Status, int, int, str, tuple[str, ...]]:
    checks = {check.id: check for check in course.result("alice").sections[0].checks}
    one = checks[name]
    return one.status, one.score, one.max_score, one.reason, one.flags


def _give(course: Course, *words: str, code: int = 0) -> str:
    done = course.mark("--override", "alice", "04", *words, "--by", "anna", code=code)
    return done.stdout + done.stderr


def test_what_is_given_counts_in_result_page_and_gradebook_and_says_why(course: Course) -> None:
    """What was judged stays beside it; taken back, all is as it was."""
    course.grader_plain("report", "results")
    before = course.result("alice")
    judged = _check(course)
    assert judged[0] is Status.FAILED

    said = _give(course, CHECK, str(judged[2]), "--comment", WHY)

    after = course.result("alice")
    status, score, _, reason, flags = _check(course)
    assert (status, score, flags) == (Status.PASSED, judged[2], ())
    assert reason.startswith(f"anna gave {judged[2]} of {judged[2]} by hand: {WHY}\n")
    assert judged[3] in reason
    assert after.score - before.score == judged[2]
    assert f"judged 0 of {judged[2]}" in said
    assert [(one.lab, one.judged.id, one.judged.score) for one in after.by_hand] == [
        (LAB, CHECK, 0)
    ]
    page = (course.results / "alice" / store.REPORT).read_text(encoding="utf-8")
    assert "shown to me in the lab session &lt;b&gt;" in page
    exported = course.grader_plain("export", "results", "--format", "csv", code=None).stdout
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(exported))}
    assert rows["alice"]["total"] == str(after.score)
    summary = json.loads((course.results / store.CLASS_JSON).read_text())
    assert summary["submissions"][0]["score"] == after.score

    _give(course, CHECK, "auto", "--comment", "a mistake of mine")

    again = course.result("alice").model_dump(exclude={"provenance"})
    assert again == before.model_dump(exclude={"provenance"})
    assert len(read_overrides(course.results / "alice")) == 2


def test_judged_again_it_stays_and_is_looked_at_again_where_something_changed(
    course: Course,
) -> None:
    """Nothing speaks against it while the work and its verdict are the same."""
    _give(course, CHECK, "1", "--comment", WHY)
    course.grader("rejudge", "results", code=None)
    assert _check(course)[1] == 1
    assert not _check(course)[4]
    assert not doubted_overrides(course.results)

    facts = store.read_facts(course.results / "alice" / store.FACTS)
    _observe(course, facts.model_copy(update={"digest": "1" * 64}))
    course.grader("rejudge", "results", code=None)

    status, score, _, _, (flag,) = _check(course)
    assert score == 1, status
    assert flag.startswith("The work has changed since anna gave 1 of ")
    assert course.result("alice").status == "needs_review"
    listed = course.mark().stdout
    assert "Given by hand for checks, to look at again:" in listed
    assert f"alice, {LAB} {CHECK}: the work has changed since anna gave 1" in listed

    _give(course, CHECK, "1", "--comment", "looked again")
    assert not _check(course)[4]


def test_another_verdict_has_it_looked_at_again(course: Course) -> None:
    """Points for a check that passes by now are no secret gift, and no secret loss."""
    _give(course, CHECK, "1", "--comment", WHY)
    right = store.read_facts(ROOT / "tests" / "recorded" / "model.json")
    facts = store.read_facts(course.results / "alice" / store.FACTS)
    lab = right.labs[0].model_copy(update={"answers": facts.labs[0].answers})
    _observe(course, facts.model_copy(update={"labs": (lab,)}))

    course.grader("rejudge", "results", code=None)

    assert "is judged otherwise since" in _check(course)[4][0]
    assert course.result("alice").by_hand[0].judged.status is Status.PASSED


def test_marks_and_overrides_leave_one_another_alone(course: Course) -> None:
    """Both lie in marks.json, and both go along into another folder of results."""
    _give(course, CHECK, "1", "--comment", WHY)
    course.mark("--set", "alice", LAB, "why-lost", "2", "--by", "bea")
    _give(course, "exec-stop", "1", "--comment", WHY)

    assert course.points("alice")["why-lost"] == 2
    assert [_check(course, name)[1] for name in (CHECK, "exec-stop")] == [1, 1]

    other = course.results.rename(course.root / "other")
    (course.results / "alice").mkdir(parents=True)
    facts = (other / "alice" / store.FACTS).read_bytes()
    (course.results / "alice" / store.FACTS).write_bytes(facts)
    course.grader("rejudge", "results", code=None)
    course.mark("--import", "other")

    assert course.points("alice")["why-lost"] == 2
    assert [_check(course, name)[1] for name in (CHECK, "exec-stop")] == [1, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((CHECK, "99", "--comment", WHY), "99 points cannot be given"),
        ((CHECK, "1"), "Say why, with --comment"),
        ((CHECK, "-1", "--comment", WHY), "is not a whole number of points"),
        ((CHECK, "0.5", "--comment", WHY), "is not a whole number of points"),
        (("exec-writen", "1", "--comment", WHY), "did you mean 'exec-written'?"),
        (("why-lost", "1", "--comment", WHY), "give its mark with --set"),
        ((CHECK, "auto", "--comment", WHY), "Nothing was given by hand"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    course: Course, words: tuple[str, ...], said: str
) -> None:
    """In a sentence, with what to do."""
    before = course.result("alice")

    assert visible(said) in _give(course, *words, code=2)

    assert course.result("alice") == before
    assert not (course.results / "alice" / store.MARKS).exists()
