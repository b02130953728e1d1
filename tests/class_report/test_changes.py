"""Two gradings compared: who changed, by how much, and what of all that went in differs."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.class_report.changes import Changes, SubmissionChange, compare_two
from grader.class_report.collected import GradedEntry
from grader.cli.diff import diff
from grader.core.errors import UsageError
from grader.render.diff_text import render_changes
from grader.result import CheckResult, Result, Status
from grader.results import store
from grader.results.class_files import compare_results
from tests.builders.class_results import (
    HOSTILE_IDS,
    folder_name,
    make_class,
    make_result,
    write_class,
)

SIZE = 24


def changed_check(result: Result, lab: int, place: int, **update: Any) -> Result:
    """Return the result with one check changed and its totals right."""
    section = result.sections[lab]
    check = section.checks[place]
    new = CheckResult.model_validate(check.model_dump() | update, strict=False)
    checks = (*section.checks[:place], new, *section.checks[place + 1 :])
    delta = new.score - check.score
    section = section.model_copy(update={"checks": checks, "score": section.score + delta})
    sections = (*result.sections[:lab], section, *result.sections[lab + 1 :])
    return result.model_copy(update={"sections": sections, "score": result.score + delta})


def two(before: Result, after: Result) -> SubmissionChange | None:
    """Return the change from one result to the other."""
    return compare_two(GradedEntry(before, ""), GradedEntry(after, ""))


def _made(result: Result, **update: Any) -> Result:
    return result.model_copy(update={"provenance": result.provenance.model_copy(update=update)})


def test_the_same_run_twice_is_the_same() -> None:
    """Times, random words and numbers of a run are no change."""
    before = make_result("a", 5)
    after = _made(before, seconds=99.0, graded_at="2027-01-01T00:00:00Z")
    assert two(before, after) is None
    first = changed_check(before, 0, 0, status="failed", score=0, reason="it took 2.5 s for abcd")
    second = changed_check(before, 0, 0, status="failed", score=0, reason="it took 7 s for wxyz")
    lab = before.sections[0].id
    assert (
        compare_two(
            GradedEntry(first, "", {lab: {"w": "abcd"}}),
            GradedEntry(second, "", {lab: {"w": "wxyz"}}),
        )
        is None
    )


def test_points_status_reason_and_flags_are_each_a_change() -> None:
    """With both sides, and the difference of the totals."""
    before = make_result("a", 8)
    place = next(
        n for n, c in enumerate(before.sections[0].checks) if c.status is not Status.PASSED
    )
    check = before.sections[0].checks[place]
    better = changed_check(before, 0, place, status="passed", score=check.max_score)
    change = two(before, better)
    assert change
    assert change.after.score - change.before.score == check.max_score
    assert [(c.lab, c.check) for c in change.checks] == [(before.sections[0].id, check.id)]
    for update in ({"reason": "another one"}, {"flags": ("look at this",)}):
        change = two(before, changed_check(before, 0, place, **update))
        assert change
        assert change.before == change.after
        assert len(change.checks) == 1


@pytest.mark.parametrize(
    ("update", "cause"),
    [
        ({}, "unknown"),
        ({"grader": "0.2.0"}, "grader"),
        ({"spec": "other@1"}, "spec"),
        ({"bases": {}}, "bases"),
    ],
)
def test_the_cause_is_what_else_differs(update: dict[str, Any], cause: str) -> None:
    """Only what went in can be a cause; where nothing does, that is said."""
    before = make_result("a", 8)
    change = two(before, _made(changed_check(before, 0, 0, reason="another"), **update))
    assert change
    assert change.causes == (cause,)


def test_a_changed_submission_and_a_mark_are_causes() -> None:
    """The student's doing comes first; a mark is no mystery."""
    before = make_result("a", 8)
    after = changed_check(before, 0, 0, reason="another")
    digest = before.submission.model_copy(update={"digest": "f" * 64})
    change = two(before, _made(after.model_copy(update={"submission": digest}), grader="2"))
    assert change
    assert change.causes == ("submission", "grader")
    waits = changed_check(before, 0, 0, status="manual", score=0, max_score=0, pending=1)
    marked = changed_check(waits, 0, 0, status="passed", score=1, max_score=1, pending=0)
    change = two(waits, marked)
    assert change
    assert change.causes == ("marks",)


