"""A class summed up: every number computed a second time in another way."""

import csv
import io
import os
import shutil
import statistics
from itertools import pairwise
from pathlib import Path

import pytest

from grader.class_report.class_summary import ClassSummary
from grader.class_report.collected import GradedEntry
from grader.class_report.grades import grades_csv
from grader.class_report.reasons import normalised
from grader.class_report.summary import summarise
from grader.core.files import write_text
from grader.core.text import cell
from grader.result import Result, Status
from grader.results import class_files, store
from tests.builders.class_results import LABS, folder_name, make_class, make_result, write_class
from tests.cli.command import run
from tests.conftest import ROOT

CLASS = list(make_class(120))


def summary_of(results: list[Result]) -> ClassSummary:
    """Return the summary of results that lie nowhere."""
    return summarise((GradedEntry(r, f"{n}/report.html") for n, r in enumerate(results)), LABS)


@pytest.fixture(scope="module")
def summary() -> ClassSummary:
    """Return the summary of a mixed class."""
    return summary_of(CLASS)


def _outcomes(result: Result) -> dict[tuple[str, str], tuple[Status, int]]:
    return {
        (section.id, check.id): (check.status, check.score)
        for section in result.sections
        for check in section.checks
        if any(c.reason != "was not submitted" for c in section.checks)
    }


def test_discrimination_is_the_correlation_with_the_rest(summary: ClassSummary) -> None:
    """The statistics module, given pass and rest score, says the same."""
    judged = {Status.PASSED, Status.FAILED, Status.SKIPPED}
    defined = 0
    for check in summary.checks:
        passed: list[float] = []
        rest: list[float] = []
        for result in CLASS:
            status, score = _outcomes(result).get((check.lab, check.id), (None, 0))
            if status in judged and result.status != "not_graded":
                passed.append(float(status is Status.PASSED))
                rest.append(result.score - score)
        if len(set(passed)) > 1 and len(set(rest)) > 1:
            defined += 1
            assert check.discrimination == pytest.approx(
                statistics.correlation(passed, rest), abs=1e-4
            )
            assert check.undefined == ""
        else:
            assert check.discrimination is None
            assert check.undefined
    assert defined > 50


def test_counts_of_a_check_add_up(summary: ClassSummary) -> None:
    """Nobody is lost, whatever happened to the check."""
    for number, check in enumerate(summary.checks):
        letters = [row.outcomes[number] for row in summary.submissions]
        counts = dict(zip("PFSMEN-", (check.passed, check.failed, check.skipped, check.manual,
                                      check.error, check.not_handed_in, check.not_checked),
                          strict=True))  # fmt: skip
        assert {letter: letters.count(letter) for letter in counts} == counts
        assert sum(counts.values()) == len(CLASS)


def test_an_outage_and_an_absent_student_say_nothing_about_a_check() -> None:
    """Neither moves a pass rate nor a correlation."""
    some = [make_result(f"s{n}", n) for n in range(30)]
    lab = LABS[3]
    gone = [make_result(f"a{n}", n, absent=[x.id for x in LABS]) for n in range(5)]
    lost = [make_result(f"b{n}", n, broken=True) for n in range(5)]
    before = [c for c in summary_of(some).checks if c.lab == lab.id]
    after = [c for c in summary_of(some + gone).checks if c.lab == lab.id]
    assert [c.pass_rate for c in before] == [c.pass_rate for c in after]
    assert [c.discrimination for c in before] == [c.discrimination for c in after]
    broken = summary_of(some + lost)
    assert broken.scores.count == 30
    assert [c.pass_rate for c in broken.checks if c.lab == lab.id] == [c.pass_rate for c in before]
    assert [c.discrimination for c in broken.checks if c.lab == lab.id] == [
        c.discrimination for c in before
    ]
    assert len(broken.not_graded) == 5


@pytest.mark.parametrize(
    ("size", "why"), [(0, None), (1, "fewer than 3"), (2, "fewer than 3"), (4, "all have the same")]
)
def test_small_classes_have_undefined_numbers_not_wrong_ones(size: int, why: str | None) -> None:
    """No division by zero, and a word for why there is no number."""
    one = make_result("x", 1, LABS[:1])
    passed = one.sections[0].checks[0].model_copy(update={"status": Status.PASSED, "score": 1})
    lost = passed.model_copy(update={"status": Status.FAILED, "score": 0})
    results = [
        one.model_copy(
            update={
                "score": check.score,
                "sections": (one.sections[0].model_copy(update={"checks": (check,)}),),
            }
        )
        for check in [passed, lost, lost, passed][:size]
    ]
    summary = summarise([GradedEntry(r, "x/report.html") for r in results])
    assert [c.discrimination for c in summary.checks] == [None] * bool(size)
    if why:
        assert summary.checks[0].undefined.startswith(why)
    assert (summary.scores.mean is None) == (size == 0)
    assert grades_csv(summary).count("\n") == size + 1


