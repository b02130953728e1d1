"""Gradescope's results.json: its field types, and that no outage becomes a zero."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from grader.render.gradescope import render_gradescope
from grader.result import Result, Status
from tests.builders.report_results import NAMES, results, samples

_FORMATS = {"text", "html", "simple_format", "md", "ansi"}
_VISIBLE = {"hidden", "after_due_date", "after_published", "visible"}
_TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
_TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "name_format": str,
    "number": str,
    "output": str,
    "output_format": str,
    "tags": list,
    "visibility": str,
    "extra_data": dict,
}


def _typed(value: dict[str, Any], fields: dict[str, Any]) -> None:
    assert set(value) <= set(fields)
    for name, found in value.items():
        assert isinstance(found, fields[name]), name
        assert not isinstance(found, bool), name
    for name in ("output_format", "test_output_format", "test_name_format", "name_format"):
        assert value.get(name, "text") in _FORMATS
    for name in ("visibility", "stdout_visibility"):
        assert value.get(name, "visible") in _VISIBLE


def _refuse(constant: str) -> None:
    raise AssertionError(constant)


def _read(result: Result) -> dict[str, Any]:
    """Return the file's content as its reader gets it: UTF-8, strict JSON, known fields."""
    raw = render_gradescope(result).encode("utf-8")
    payload: dict[str, Any] = json.loads(raw, parse_constant=_refuse)
    _typed(payload, _TOP)
    for test in payload.get("tests", []):
        _typed(test, _TEST)
        assert test.get("status", "passed") in {"passed", "failed"}
        assert all(isinstance(tag, str) for tag in test["tags"])
        assert "\x00" not in test["output"] + test["name"]
        assert 0 <= test["score"] <= test["max_score"]
    return payload


def _holds(result: Result) -> None:
    payload = _read(result)
    if result.status == "not_graded":
        assert "score" not in payload
        assert "tests" not in payload
        assert payload["output"].startswith("not graded")
        return
    assert payload["score"] == result.score
    assert sum(test["score"] for test in payload["tests"]) == result.score
    assert sum(test["max_score"] for test in payload["tests"]) == result.max_score


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_valid_and_adds_up(name: str) -> None:
    """Model, wrong, hostile, not graded and pending ones."""
    _holds(samples()[name])


@settings(max_examples=100, deadline=None)
@given(results())
def test_any_result_is_valid(result: Result) -> None:
    """Whatever the texts hold."""
    _holds(result)


def test_an_outage_has_no_score_but_a_reason() -> None:
    """Gradescope takes a file without scores as a failure of the autograder."""
    payload = _read(samples()["outage"])

    assert "No Docker engine answers" in payload["output"]
    assert "Submit again" in payload["output"]


def test_what_waits_is_neither_passed_nor_failed() -> None:
    """And costs nothing."""
    result = samples()["pending"]
    payload = _read(result)
    waiting = [test for test in payload["tests"] if "status" not in test]

    assert len(waiting) == sum(
        check.status is Status.MANUAL for section in result.sections for check in section.checks
    )
    assert {(test["score"], test["max_score"]) for test in waiting} == {(0, 0)}
    assert f"{result.pending} points are marked later" in payload["output"]


def test_a_flood_stays_small() -> None:
    """Each text is cut."""
    assert len(render_gradescope(samples()["hostile"])) < 700_000
