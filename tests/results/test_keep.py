"""What belongs together comes apart in no way that goes unnoticed: one way of each kind."""

import csv
import io
import os
import shutil
from pathlib import Path

import pytest

from grader.results import store
from tests.builders.broken_disk import broken
from tests.builders.kept_class import KeptClass, make_kept_class, unchanged
from tests.builders.marked_course import QUESTIONS
from tests.cli.command import Done
from tests.conftest import LAB

_SET = ("mark", "results", "--set", "alice", LAB, "why-lost", 2)


@pytest.fixture
def kept(tmp_path: Path) -> KeptClass:
    """Return a class of two that was graded with its key."""
    made = make_kept_class(tmp_path)
    for name in ("alice", "bob"):
        made.hand_in(
            name, {question: f"{name}: {question}" for question in QUESTIONS} | {"pick": "a"}
        )
    done = made.grade(keyed=True)
    assert done is not None
    assert done.returncode == 0, done.stderr
    return made


def _fine(done: Done | None) -> Done:
    assert done is not None
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _total(kept: KeptClass, name: str = "alice") -> str:
    text = (kept.results / store.GRADES).read_text(encoding="utf-8-sig")
    return next(
        row["total"] for row in csv.DictReader(io.StringIO(text)) if row["submission"] == name
    )


def _cut_before_the_result(kept: KeptClass, *, kill: bool) -> None:
    """Give a mark, and let it end when the mark is written and the result is not."""
    marks = kept.results / "alice" / store.MARKS
    for at in range(1, 20):
        kept.run(*_SET, keyed=True, at=at, kill=kill)
        if marks.exists():
            return
    pytest.fail("no mark was given")


@pytest.mark.parametrize("kill", [True, False])
@pytest.mark.parametrize("then", [_SET, ("report", "results"), ("mark", "results"), ()])
def test_a_mark_whose_result_was_not_written_counts_with_the_next_command(
    kept: KeptClass, then: tuple[object, ...], *, kill: bool
) -> None:
    """The same once more, or any other that opens the results; then all say the same."""
    before = int(_total(kept))
    _cut_before_the_result(kept, kill=kill)
    assert store.differing(store.read_result(kept.results / "alice"), kept.results / "alice")

    if then:
        _fine(kept.run(*then, keyed="report" not in then))
    else:
        assert unchanged(_fine(kept.grade(keyed=True))) == 1

    assert kept.course.points("alice")["why-lost"] == 2
    assert int(_total(kept)) == before + 2
    # Who laid the marks without the key could not look at its rubrics: that is done again.
    assert unchanged(_fine(kept.grade(keyed=True))) == (1 if "report" in then else 2)
    assert unchanged(_fine(kept.grade(keyed=True))) == 2


def test_marks_put_back_from_a_copy_count_and_those_that_are_gone_do_not(kept: KeptClass) -> None:
    """Whatever time the file has; an export sees to it, too."""
    _fine(kept.run(*_SET, keyed=True))
    marks, copy = kept.results / "alice" / store.MARKS, kept.course.root / "copy"
    shutil.copy2(marks, copy)
    _fine(kept.run(*_SET[:-1], 3, keyed=True))
    shutil.copy2(copy, marks)

    done = _fine(kept.run("export", "results", "--format", "csv", keyed=False))

    assert kept.course.points("alice")["why-lost"] == 2
    assert "Made again" in done.stderr
    marks.unlink()
    assert unchanged(_fine(kept.grade(keyed=True))) == 1
    assert kept.course.points("alice")["why-lost"] is None


@pytest.mark.parametrize("name", [store.FACTS, store.RESULT, store.REPORT])
def test_a_file_of_another_grading_is_noticed(kept: KeptClass, name: str) -> None:
    """Nothing is unchanged beside it; an export counts what is whole and names the rest."""
    copy = kept.course.root / "copy"
    shutil.copytree(kept.results, copy)
    kept.hand_in("alice", dict.fromkeys(QUESTIONS, "another") | {"pick": "b"})
    _fine(kept.grade(keyed=True))
    shutil.copy2(copy / "alice" / name, kept.results / "alice" / name)

    done = kept.run("export", "results", "--format", "csv", keyed=False)
    assert done is not None
    kept.check_export(done)
    assert ("alice: result.json was made with other files" in done.stderr) == (name != store.REPORT)

    assert unchanged(_fine(kept.grade(keyed=True))) == 1
    kept.check_results(keyed=True)


def test_a_full_disk_takes_no_result_away(kept: KeptClass) -> None:
    """At whichever change of a file it is full, when all is graded anew."""
    before = {name: store.read_whole(kept.results / name).score for name in ("alice", "bob")}
    at = 0
    while True:
        at += 1
        with broken(at, kill=False) as disk:
            done = kept.grade("--force", keyed=True)
        assert {name: store.read_whole(kept.results / name).score for name in before} == before
        if not disk.struck:
            break
        assert done is not None
        assert done.returncode in {0, 2, 3}
    assert at > 10


def test_who_has_no_result_is_named_by_export_and_report(kept: KeptClass) -> None:
    """With what is there: facts alone, or marks alone."""
    (kept.results / "alice" / store.RESULT).unlink()
    for name in (store.RESULT, store.FACTS):
        (kept.results / "bob" / name).unlink()
    _fine(kept.run("rejudge", "results", keyed=True))
    (kept.results / "alice" / store.RESULT).unlink()
    kept.hand_in("carol", dict.fromkeys(QUESTIONS, "carol") | {"pick": "b"})
    kept.grade("--only", "carol", keyed=True)

    done = kept.run("export", "results", "--format", "csv", keyed=False)
    assert done is not None
    assert done.returncode == 3
    assert "alice: result.json cannot be read" in done.stderr
    told = kept.run("report", "results", keyed=False)
    assert told is not None
    assert "Left out: alice: result.json cannot be read" in told.stderr


def test_class_files_follow_what_lies_there_whatever_its_time(kept: KeptClass) -> None:
    """A submission and its result are deleted; a result is put back with the time it had."""
    copy = kept.course.root / "copy"
    shutil.copytree(kept.results, copy)
    _fine(kept.run(*_SET, keyed=True))
    shutil.rmtree(kept.submissions / "bob")
    shutil.rmtree(kept.results / "bob")
    _fine(kept.grade(keyed=True))
    kept.check_class_files()
    shutil.rmtree(kept.results / "alice")
    shutil.copytree(copy / "alice", kept.results / "alice")
    for path in (kept.results / "alice").iterdir():
        os.utime(path, (1, 1))

    assert unchanged(_fine(kept.grade(keyed=True))) == 1

    kept.check_class_files()


def test_without_the_key_of_before_nobody_falls_unsaid(kept: KeptClass) -> None:
    """Once with who waits, and afterwards still; a key given to rejudge is remembered, too."""
    done = _fine(kept.grade(keyed=False))
    assert "Answers of 2 submissions had points by a key, and wait without it" in done.stderr
    assert "judged by a key before" in _fine(kept.grade(keyed=False)).stderr
    assert "a key" not in _fine(kept.grade(keyed=True)).stderr
    (kept.results / store.RUN).unlink()
    assert "a key" not in _fine(kept.grade(keyed=False)).stderr
    _fine(kept.run("rejudge", "results", keyed=True))

    assert "Answers of 2 submissions" in _fine(kept.grade(keyed=False)).stderr
