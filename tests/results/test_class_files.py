"""Thirty answers of ten students, marked through the command line and through a sheet."""

import csv
import io
import json
from pathlib import Path

import pytest

from grader.facts import Fault, NotSeen
from tests.builders.marked_course import NAMES, QUESTIONS, Course, answer, make_course
from tests.conftest import LAB


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a class of ten that has been graded."""
    made = make_course(tmp_path)
    made.grader("rejudge", "results")
    return made


def _read(course: Course, name: str) -> list[dict[str, str]]:
    text = (course.root / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def _write(course: Course, name: str, rows: list[dict[str, str]], separator: str = ",") -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    (course.root / name).write_text(out.getvalue(), encoding="utf-8", newline="")


@pytest.mark.timeout(900)
def test_a_class_is_marked_and_graded_again_and_nothing_is_lost(  # noqa: PLR0915 - one story
    course: Course,
) -> None:
    """Twelve marks by command, the rest by sheet; then new answers, a new rubric, fewer points."""
    before = course.result(NAMES[0])
    assert (before.pending, before.status) == (9, "needs_review")
    assert "30 answers to mark by hand: 30 waiting" in course.mark().stdout

    # By command: one student's three, then one question of everybody else.
    for question in QUESTIONS:
        course.mark("--set", NAMES[0], "04", question, 0, "--by", "Anna Ärmel")
    said = "".join(f"{number % 4}\n{number % 4} because\n" for number in range(1, 10))
    done = course.mark("--walk", "--question", "why-lost", "--by", "Anna Ärmel", said=said)
    assert "9 marks given, all of them saved." in done.stdout
    assert "18 waiting, 0 stale, 0 to look at again, 12 marked" in course.mark().stdout

    # By sheet, as a German spreadsheet writes it.
    course.mark("--export", "sheet.csv")
    rows = _read(course, "sheet.csv")
    assert len(rows) == 30
    for row in rows:
        if not row["points"]:
            row |= {"points": "2,0", "comment": "=from the sheet", "by": "ben"}
    _write(course, "sheet.csv", rows, separator=";")
    done = course.mark("--import", "sheet.csv")
    assert done.stdout == "18 marks taken, 12 as before, 0 rows without points.\n"
    assert course.mark("--import", "sheet.csv").stdout.startswith("0 marks taken, 30 as before")

    given = {name: course.points(name) for name in NAMES}
    for number, name in enumerate(NAMES):
        others = 2 if number else 0
        assert given[name] == {"why-lost": number % 4, "why-exec": others, "why-cache": others}
        result = course.result(name)
        assert (result.pending, result.status) == (0, "graded")
        assert result.score == before.score + number % 4 + 2 * others
        assert result.max_score == before.max_score + 9
    reason = _check(course, NAMES[1], "why-lost")
    assert reason["reason"] == "Marked 1 of 3 by Anna Ärmel: 1 because"
    assert reason["status"] == "failed"
    assert _check(course, NAMES[3], "why-lost")["status"] == "passed"
    assert _check(course, NAMES[7], "why-exec")["reason"] == "Marked 2 of 3 by ben: =from the sheet"
    page = (course.results / NAMES[7] / "report.html").read_text()
    assert "Marked 2 of 3 by ben: =from the sheet" in page
    histories = {name: course.history(name) for name in NAMES}
    assert sum(map(len, histories.values())) == 30

    # Judged again, everything is as it was.
    course.grader("rejudge", "results")
    assert {name: course.points(name) for name in NAMES} == given

    # Graded again: two students have changed an answer, one has taken one away.
    for name in NAMES[:2]:
        answers = {one: answer(f"{name} says *why* ({one}).") for one in QUESTIONS[1:]}
        course.hand_in(
            name, {**answers, "why-lost": answer("Something else."), "pick": answer("a")}
        )
    gone = NotSeen(fault=Fault.STUDENT, why="The cell is not there any more.")
    answers = {one: answer(f"{NAMES[2]} says *why* ({one}).") for one in QUESTIONS[1:]}
    course.hand_in(NAMES[2], {**answers, "why-lost": gone, "pick": answer("a")})
    course.grader("rejudge", "results")
    listed = course.mark().stdout
    assert "0 waiting, 2 stale, 0 to look at again, 27 marked" in listed
    for name in NAMES[:2]:
        assert f"{name}  {LAB} why-lost: the answer has changed since Anna Ärmel gave" in listed
        assert course.points(name)["why-lost"] is None
        assert course.result(name).pending == 3
        assert "has changed since" in str(_check(course, name, "why-lost")["flags"])
    assert f"{NAMES[2]}  {LAB} why-lost: Anna Ärmel gave 2 of 3" in listed
    assert "there is no answer now" in listed
    assert _check(course, NAMES[2], "why-lost")["status"] == "failed"

    # A changed rubric: the marks count, and are listed until somebody has looked.
    course.key(rubric=[(1, "names PID 1"), (2, "says what the kernel does")])
    course.grader("rejudge", "results")
    listed = course.mark().stdout
    assert "0 waiting, 2 stale, 27 to look at again, 0 marked" in listed
    assert "the rubric has changed since ben gave 2 of 3" in listed
    assert course.points(NAMES[5]) == given[NAMES[5]]
    assert course.result(NAMES[5]).status == "needs_review"
    course.mark("--confirm", NAMES[0], LAB, "why-lost", "--by", "carl")
    assert course.points(NAMES[0])["why-lost"] == 0
    assert course.mark("--confirm-all").stdout == "27 marks confirmed.\n"
    assert "0 waiting, 1 stale, 0 to look at again, 28 marked" in course.mark().stdout

    # Fewer points: what fits counts, what does not has to be marked again.
    course.ask(points=2)
    course.key(rubric=[(2, "names PID 1")])
    course.grader("rejudge", "results")
    listed = course.mark().stdout
    assert "0 waiting, 3 stale, 26 to look at again, 0 marked" in listed
    assert f"{NAMES[3]}  {LAB} why-lost: the question is worth 2 now, and" in listed
    done = course.mark("--confirm", NAMES[3], LAB, "why-lost", code=2)
    assert "3 of 3 cannot be confirmed" in done.stderr

    # Nothing was lost on the way, and it can be carried to another folder.
    for name, history in histories.items():
        assert course.history(name)[:3] == history
    (course.root / "results").rename(course.root / "old")
    for name in NAMES:
        answers = {one: answer(f"{name} says *why* ({one}).") for one in QUESTIONS}
        course.hand_in(name, {**answers, "pick": answer("a")})
    course.grader("rejudge", "results")
    assert "30 waiting" in course.mark().stdout
    kept = sum(len(list_) for list_ in _histories(course.root / "old").values())
    assert course.mark("--import", "old").stdout == f"{kept} marks taken from old.\n"
    assert _histories(course.results) == _histories(course.root / "old")
    assert course.mark("--import", "old").stdout == "0 marks taken from old.\n"


def _histories(results: Path) -> dict[str, list[object]]:
    return {
        path.parent.name: json.loads(path.read_text())["marks"]
        for path in sorted(results.glob("*/marks.json"))
    }


def _check(course: Course, name: str, question: str) -> dict[str, object]:
    (check,) = (c for c in course.result(name).sections[0].checks if c.id == question)
    return check.model_dump(mode="json")