def test_the_distribution_counts_everybody_once(summary: ClassSummary) -> None:
    """Bins touch, cover all totals, and hold what a recount holds."""
    totals = [result.score for result in CLASS if result.status != "not_graded"]
    bins = summary.scores.bins
    assert bins[0].first == 0
    assert all(a.last + 1 == b.first for a, b in pairwise(bins))
    for found in bins:
        assert found.count == sum(found.first <= total <= found.last for total in totals)
    assert sum(found.count for found in bins) == len(totals) == summary.scores.count
    assert summary.scores.mean == pytest.approx(statistics.fmean(totals), abs=0.01)
    assert summary.scores.deviation == pytest.approx(statistics.pstdev(totals), abs=0.01)


def test_grades_are_integers_and_sums_and_never_formulas(summary: ClassSummary) -> None:
    """What a spreadsheet reads back is what result.json says."""
    rows = list(csv.DictReader(io.StringIO(grades_csv(summary))))
    assert [row["submission"] for row in rows] == [cell(r.submission.id) for r in CLASS]
    for row, result in zip(rows, CLASS, strict=True):
        if result.status == "not_graded":
            assert row["total"] == ""
            continue
        assert int(row["total"]) == result.score == sum(int(row[lab.id]) for lab in LABS)
        assert int(row["max"]) == result.max_score
        assert int(row["pending"]) == result.pending
        assert int(row["flags"]) == sum(len(c.flags) for s in result.sections for c in s.checks)
    assert not any(value.startswith(tuple("=+-@\t\r")) for row in rows for value in row.values())


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\uff1d1", "|x", "%0A=1", "\t=1", "\r=1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    """Also behind space, and in full-width characters; controls are written out."""
    assert cell(text)[0] in "'\\"
    assert cell("alice") == "alice"


@pytest.mark.parametrize(
    ("reason", "same_as"),
    [
        ("It ended after 0.1 s with exit code 2", "It ended after 13.25 s with exit code 2"),
        ('was given ["mpytwrho", "yck epg"]', 'was given ["abcdefgh", "ijk lmn"]'),
        ("PID 1 is dash, child 713", "PID 1 is dash, child 20"),
        ("built sha256:" + "a1" * 32, "built sha256:" + "b2" * 32),
    ],
)
def test_one_cause_is_one_text(reason: str, same_as: str) -> None:
    """Random words, times, process ids and image ids differ from run to run."""
    first = {"first": "mpytwrho", "second": "yck epg"}
    other = {"first": "abcdefgh", "second": "ijk lmn"}
    assert normalised(reason, first) == normalised(same_as, other)


@pytest.mark.parametrize(
    ("reason", "other"),
    [
        ("It ended with exit code 2", "It ended with exit code 137"),
        ("built from python:3.7", "built from python:3.12"),
        ("signal 9 ended it", "signal 15 ended it"),
    ],
)
def test_different_causes_stay_apart(reason: str, other: str) -> None:
    """What a number says about the cause is kept."""
    assert normalised(reason, {}) != normalised(other, {})


def test_class_files_come_from_the_disk(tmp_path: Path) -> None:
    """Whatever else lies there; what cannot be read is named and costs nobody else anything."""
    write_class(tmp_path, iter(CLASS[:20]))
    write_text(tmp_path / "torn" / store.RESULT, '{"schema": "grader/result/v1"')
    write_text(tmp_path / "other" / store.RESULT, '{"schema": "else"}')
    (tmp_path / "empty").mkdir()
    shutil.copytree(tmp_path / "0002 student-0002", tmp_path / "copied")
    (tmp_path / "0001 student-0001" / store.FACTS).write_text("[]")

    first = class_files.write_class_files(tmp_path, LABS)
    text = (tmp_path / class_files.CLASS_JSON).read_text()

    assert ClassSummary.model_validate_json(text) == first
    names = [folder_name(number, r.submission.id) for number, r in enumerate(CLASS[:20])]
    assert [row.id for row in first.submissions] == names
    assert [entry.folder for entry in first.unreadable] == ["copied", "other", "torn"]
    assert names[2] in first.unreadable[0].why
    assert class_files.write_class_files(tmp_path, LABS).to_json() == text
    done = run("report", tmp_path, cwd=ROOT, env=os.environ)
    assert done.returncode == 3
    assert "Left out: torn: result.json is no result this grader can read" in done.stderr


def test_class_files_are_only_refreshed_where_there_are_some(tmp_path: Path) -> None:
    """One checked submission does not become a class."""
    write_class(tmp_path, iter(CLASS[:2]))
    class_files.refresh_class_files(tmp_path, LABS)
    assert not (tmp_path / class_files.CLASS_JSON).exists()
    class_files.write_class_files(tmp_path, LABS)
    (tmp_path / class_files.GRADES).unlink()
    class_files.refresh_class_files(tmp_path, LABS)
    assert (tmp_path / class_files.GRADES).exists()
