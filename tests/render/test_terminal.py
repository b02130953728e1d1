"""The report for a terminal."""

import re
from collections.abc import Mapping

import pytest

from grader.facts import AnswerFacts
from grader.judge.score import score_submission
from grader.observe.lab import not_submitted
from grader.render.html import render_html
from grader.render.terminal import Typed, render_text
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

    title = "'Dockerfile-instructions builds from an allowed base' has to be right first"
    assert " ".join(text.split()).count(title) == 1


def test_a_lab_that_is_not_there_is_told_once(labs: tuple[Assignment, ...]) -> None:
    """With what to do, and not under each of its checks."""
    missing = tuple(not_submitted(lab) for lab in labs)
    facts = read_facts(FACTS / "model.json").model_copy(update={"labs": missing})
    result = score_submission(facts, labs)

    text = render_text(result)
    page = render_html(result, facts, labs, TEMPLATES)

    report, _, todo = text.partition("What to do next")
    assert report.count("was not submitted") == len(labs)
    assert todo.count("was not submitted") == 1
    assert report.count("hint ") == report.count("Hand in the folder") == len(labs)
    assert text.count(" FAILED ") == text.count("nothing of this lab is there") == len(labs)
    assert page.count("<details open") == len(labs)


def _with(result: Result, check: Mapping[str, object], **change: object) -> Result:
    """Return a result in whose last check, an answer, some fields are others."""
    (section,) = result.sections
    last = section.checks[-1].model_copy(update=check)
    section = section.model_copy(update={"checks": (*section.checks[:-1], last), **change})
    return result.model_copy(update={"sections": (section,)})


def test_open_answers_are_one_line_for_a_lab(lab: Assignment) -> None:
    """With what to do, once, and every question's title; what was answered has its own line."""
    facts = read_facts(FACTS / "model.json")
    blank = {
        question.id: AnswerFacts(text="", sha256="0" * 64, cell=1) for question in lab.questions
    }
    labs = (facts.labs[0].model_copy(update={"answers": blank}),)
    result = score_submission(facts.model_copy(update={"labs": labs}), [lab])
    (section,) = result.sections

    text = render_text(result)

    assert text.count(" FAILED ") == text.count("not answered yet: ") == 1
    words = " ".join(re.sub(r" +0/\d+$", "", text, flags=re.MULTILINE).split())
    assert all(check.title in words for check in section.checks[-7:])
    assert text.count("Open answers.ipynb") == 2  # below the line, and as what is to be done next


def test_it_ends_with_what_to_do_next(lab: Assignment) -> None:
    """The first cause, its command, and how the lab is checked again, as it is typed there."""
    result = _result(lab, "mixed")
    typed = Typed("./check", "./check")

    end = render_text(result, typed=typed).partition("What to do next")[2]

    assert "ENTRYPOINT is in shell form where exec form is asked for" in " ".join(end.split())
    assert "docker build -q -t exec" in end
    assert end.rstrip().endswith("then      ./check 04")
    away = render_text(result, typed=Typed(folder="../alice"))
    assert away.rstrip().endswith(f"then      grader check ../alice/{lab.id}")
    assert "./check explain shell-form-for-exec-form" in render_text(result, typed=typed)
    assert "What to do next" not in render_text(_result(lab, "model"))


def test_an_answer_in_no_form_is_told_while_it_can_be_mended(lab: Assignment) -> None:
    """It still waits to be marked, and has no points to lose yet."""
    result = _with(
        _result(lab, "model"),
        {"reason": "It says two things.", "expected": "one letter", "hint": "Write only it."},
    )

    text = render_text(result)

    assert "why       It says two things." in text
    assert "expected  one letter" in text
    assert "What to do next" in text


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
