"""GitHub Classroom's reporter: its two totals, its types, and the room it has."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings

from grader.render.details import has_errors
from grader.render.reporter import DisagreementError, prove_totals, render_reporter
from grader.result import Result, SectionResult
from grader.spec.runner_ids import runner_ids
from tests.builders.report_results import NAMES, map_checks, results, samples
from tests.builders.sections import section_of
from tests.render.runner import commands

# What Linux allows one string of an environment, `NAME=` and the final NUL included.
MAX_ARG_STRLEN = 131_072


def _read(value: str, name: str = "LAB01_RESULTS") -> dict[str, Any]:
    """Return the payload as the reporter decodes it from its environment."""
    assert len(f"{name}={value}".encode()) + 1 <= MAX_ARG_STRLEN
    assert "\n" not in value
    raw = base64.b64decode(value, validate=True)
    assert len(raw) <= 64 * 1024
    payload: dict[str, Any] = json.loads(raw.decode("utf-8"))
    return payload


def _number(value: object) -> int:
    assert isinstance(value, int)
    assert not isinstance(value, bool)
    assert value >= 0
    return value


def _reports(payload: dict[str, Any]) -> tuple[float, int, int]:
    """Return the table's total, the notice's and its maximum, as the reporter works them out."""
    assert payload["status"] in {"pass", "fail", "error"}
    tests = payload["tests"]
    assert tests
    worth = set()
    for test in tests:
        assert test["status"] in {"pass", "fail", "error"}
        assert isinstance(test["name"], str)
        assert test["name"]
        assert isinstance(test["message"], str | None)
        assert isinstance(test["test_code"], str)
        assert isinstance(test["filename"], str)
        _number(test["line_no"])
        _number(test["duration"])
        if test["status"] == "pass":
            worth.add(_number(test["score"]))
        else:
            assert _number(test["score"]) == 0
    assert len(worth) <= 1
    maximum = _number(payload["max_score"])
    passed = sum(test["status"] == "pass" for test in tests)
    table = passed / len(tests) * maximum
    # A runner without a maximum is left out of the notice.
    notice = sum(test["score"] for test in tests) if maximum else 0
    return round(table, 2), notice, maximum


def _printed(payload: dict[str, Any]) -> str:
    """Return what the reporter prints of a payload into the step's log."""
    rows = []
    for test in payload["tests"]:
        if test["status"] == "pass":
            rows.append(f"✅ {test['name']}")
        elif test["status"] == "fail":
            line = f" - line {test['line_no']}" if test["line_no"] != 0 else ""
            rows.append(f"❌ {test['name']}{line}")
        else:
            rows.append(f"Error: {test['message'] or ''}")
        if test["test_code"]:
            rows.append(f"Test code:\n{test['test_code']}")
    return "\n".join(rows)


def _holds(sections: list[SectionResult], trouble: str = "") -> dict[str, Any]:
    payload = _read(render_reporter(sections, trouble))
    table, notice, maximum = _reports(payload)
    ill = bool(trouble) or any(has_errors(section) for section in sections)
    assert table == notice == (0 if ill else sum(section.score for section in sections))
    assert maximum == (0 if ill else sum(section.max_score for section in sections))
    lost = any(test["status"] == "fail" for test in payload["tests"])
    assert payload["status"] == ("error" if ill else "fail" if lost else "pass")
    assert not list(commands(_printed(payload)))
    return payload


@pytest.mark.parametrize("name", NAMES)
def test_both_totals_agree_for_every_sample(name: str) -> None:
    """For each lab by itself, for all of them together, and for what must not count."""
    result = samples()[name]
    for section in result.sections:
        _holds([section])
        _holds([section], "The course stopped the run.")
    _holds(list(result.sections))


@settings(max_examples=100, deadline=None)
@given(results())
def test_both_totals_agree_for_any_result(result: Result) -> None:
    """Whatever the texts hold, and however the points fell."""
    for section in result.sections:
        _holds([section])
    _holds(list(result.sections), result.submission.id)


def test_a_mark_of_two_of_three_is_three_tests() -> None:
    """Two passed and one that says why."""
    section = samples()["pending"].sections[0]
    tests = [t for t in _holds([section])["tests"] if t["name"].startswith("why does docker")]

    assert [(test["status"], test["score"]) for test in tests] == [
        ("pass", 1),
        ("pass", 1),
        ("fail", 0),
    ]
    assert tests[2]["name"].endswith("(3 of 3)")


def test_what_waits_for_a_person_is_no_test_and_no_point() -> None:
    """A lab in which all waits has a test all the same: the reporter divides by their number."""
    whole, waiting = samples()["pending"].sections

    assert len(_holds([whole])["tests"]) == whole.max_score
    assert [test["score"] for test in _holds([waiting])["tests"]] == [0]
    assert _holds([section_of("x", "X", ())])["status"] == "pass"


def test_a_lab_the_engine_failed_on_has_no_points_rather_than_too_few() -> None:
    """And its checks that went well are still shown as such."""
    payload = _holds(list(samples()["partly"].sections))
    statuses = [test["status"] for test in payload["tests"]]

    assert statuses.count("error") == 1
    assert statuses.count("pass") == 26
    assert payload["max_score"] == 0


def test_a_failed_test_names_its_line_and_explains_itself_once() -> None:
    """In the first of its points."""
    tests = _holds([samples()["mixed"].sections[0]])["tests"]
    lost = [test for test in tests if test["name"].startswith("the program itself is PID 1 (")]

    assert [test["line_no"] for test in lost] == [11, 11]
    assert lost[0]["filename"] == "04-images-and-containers/Dockerfile-exec"
    assert lost[0]["test_code"].startswith("cause: ENTRYPOINT is in shell form")
    assert "why: PID 1 is dash" in lost[0]["test_code"]
    assert lost[1]["test_code"] == ""


def test_a_flood_is_cut_explanations_first() -> None:
    """The names stay."""
    payload = _holds([samples()["hostile"].sections[0]])

    assert "CANARY" in payload["tests"][0]["test_code"]
    assert "Dockerfile-exec builds" in payload["tests"][0]["name"]


def test_totals_that_differ_are_refused() -> None:
    """A result whose sums are wrong must not be shown in two ways."""
    section = samples()["mixed"].sections[0]

    with pytest.raises(DisagreementError, match="the result says 6"):
        render_reporter([section.model_copy(update={"score": 6})])
    with pytest.raises(DisagreementError, match="table"):
        render_reporter([section.model_copy(update={"max_score": 40})])
    weighted = [
        {"status": "pass", "score": 8},
        {"status": "fail", "score": 0},
    ]
    with pytest.raises(DisagreementError):
        prove_totals({"tests": weighted, "max_score": 10}, 8)
    with pytest.raises(DisagreementError):
        prove_totals({"tests": [], "max_score": 0}, 0)


def test_what_cannot_fit_is_refused() -> None:
    """Rather than cut off by the kernel when the reporter starts."""
    result = map_checks(
        samples()["model"], lambda check: check.model_copy(update={"max_score": 90, "score": 90})
    )

    with pytest.raises(DisagreementError, match="do not fit"):
        render_reporter(result.sections)


def test_runners_are_letters_and_digits_and_each_lab_has_its_own() -> None:
    """The reporter looks for them in capitals."""
    assert runner_ids(["01-microservices", "04-images-and-containers", "extra-Lab_2"]) == {
        "01-microservices": "lab01",
        "04-images-and-containers": "lab04",
        "extra-Lab_2": "extralab2",
    }
    assert list(runner_ids(["01-a", "01-b"]).values()) == ["lab01", "01b"]
