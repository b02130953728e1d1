"""Thirty answers of ten students, marked through the command line and through a sheet."""

import csv
import io
import json
import shutil
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


def _mark_by_command(course: Course) -> None:
    """Give one student's three marks, then one question of everybody else."""
    for question in QUESTIONS:
        course.mark("--set", NAMES[0], "04", question, 0, "--by", "Anna Ärmel")
    said = "".join(f"{number % 4}\n{number % 4} because\n" for number in range(1, 10))
    done = course.mark("--walk", "--question", "why-lost", "--by", "Anna Ärmel", said=said)
    assert "9 marks given, all of them saved." in done.stdout


def _mark_by_sheet(course: Course) -> None:
    """Give 2 points for each answer that waits, as a German spreadsheet writes it."""
    course.mark("--export", "sheet.csv")
    rows = _read(course, "sheet.csv")
    assert len(rows) == 30
    for row in rows:
        if not row["points"]:
            row |= {"points": "2,0", "comment": "=from the sheet", "by": "ben"}
    _write(course, "sheet.csv", rows, separator=";")
    done = course.mark("--import", "sheet.csv")
    assert done.stdout == "18 marks taken, 12 as before, 0 rows without points.\n"


@pytest.fixture(scope="module")
def marked_once(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a class with all of its thirty marks: twelve by command, the rest by sheet."""
    made = make_course(tmp_path_factory.mktemp("marked"))
    made.grader("rejudge", "results")
    _mark_by_command(made)
    assert "18 waiting, 0 stale, 0 to look at again, 12 marked" in made.mark().stdout
    _mark_by_sheet(made)
    return made


@pytest.fixture
def marked(marked_once: Course, tmp_path: Path) -> Course:
    """Return a copy of the marked class that a test may change."""
    shutil.copytree(marked_once.root, tmp_path / "course")
    return Course(tmp_path / "course")


def _points(course: Course) -> dict[str, dict[str, int | None]]:
    return {name: course.points(name) for name in NAMES}


def test_all_wait_before_the_first_mark(course: Course) -> None:
    """An unmarked answer costs nothing: its points are pending."""
    before = course.result(NAMES[0])

    assert (before.pending, before.status) == (9, "needs_review")
    assert "30 answers to mark by hand: 30 waiting" in course.mark().stdout


def test_marks_by_command_and_by_sheet_make_the_points(course: Course, marked: Course) -> None:
    """Beside what was judged: score and maximum grow by them."""
    before = course.result(NAMES[0])
    for number, name in enumerate(NAMES):
        others = 2 if number else 0
        points = {"why-lost": number % 4, "why-exec": others, "why-cache": others}
        assert marked.points(name) == points
        result = marked.result(name)
        assert (result.pending, result.status) == (0, "graded")
        assert result.score == before.score + sum(points.values())
        assert result.max_score == before.max_score + 9
        assert len(marked.history(name)) == 3


def test_a_sheet_that_is_imported_twice_gives_no_second_mark(marked: Course) -> None:
    """What it says has been given."""
    assert marked.mark("--import", "sheet.csv").stdout.startswith("0 marks taken, 30 as before")


def test_a_mark_and_who_gave_it_stand_in_the_report(marked: Course) -> None:
    """All points, or the check has failed; a comment stays the text that it is."""
    check = _check(marked, NAMES[1], "why-lost")

    assert check["reason"] == "Marked 1 of 3 by Anna Ärmel: 1 because"
    assert check["status"] == "failed"
    assert _check(marked, NAMES[3], "why-lost")["status"] == "passed"
    assert _check(marked, NAMES[7], "why-exec")["reason"] == "Marked 2 of 3 by ben: =from the sheet"
    page = (marked.results / NAMES[7] / "report.html").read_text()
    assert "Marked 2 of 3 by ben: =from the sheet" in page


def test_judging_again_changes_no_mark(marked: Course) -> None:
    """They lie beside the results."""
    given = _points(marked)
    marked.grader("rejudge", "results")

    assert _points(marked) == given


def test_marks_of_answers_that_changed_wait_again(marked: Course) -> None:
    """Two students have changed an answer, one has taken one away."""
    histories = _histories(marked.results)
    kept = {one: answer(f"{NAMES[2]} says *why* ({one}).") for one in QUESTIONS[1:]}
    gone = NotSeen(fault=Fault.STUDENT, why="The cell is not there any more.")
    for name in NAMES[:2]:
        own = {one: answer(f"{name} says *why* ({one}).") for one in QUESTIONS[1:]}
        marked.hand_in(name, {**own, "why-lost": answer("Something else."), "pick": answer("a")})
    marked.hand_in(NAMES[2], {**kept, "why-lost": gone, "pick": answer("a")})
    marked.grader("rejudge", "results")

    listed = marked.mark().stdout
    assert "0 waiting, 2 stale, 0 to look at again, 27 marked" in listed
    for name in NAMES[:2]:
        assert f"{name}  {LAB} why-lost: the answer has changed since Anna Ärmel gave" in listed
        assert marked.points(name)["why-lost"] is None
        assert marked.result(name).pending == 3
        assert "has changed since" in str(_check(marked, name, "why-lost")["flags"])
    assert f"{NAMES[2]}  {LAB} why-lost: Anna Ärmel gave 2 of 3" in listed
    assert "there is no answer now" in listed
    assert _check(marked, NAMES[2], "why-lost")["status"] == "failed"
    assert _histories(marked.results) == histories


def test_marks_by_a_rubric_that_changed_count_until_somebody_has_looked(marked: Course) -> None:
    """They are listed, and confirmed one by one or all at once."""
    given = _points(marked)
    marked.key(rubric=[(1, "names PID 1"), (2, "says what the kernel does")])
    marked.grader("rejudge", "results")

    listed = marked.mark().stdout
    assert "0 waiting, 0 stale, 30 to look at again, 0 marked" in listed
    assert "the rubric has changed since ben gave 2 of 3" in listed
    assert _points(marked) == given
    assert marked.result(NAMES[5]).status == "needs_review"
    marked.mark("--confirm", NAMES[0], LAB, "why-lost", "--by", "carl")
    assert marked.points(NAMES[0])["why-lost"] == 0
    assert marked.mark("--confirm-all").stdout == "29 marks confirmed.\n"
    assert "0 waiting, 0 stale, 0 to look at again, 30 marked" in marked.mark().stdout


def test_a_mark_above_what_a_question_is_worth_now_has_to_be_given_again(marked: Course) -> None:
    """What fits counts, and waits for somebody to look."""
    marked.ask(points=2)
    marked.key(rubric=[(2, "names PID 1")])
    marked.grader("rejudge", "results")

    listed = marked.mark().stdout
    assert "0 waiting, 2 stale, 28 to look at again, 0 marked" in listed
    assert f"{NAMES[3]}  {LAB} why-lost: the question is worth 2 now, and" in listed
    done = marked.mark("--confirm", NAMES[3], LAB, "why-lost", code=2)
    assert "3 of 3 cannot be confirmed" in done.stderr


def test_marks_are_taken_over_from_another_folder_of_results(marked: Course) -> None:
    """All of each history, and once."""
    old = marked.root / "old"
    marked.results.rename(old)
    for name in NAMES:
        answers = {one: answer(f"{name} says *why* ({one}).") for one in QUESTIONS}
        marked.hand_in(name, {**answers, "pick": answer("a")})
    marked.grader("rejudge", "results")

    assert "30 waiting" in marked.mark().stdout
    assert marked.mark("--import", "old").stdout == "30 marks taken from old.\n"
    assert _histories(marked.results) == _histories(old)
    assert marked.mark("--import", "old").stdout == "0 marks taken from old.\n"


def _histories(results: Path) -> dict[str, list[object]]:
    return {
        path.parent.name: json.loads(path.read_text())["marks"]
        for path in sorted(results.glob("*/marks.json"))
    }


def _check(course: Course, name: str, question: str) -> dict[str, object]:
    (check,) = (c for c in course.result(name).sections[0].checks if c.id == question)
    return check.model_dump(mode="json")
