"""Classroom 50's result.json: its schema, and the rules between fields that no schema says."""

import importlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from grader.render.classroom50 import Identity, render_classroom50
from grader.result import Result
from tests.builders.report_results import NAMES, results, samples

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "classroom50-result.json").read_text())
ALICE = Identity(
    classroom="docker",
    assignment="04-images-and-containers",
    assignment_type="individual",
    owner="alice",
    submission="submit/20261123T190331Z-1a2b3c4",
    commit="https://git.example/o/r/commit/1a2b3c4",
    release="https://git.example/o/r/releases/tag/submit",
    review="https://git.example/o/r/compare/a...b",
    datetime="2026-11-23T19:03:31Z",
)


@cache
def validator() -> Any:
    """Return what holds a payload against the schema.

    jsonschema takes seconds to load where checkers of many formats are installed: not while tests
    are collected, which every worker does.
    """
    return importlib.import_module("jsonschema").Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Load it before an example of hypothesis is timed."""
    validator()


def _points(value: object) -> int:
    assert isinstance(value, int)
    assert not isinstance(value, bool)
    assert value >= 0
    return value


def _accepted(payload: dict[str, Any], identity: Identity = ALICE) -> None:
    """Assert what the platform's own validator asks for, beyond the schema."""
    assert [error.message for error in validator().iter_errors(payload)] == []
    for name in ("classroom", "assignment", "assignment_type"):
        assert payload[name] == getattr(identity, name)
    assert payload["owner"].lower() == identity.owner.lower()
    assert _points(payload["score"]) <= _points(payload["max-score"])
    for test in payload["tests"]:
        assert isinstance(test["passed"], bool)
        assert _points(test["score"]) <= _points(test["max-score"])
        assert len(test["output"]) <= 2_000
    assert sum(test["score"] for test in payload["tests"]) == payload["score"]
    assert sum(test["max-score"] for test in payload["tests"]) == payload["max-score"]


def _read(result: Result) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(render_classroom50(result, ALICE).encode("utf-8"))
    _accepted(payload)
    return payload


def _holds(result: Result) -> None:
    payload = _read(result)
    counts = result.status != "not_graded"
    assert payload["score"] == (result.score if counts else 0)
    assert payload["max-score"] == (result.max_score if counts else 0)
    assert len(payload["tests"]) == sum(len(section.checks) for section in result.sections)


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_accepted(name: str) -> None:
    """Model, wrong, hostile, not graded and pending ones."""
    _holds(samples()[name])


@settings(max_examples=100, deadline=None)
@given(results())
def test_any_result_is_accepted(result: Result) -> None:
    """Whatever the texts hold."""
    _holds(result)


def test_an_outage_is_zero_of_zero_and_no_test_has_passed() -> None:
    """As the platform's own results of a failed autograder are."""
    payload = _read(samples()["outage"])

    assert (payload["score"], payload["max-score"]) == (0, 0)
    assert not any(test["passed"] for test in payload["tests"])
    assert "No Docker engine answers" in payload["tests"][0]["output"]


def test_what_waits_does_not_paint_a_submission_red() -> None:
    """It is worth nothing yet, and says so."""
    payload = _read(samples()["pending"])
    waiting = [test for test in payload["tests"] if test["pending"]]

    assert [(t["passed"], t["score"], t["max-score"]) for t in waiting] == [(True, 0, 0)] * 2
    assert all(test["test-name"].endswith("(marked later)") for test in waiting)


def test_the_validator_here_refuses_what_the_platform_refuses() -> None:
    """Or the tests above would say nothing."""
    payload = _read(samples()["mixed"])
    for change in (
        {"score": payload["max-score"] + 1},
        {"score": True},
        {"score": 5.5},
        {"submission": "main"},
        {"owner": ""},
        {"extra": 1},
        {"datetime": "2026-11-23 19:03:31"},
    ):
        with pytest.raises(AssertionError):
            _accepted(payload | change)
    with pytest.raises(AssertionError):
        _accepted(payload, replace(ALICE, owner="bob"))
