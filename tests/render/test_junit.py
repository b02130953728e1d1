"""JUnit XML, held against a strict schema and against what lenient readers expect."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given, settings

from grader.render.details import has_errors
from grader.render.junit import render_junit
from grader.result import GradeStatus, Result, Status
from tests.builders.report_results import NAMES, results, samples

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit.xsd")
_OUTCOMES = {"failure", "error", "skipped"}


def _read(result: Result) -> ET.Element:
    """Return the document as a reader of bytes gets it, after the schema has seen it."""
    raw = render_junit(result).encode("utf-8")
    SCHEMA.validate(raw.decode("utf-8"))
    return ET.fromstring(raw)  # noqa: S314 - our own document


def _holds(result: Result) -> None:
    root = _read(result)
    suites = root.findall("testsuite")
    assert len(suites) == len(result.sections)
    for suite, section in zip(suites, result.sections, strict=True):
        _suite_counts(suite)
        properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
        lost = has_errors(section) or result.provenance.distrust
        assert properties["score"] == ("" if lost else str(section.score))
        assert properties["max_score"] == str(section.max_score)
        assert properties["pending"] == str(section.pending)
        assert len(suite.findall("testcase")) == len(section.checks)
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name, "")) == sum(int(suite.get(name, "")) for suite in suites)


def _suite_counts(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    found = [[child.tag for child in case if child.tag in _OUTCOMES] for case in cases]
    assert all(len(tags) <= 1 for tags in found)
    tags = [tag for one in found for tag in one]
    assert int(suite.get("tests", "")) == len(cases)
    assert int(suite.get("failures", "")) == tags.count("failure")
    assert int(suite.get("errors", "")) == tags.count("error")
    assert int(suite.get("skipped", "")) == tags.count("skipped")


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_valid_and_counts_itself(name: str) -> None:
    """Model, wrong, hostile, not graded and pending ones."""
    _holds(samples()[name])


def test_a_grading_that_is_not_to_be_relied_on_has_no_scores() -> None:
    """However its checks came out."""
    result = samples()["pending"]
    origin = result.provenance.model_copy(update={"distrust": "The machine was wrong."})
    _holds(result.model_copy(update={"status": GradeStatus.NOT_GRADED, "provenance": origin}))


@settings(max_examples=100, deadline=None)
@given(results())
def test_any_result_is_valid(result: Result) -> None:
    """Whatever the texts hold."""
    _holds(result)


def test_each_status_has_its_element() -> None:
    """A pass has none; our own failure is an error, never a failure."""
    result = samples()["pending"]
    cases = _read(result).findall("./testsuite/testcase")
    checks = [check for section in result.sections for check in section.checks]
    expected = {
        Status.PASSED: "system-out",
        Status.FAILED: "failure",
        Status.SKIPPED: "skipped",
        Status.MANUAL: "skipped",
    }

    assert [case[0].tag for case in cases] == [expected[check.status] for check in checks]
    outage = _read(samples()["outage"])
    assert {case[0].tag for case in outage.iter("testcase")} == {"error"}


def test_points_stand_in_the_message() -> None:
    """There is no other place for them in a case."""
    failure = _read(samples()["mixed"]).find(".//failure")

    assert failure is not None
    assert failure.get("message", "").startswith("0/1 points: ENTRYPOINT is in shell form")
    assert "why: Line 11 of Dockerfile-exec is in shell form." in (failure.text or "")
    assert "more: grader explain shell-form-for-exec-form" in (failure.text or "")


def test_a_flood_stays_small() -> None:
    """Each text is cut; 300 kB in each of ten places of 27 checks."""
    assert len(render_junit(samples()["hostile"])) < 700_000
