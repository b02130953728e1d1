"""The report for a terminal."""

import re
from collections.abc import Mapping

import pytest

from grader.judge.score import score_submission
from grader.observe.lab import not_submitted
from grader.render.html import render_html
from grader.render.terminal import render_text
from grader.result import GradeStatus, Result, Status
from grader.results.store import read_facts
from grader.spec.assignment import Assignment
from tests.builders.report_results import samples
from tests.conftest import ROOT

FACTS, TEMPLATES = ROOT / "tests" / "recorded", ROOT / "templates"


def _result(lab: Assignment, name: str) -> Result:
    return score_submission(read_facts(FACTS / f"{name}.json"), [lab])


def test_it_fits_80_columns_without_colour(lab: Assignment) -> None:
    """No escape sequence, no line too long, every check a line with sign, word and points."""
    text = render_text(_result(lab, "mixed"))

    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert text.count(" FAILED ") + text.count(" passed ") + text.count(" skipped ") == 27
    assert "5/33 points" in text


def test_a_cause_is_told_once_for_all_checks_that_wait_for_it(lab: Assignment) -> None:
    """Not under each of them."""
    text = render_text(_result(lab, "mixed"))

    assert text.count("'instructions-builds' has to be right first") == 1


def test_a_lab_that_is_not_there_is_told_once(labs: tuple[Assignment, ...]) -> None:
    """With what to do, and not under each of its checks."""
    missing = tuple(not_submitted(lab) for lab in labs)
    facts = read_facts(FACTS / "model.json").model_copy(update={"labs": missing})
    result = score_submission(facts, labs)

    text = render_text(result)
    page = render_html(result, facts, labs, TEMPLATES)

    assert text.count("was not submitted") == len(labs)
    assert text.count("hint ") == text.count("Hand in the folder") == len(labs)
    assert text.count(" FAILED ") == sum(len(section.checks) for section in result.sections)
    assert page.count("<details open") == len(labs)


def test_colour_only_when_asked_for(lab: Assignment) -> None:
    """The words stay the same."""
    result = _result(lab, "model")

    assert "\x1b[" in render_text(result, colour=True)
    assert "33/33 points" in render_text(result)


def test_student_text_reaches_the_terminal_visible_only(lab: Assignment) -> None:
    """Escape sequences, carriage returns and bidi characters lose their power."""
    result = _result(lab, "mixed")
    evil = "\x1b]52;c;x\x07 \r 100/100 \u202e [bold]x[/bold] :smile: \n::error::no ##[error]no"
    section = result.sections[0]
    checks = tuple(
        check.model_copy(update={"reason": evil, "actual": evil, "evidence": evil})
        for check in section.checks
    )
    changed = section.model_copy(update={"checks": checks})

    text = render_text(result.model_copy(update={"sections": (changed,)}))

    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)
    assert "[bold]x[/bold]" in text
    assert ":smile:" in text
    assert "\\::error::no ##\\[error]no" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flags": ("odd",)}, "a person should look at the flagged checks"),
        ({"status": Status.MANUAL, "pending": 2}, "answers wait to be marked by a person"),
        ({}, "a person should look at the notes"),
    ],
)
def test_it_says_what_a_person_is_wanted_for(
    lab: Assignment, change: Mapping[str, object], said: str
) -> None:
    """Flags to look at and answers to mark are not the same work."""
    result = _result(lab, "model")
    section = result.sections[0]
    first, *others = (check for check in section.checks if check.status is Status.PASSED)
    checks = (first.model_copy(update=change), *others)
    section = section.model_copy(update={"checks": checks})
    result = result.model_copy(update={"sections": (section,), "status": GradeStatus.NEEDS_REVIEW})

    lines = [line for line in render_text(result).splitlines() if "person" in line]

    assert lines == [said]


def test_an_outage_shows_no_score_of_0() -> None:
    """What was not graded has no points; what was graded beside it has some so far."""
    gone = render_text(samples()["outage"])
    partly = render_text(samples()["partly"])

    assert not re.search(r"\b0/", gone)
    assert "-/125 points" in gone
    assert "Images and containers  31/33 so far" in partly
    assert "\n31/33 points so far\nnot graded: this is not your score\n" in partly
