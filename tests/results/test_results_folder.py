"""Whose RESULTS is: who may write there, and what is swept away."""

import threading
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.results import results_folder, store
from grader.results.marks_file import hold
from grader.results.results_folder import alone, beside_others, open_results
from tests.builders.marked_course import make_course
from tests.conftest import LAB


def _refused(opening: AbstractContextManager[object], why: str) -> None:
    with pytest.raises(UsageError, match=why), opening:
        pytest.fail("it was let in")


def test_who_is_at_work_is_named(tmp_path: Path) -> None:
    """To all that would write beside it."""
    with open_results(tmp_path, [LAB]):
        why = r"Another grader is at work in .* \(grader grade, process \d+ on .*, since 20"
        _refused(alone(tmp_path, "grader rejudge"), why)
    with alone(tmp_path, "grader rejudge"):
        _refused(open_results(tmp_path, [LAB]), "grader rejudge")
        _refused(beside_others(tmp_path, [LAB]), "grader rejudge")


def test_single_submissions_may_be_checked_side_by_side(tmp_path: Path) -> None:
    """But no class is graded meanwhile."""
    with beside_others(tmp_path, [LAB]), beside_others(tmp_path, ["05-volumes"]):
        _refused(open_results(tmp_path, [LAB]), "grader check")
    with open_results(tmp_path, [LAB]):
        pass
    _refused(beside_others(tmp_path, ["05-volumes"]), "holds results of other labs")


def test_commands_are_refused_and_write_nothing(tmp_path: Path) -> None:
    """A class of several labs is no place for a check of one of them, nor for a second grader."""
    course = make_course(tmp_path, ["alice"])
    with open_results(course.results, [LAB]):
        done = course.grader("rejudge", "results", code=2)
    assert "Another grader is at work in results (grader grade" in done.stderr
    place = tmp_path / "alice" / LAB
    place.mkdir(parents=True)
    (place / "Dockerfile-exec").write_text("FROM python:3.7\n")
    with open_results(tmp_path / "more", [LAB, "05-volumes"]):
        pass
    done = course.grader("check", "alice", "--static", "--results", "more", code=2)
    assert "holds results of other labs (04-images-and-containers, 05-volumes" in done.stderr
    assert not list(course.results.glob(f"*/{store.RESULT}"))
    assert not list((tmp_path / "more").glob(f"*/{store.RESULT}"))


def test_all_that_was_left_half_written_is_swept(tmp_path: Path) -> None:
    """Of every file that is written there; what people put there stays."""
    (tmp_path / "alice").mkdir()
    names = results_folder._WRITTEN
    assert {store.MARKS, store.FINGERPRINT, store.CLASS_JSON, store.GRADES} <= set(names)
    torn = [tmp_path / place / f".{name}.abcd1234" for name in names for place in (".", "alice")]
    for path in torn:
        path.write_text("{")
    notes = tmp_path / "alice" / ".notes.txt"
    notes.write_text("mine")

    with open_results(tmp_path, [LAB]):
        pass

    assert not [path for path in torn if path.exists()]
    assert notes.read_text() == "mine"


def test_nothing_is_swept_while_somebody_writes(tmp_path: Path) -> None:
    """A mark that is just being given is under its other name."""
    (tmp_path / "alice").mkdir()
    draft = tmp_path / "alice" / f".{store.MARKS}.abcd1234"
    draft.write_text("{")
    begun, opened = threading.Event(), threading.Event()

    def grade() -> None:
        begun.set()
        with open_results(tmp_path, [LAB]):
            opened.set()

    grader = threading.Thread(target=grade)
    with hold(tmp_path):
        grader.start()
        begun.wait()
        assert draft.exists()
        draft.rename(tmp_path / "alice" / store.MARKS)
        assert not opened.is_set()
    grader.join()
    assert opened.is_set()
    assert (tmp_path / "alice" / store.MARKS).read_text() == "{"