def test_a_mark_that_was_changed_by_hand_is_no_mystery() -> None:
    """Neither side waits: results name the marks that they were made with."""
    before = _made(make_result("a", 8), beside={"marks.json": "1" * 64})
    after = _made(changed_check(before, 0, 0, reason="Marked"), beside={"marks.json": "2" * 64})
    change = two(before, after)
    assert change
    assert change.causes == ("marks",)
    change = two(before, _made(after, grader="2"))
    assert change
    assert change.causes == ("grader", "marks")


def test_checks_that_only_one_side_has() -> None:
    """A check that is new or gone is named, not lost."""
    before = make_result("a", 8)
    section = before.sections[0]
    fewer = section.model_copy(update={"checks": section.checks[1:]})
    after = before.model_copy(update={"sections": (fewer, *before.sections[1:])})
    gone, new = two(before, after), two(after, before)
    assert gone
    assert new
    assert [(c.check, c.after) for c in gone.checks] == [(section.checks[0].id, None)]
    assert [(c.check, c.before) for c in new.checks] == [(section.checks[0].id, None)]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return two gradings of a class: one changed, one added, one removed, one torn."""
    results = list(make_class(SIZE))
    write_class(tmp_path / "a", results)
    results[10] = changed_check(results[10], 0, 0, reason="Now <b>this</b>\x1b[31m " + "x" * 90)
    write_class(tmp_path / "b", [*results, make_result("zoe", 77)])
    gone, torn = sorted((tmp_path / "b").iterdir())[3:5]
    (gone / store.RESULT).unlink()
    (torn / store.RESULT).write_text("{")
    return tmp_path / "a", tmp_path / "b"


def test_folders_are_compared_by_name(folders: tuple[Path, Path]) -> None:
    """Nobody is lost: same, changed, added, removed and not compared add up."""
    changes = compare_results(*folders)
    assert [change.id for change in changes.changed] == [folder_name(10, HOSTILE_IDS[0])]
    assert changes.added == (folder_name(SIZE, "zoe"),)
    assert changes.removed == (folder_name(3, "student-0003"),)
    assert [found.folder for found in changes.unreadable] == ["0004 student-0004"]
    assert changes.same == SIZE - 3
    assert changes.any
    assert Changes.model_validate_json(changes.to_json()) == changes
    assert not compare_results(folders[0], folders[0]).any


@pytest.mark.parametrize("width", [80, 60, 40])
def test_text_fits_and_is_harmless(folders: tuple[Path, Path], width: int) -> None:
    """At 80 columns and less, with hostile names and reasons."""
    text = render_changes(compare_results(*folders), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    words = " ".join(text.split())
    assert "zoe" in words
    assert "1 changed, 21 the same, 1 added, 1 removed." in words
    assert "why: the same files, grader and spec" in words


def test_the_command_chooses_exit_codes_only_when_asked(folders: tuple[Path, Path]) -> None:
    """0 for a comparison that worked, 1 with --exit-code and a difference."""
    a, b = map(str, folders)

    def code(*arguments: str) -> tuple[int, str]:
        run = CliRunner().invoke(diff, arguments, standalone_mode=False)
        assert run.exception is None, run.exception
        return run.return_value, run.stdout

    assert code(a, b)[0] == 0
    assert code(a, b, "--exit-code")[0] == 1
    assert code(a, a, "--exit-code")[0] == 0
    assert json.loads(code(a, b, "--format", "json")[1])["schema"] == "grader/diff/v1"


def test_a_folder_without_results_is_said(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    """With what to name instead."""
    empty = tmp_path / "empty"
    empty.mkdir()
    run = CliRunner().invoke(diff, [str(folders[0]), str(empty)], standalone_mode=False)
    assert isinstance(run.exception, UsageError)
    assert "no */result.json" in str(run.exception)
