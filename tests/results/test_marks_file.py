"""Marks on disk: only ever added, by one at a time, and never written over."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.marks.free_answers import FreeAnswer
from grader.result import Result
from grader.results.mark_store import MarkStore, new_mark
from grader.results.marks_file import MARKS, add_marks, hold, read_marks, read_settled
from grader.results.store import FACTS, read_whole
from tests.builders.marked_course import Course, answer, make_course, make_mark
from tests.conftest import LAB


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a course of two."""
    return make_course(tmp_path, ["alice", "bob"])


def _answer(mark_store: MarkStore, name: str = "alice", question: str = "why-lost") -> FreeAnswer:
    return mark_store.find(name, LAB, question)


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
        add_marks(path.parent, [make_mark()])
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
    given = [make_mark(1), make_mark(2), make_mark(None), make_mark(3)]
    for one in given:
        add_marks(tmp_path, [one])

    assert read_marks(tmp_path) == tuple(given)
    assert json.loads((tmp_path / MARKS).read_text())["schema"] == "grader/marks/v1"
    assert [path.name for path in tmp_path.iterdir()] == [MARKS]


_MARKER = """
import sys
import threading
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
    add_marks(old / "alice", [make_mark(1), make_mark(2), make_mark(3, question="why-exec")])
    add_marks(old / "gone", [make_mark(1)])
    add_marks(course.results / "alice", [make_mark(0, question="why-exec", by="ben")])

    carried = mark_store.carry(old)

    assert carried.added == 2
    assert set(carried.changed) == {"alice"}
    assert len(carried.problems) == 2
    assert "'why-exec' of 04-images-and-containers has been marked here as well" in str(carried)
    assert "gone is not in" in carried.problems[1]
    assert _answer(mark_store).mark == make_mark(2)
    assert mark_store.carry(old).added == 0
    add_marks(old / "alice", [make_mark(0, when="2026-11-24T10:00:00Z")])
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


def test_who_reads_while_somebody_writes_waits_for_the_end_of_it(course: Course) -> None:
    """An export names nobody as left out whose files are just being exchanged."""
    course.grader("rejudge", "results")
    folder = course.results / "alice"
    facts, text = folder / FACTS, (folder / FACTS).read_text()
    begun = threading.Event()
    read: list[Result] = []

    def export() -> None:
        begun.set()
        read.append(read_settled(folder))

    reader = threading.Thread(target=export)
    with hold(course.results):
        facts.write_text(text + "\n")
        with pytest.raises(ValueError, match="made with other files"):
            read_whole(folder)
        reader.start()
        begun.wait()
        facts.write_text(text)
    reader.join()
    assert [result.submission.id for result in read] == ["alice"]
