"""A negative shows something only beside a positive: what never works is right about nothing."""

from dataclasses import replace
from typing import Any

import pytest

from grader.facts import Fault, LabFacts, NotSeen
from grader.facts.scenes import Answer, Missing, SceneFacts
from grader.judge.score import score_lab
from grader.result import CheckResult, Status
from grader.results.store import read_facts
from tests.conftest import ROOT
from tests.solutions.grading import read_lab


def _changed(facts: LabFacts, scene: str, **steps: Any) -> LabFacts:
    """Return the facts with fields of a scene's steps replaced; None takes the step away."""
    found = facts.observations[scene]
    assert isinstance(found, SceneFacts)
    done = dict(found.steps)
    lost = NotSeen(fault=Fault.STUDENT, why="It could not be started.")
    for name, changed in steps.items():
        step = name.replace("_", "-")
        done[step] = Missing(why=lost) if changed is None else done[step].model_copy(update=changed)
    return facts.model_copy(
        update={"observations": {**facts.observations, scene: SceneFacts(steps=done)}}
    )


def _judged(lab: str, scene: str, **steps: Any) -> dict[str, CheckResult]:
    (facts,) = read_facts(ROOT / "tests" / "recorded" / f"{lab}.json").labs
    changed = _changed(facts, scene, **steps)
    return {check.id: check for check in score_lab(read_lab(lab), changed).checks}


FAILED: dict[str, Any] = {"exit_code": 1, "log": ()}


def test_a_client_that_always_fails_shows_nothing_of_what_it_cannot_reach() -> None:
    """What it is like elsewhere is looked at all the same, and is worth something there."""
    found = _judged("06-networks", "own", by_name=FAILED)

    assert found["own-by-name"].status is Status.FAILED
    assert {found[name].after for name in ("own-localhost", "own-elsewhere")} == {"own-by-name"}
    assert found["bridge-by-name"].status is Status.PASSED


def test_a_client_that_fails_without_a_service_is_right_only_if_it_works_with_one() -> None:
    """Its exit code, and the key it is not to have."""
    (facts,) = read_facts(ROOT / "tests" / "recorded" / "07-final-lab.json").labs
    scene = facts.observations["failing"]
    assert isinstance(scene, SceneFacts)
    found = _judged("07-final-lab", "failing", right=FAILED, of_right={"times": 0})

    reasons = {name: found[name].reason for name in ("refused", "no-service", "no-own-key")}
    assert {found[name].status for name in reasons} == {Status.FAILED}, reasons
    assert "for which nothing was in the way" in found["refused"].reason


def test_a_service_that_never_answered_is_not_silent_by_merit() -> None:
    """Neither are its neighbours spared what never reached it."""
    none = Answer(status=0, body="", peer="", error="ConnectionRefusedError", seconds=0.1)
    refused = {"answers": (none,), "asked": "reports was running."}
    found = _judged("01-microservices", "apart", early=refused)
    assert found["isolated"].after == "reports-answers"
    assert found["reports-falls"].after == "reports-answers"
    found = _judged("01-microservices", "together", report=refused)
    assert found["monolith-falls"].after == "monolith-answers"


def test_what_was_never_written_is_not_lost() -> None:
    """The line has to have been there before it can be gone."""
    lines = {"lines": ("first line",), "asked": "container-1 was running."}
    found = _judged("05-volumes", "alone", wrote=lines)
    assert "never held" in found["lost"].reason
    assert _judged("05-volumes", "alone", file={"lines": None})["lost"].status is Status.PASSED


def test_a_file_of_nobody_is_nothing_to_look_at() -> None:
    """Where no container of the scene could be started."""
    empty = {"lines": None}
    found = _judged("05-volumes", "host", container_1=None, file=empty)
    lab = read_lab("05-volumes")
    host = next(check for check in lab.checks if check.id == "host-folder")
    assert found["host-folder"].status is Status.FAILED  # for nothing it waits for is lost

    (facts,) = read_facts(ROOT / "tests" / "recorded" / "05-volumes.json").labs
    starts = _changed(facts, "new", container_1=None)
    both = _changed(starts, "host", container_1=None, file=empty)
    waits = replace(host, after=("starts",))
    checks = tuple(waits if check.id == "host-folder" else check for check in lab.checks)
    results = {c.id: c for c in score_lab(replace(lab, checks=checks), both).checks}
    assert results["host-folder"].after == "starts"


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_without_an_end_is_no_refusal(status: int) -> None:
    """By its status it is one, however it ends."""
    (facts,) = read_facts(ROOT / "tests" / "recorded" / "01-microservices.json").labs
    scene = facts.observations["scaled"]
    assert isinstance(scene, SceneFacts)
    seen = scene.steps["orphaned"]
    answer = seen.answers[0].model_copy(update={"status": status, "error": "timed out"})  # type: ignore[union-attr]
    found = _judged("01-microservices", "scaled", orphaned={"answers": (answer,)})
    assert (found["reports-keeps-nothing"].status is Status.PASSED) is (status == 502)
