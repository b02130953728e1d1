"""Points: whole, all or nothing, one mistake explained once, an outage never a zero."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.facts import Fault, LabFacts, NotSeen, SubmissionFacts
from grader.judge.check_kinds import PARAMS
from grader.judge.score import score_submission
from grader.render.html import render_html
from grader.render.terminal import render_text
from grader.result import Result, Status
from grader.results.store import read_facts, write_facts
from grader.spec import catalog
from grader.spec.assignment import Assignment

FACTS = Path(__file__).parent.parent / "recorded"


@pytest.fixture(scope="module")
def recorded() -> SubmissionFacts:
    """Return what was seen of the model solution."""
    return read_facts(FACTS / "model.json")


def _with(facts: SubmissionFacts, **lab: object) -> SubmissionFacts:
    changed = facts.labs[0].model_copy(update=lab)
    return facts.model_copy(update={"labs": (changed,)})


def _lost(facts: SubmissionFacts, image: str, fault: Fault) -> SubmissionFacts:
    lab = facts.labs[0]
    gone = NotSeen(fault=fault, why="because of the test")
    runs = {
        name: gone if getattr(seen, "image", "") == image else seen
        for name, seen in lab.observations.items()
    }
    return _with(facts, images={**lab.images, image: gone}, observations=runs)


def _statuses(result: Result) -> dict[str, Status]:
    return {check.id: check.status for check in result.sections[0].checks}


def test_full_marks(recorded: SubmissionFacts, lab: Assignment) -> None:
    """Every total agrees."""
    result = score_submission(recorded, [lab])

    assert result.score == result.max_score == lab.points - result.pending
    assert result.status == "graded"
    assert result.sections[0].score == sum(check.score for check in result.sections[0].checks)


def test_one_mistake_is_explained_once(recorded: SubmissionFacts, lab: Assignment) -> None:
    """What follows from it is skipped and names it."""
    result = score_submission(_lost(recorded, "exec", Fault.STUDENT), [lab])

    exec_checks = [c for c in result.sections[0].checks if c.id.startswith(("exec-", "contain"))]
    assert [c.id for c in exec_checks if c.status is Status.FAILED] == ["exec-builds"]
    skipped = [c for c in exec_checks if c.status is Status.SKIPPED]
    assert len(skipped) == len(exec_checks) - 1
    assert {c.after for c in skipped} == {"exec-builds"}
    assert result.status == "graded"
    assert result.score == lab.points - result.pending - sum(c.max_score for c in exec_checks)


def test_an_outage_is_not_graded_and_its_followers_neither(
    recorded: SubmissionFacts, lab: Assignment
) -> None:
    """No check that could not be looked at is failed or skipped."""
    result = score_submission(_lost(recorded, "exec", Fault.ENGINE), [lab])

    statuses = _statuses(result)
    touched = {i: s for i, s in statuses.items() if i.startswith(("exec-", "contain"))}
    assert set(touched.values()) == {Status.ERROR}
    assert result.status == "not_graded"
    assert any("not graded, and not zero" in note for note in result.sections[0].notes)


def test_a_lab_that_was_not_submitted_is_zero_with_that_reason(
    recorded: SubmissionFacts, lab: Assignment
) -> None:
    """On every check, without blaming an engine."""
    facts = LabFacts(
        lab=lab.id,
        words={},
        bases={},
        images={},
        observations={},
        missing=NotSeen(fault=Fault.STUDENT, why="was not submitted"),
    )
    result = score_submission(recorded.model_copy(update={"labs": (facts,)}), [lab])

    assert result.score == 0
    assert result.max_score == lab.points
    assert {check.reason for check in result.sections[0].checks} == {"was not submitted"}


def test_a_flag_keeps_the_points_and_asks_for_a_person(
    recorded: SubmissionFacts, lab: Assignment
) -> None:
    """needs_review, at full marks."""
    images = recorded.labs[0].images
    flagged = images["exec"].model_copy(update={"shadows": ("signal.py",)})
    result = score_submission(_with(recorded, images={**images, "exec": flagged}), [lab])

    assert result.status == "needs_review"
    assert result.score == lab.points - result.pending


def test_facts_survive_the_disk(recorded: SubmissionFacts, lab: Assignment, tmp_path: Path) -> None:
    """What is judged from a file is judged the same, byte for byte."""
    write_facts(tmp_path / "facts.json", recorded)
    read = read_facts(tmp_path / "facts.json")

    assert read == recorded
    assert score_submission(read, [lab]).to_json() == score_submission(recorded, [lab]).to_json()


@pytest.mark.parametrize("path", sorted(FACTS.glob("*.json")), ids=lambda path: path.stem)
def test_labs_whose_folders_are_gone_are_scored_and_shown_all_the_same(
    path: Path, labs: tuple[Assignment, ...], tmp_path: Path
) -> None:
    """All that judging, scoring and rendering need was read when the labs were loaded."""
    facts = read_facts(path)
    shutil.copytree(catalog.folder("assignments"), tmp_path / "assignments")
    loaded = catalog.load_assignments(tmp_path / "assignments", PARAMS)
    shutil.rmtree(tmp_path / "assignments")

    there, gone = (
        score_submission(facts, [replace(lab, questions=()) for lab in these])
        for these in (labs, loaded)
    )

    assert gone.to_json() == there.to_json()
    templates = catalog.folder("templates")
    page = render_html(there, facts, labs, templates)
    assert render_html(gone, facts, loaded, templates) == page
    assert [dict(lab.given) for lab in loaded] == [dict(lab.given) for lab in labs]


def test_every_check_tells_how_to_see_it(recorded: SubmissionFacts, lab: Assignment) -> None:
    """With the words of this run, quoted for a shell."""
    result = score_submission(recorded, [lab])
    checks = {check.id: check for check in result.sections[0].checks}
    second = recorded.labs[0].words["second"]

    shown = [checks[check.id].reproduce for check in lab.checks]
    assert all(commands.startswith("docker build -t ") for commands in shown)
    assert f"'{second}'" in checks["exec-run-arguments"].reproduce
    assert checks["exec-stop"].reproduce.count("docker stop") == 1


def test_judging_scoring_and_rendering_need_no_engine(
    recorded: SubmissionFacts, lab: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was saved is judged and shown again anywhere."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nosuch/docker.sock")

    result = score_submission(recorded, [lab])

    assert lab.title in render_text(result)
    assert lab.title in render_html(result, recorded, [lab], catalog.folder("templates"))


def test_a_check_may_wait_for_several(recorded: SubmissionFacts, lab: Assignment) -> None:
    """Skipped for the first that is wrong; a mistake hides an outage, never the other way round."""
    both = ("shell-builds", "exec-builds")
    checks = tuple(
        replace(check, after=both) if check.id == "fixed-written" else check for check in lab.checks
    )
    changed = replace(lab, checks=checks)
    mistake, outage = Fault.STUDENT, Fault.ENGINE
    cases = {
        "passed": recorded,
        "exec-builds": _lost(recorded, "exec", mistake),
        "shell-builds": _lost(_lost(recorded, "exec", mistake), "shell", mistake),
        "error": _lost(recorded, "shell", outage),
        "exec-builds ": _lost(_lost(recorded, "exec", mistake), "shell", outage),
    }

    for want, found_so in cases.items():
        facts = found_so if want == "passed" else _lost(found_so, "fixed", mistake)
        results = score_submission(facts, [changed]).sections[0].checks
        found = next(check for check in results if check.id == "fixed-written")
        assert (found.after or found.status.value) == want.strip()
        assert (found.status is Status.SKIPPED) == (found.after is not None)


def test_what_there_is_is_judged_all_the_same(recorded: SubmissionFacts, lab: Assignment) -> None:
    """A check that waits for one that is lost is skipped only if it has nothing to look at."""
    checks = tuple(
        replace(check, after=("exec-builds",)) if check.id == "add-unpacks" else check
        for check in lab.checks
    )
    facts = _lost(recorded, "exec", Fault.STUDENT)
    results = score_submission(facts, [replace(lab, checks=checks)]).sections[0].checks
    found = {check.id: check.status for check in results}

    assert found["add-unpacks"] is Status.PASSED
    assert found["exec-written"] is Status.SKIPPED
