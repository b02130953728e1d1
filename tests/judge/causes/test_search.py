"""Causes in recorded facts: each failed check is explained once, and what only fits is said so."""

from dataclasses import replace

import pytest

from grader.facts import SubmissionFacts
from grader.judge.causes import all_causes
from grader.judge.causes.cause import Cause, Finding
from grader.judge.score import score_lab, score_submission
from grader.result import SectionResult, Status
from grader.spec.assignment import Assignment
from tests.conftest import ROOT

RECORDED = ROOT / "tests" / "recorded"


def _section(name: str, labs: tuple[Assignment, ...]) -> SectionResult:
    facts = SubmissionFacts.model_validate_json((RECORDED / f"{name}.json").read_bytes())
    (section,) = score_submission(facts, labs).sections
    return section


def _recorded(lab: Assignment) -> SectionResult:
    facts = SubmissionFacts.model_validate_json((RECORDED / "mixed.json").read_bytes())
    return score_lab(lab, facts.labs[0])


def test_what_is_right_is_told_nothing(labs: tuple[Assignment, ...]) -> None:
    """Not one cause without a check that failed."""
    section = _section("model", labs)

    assert section.causes == ()
    assert {check.cause for check in section.checks} == {""}


def test_a_failed_check_is_explained_once(labs: tuple[Assignment, ...]) -> None:
    """Its own hint gives way to the cause, which stands in the check's own part."""
    section = _section("mixed", labs)
    by_id = {check.id: check for check in section.checks}

    assert section.causes
    explained = [name for cause in section.causes for name in cause.explains]
    assert len(set(explained)) == len(explained)
    for cause in section.causes:
        for name in cause.explains:
            assert by_id[name].status is Status.FAILED
            assert by_id[name].cause == cause.id
            assert by_id[name].part == cause.part
            assert by_id[name].hint == ""


def test_what_fits_two_causes_is_told_as_either_or(
    lab: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is proved takes the place of what only fits."""
    rows = all_causes.CAUSES[:3]
    fits, proved = Finding("It fits.", fits=True), Finding("It is proved.")

    def told(*findings: Finding) -> list[tuple[str, bool]]:
        def saying(row: Cause, finding: Finding) -> Cause:
            return replace(row, look=lambda _: finding)

        chosen = tuple(map(saying, rows, findings))
        monkeypatch.setattr("grader.judge.causes.search.CAUSES", chosen)
        causes = _recorded(lab).causes
        return [(c.id, c.either) for c in causes if c.part == causes[0].part]

    first, second, third = (row.id for row in rows)
    assert told(fits, fits) == [(first, False), (second, True)]
    assert told(fits, fits, proved) == [(third, False)]
    assert told(proved, fits) == [(first, False)]


def test_no_look_fails_on_facts_of_an_older_grader(lab: Assignment) -> None:
    """They hold no source lines: fewer causes, and no error."""
    facts = SubmissionFacts.model_validate_json((RECORDED / "mixed.json").read_bytes()).labs[0]
    bare = facts.model_copy(update={"sources": {}})

    assert score_lab(lab, bare).checks


def test_a_case_quotes_the_students_own_line(labs: tuple[Assignment, ...]) -> None:
    """File and line stand in the sentence, and in the place that annotations point at."""
    for cause in _section("mixed", labs).causes:
        assert cause.place is not None
        assert cause.place.file in cause.seen
        if cause.place.line:
            assert f"line {cause.place.line}" in cause.seen
