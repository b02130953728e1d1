"""Which line of a student's file a failed check points at."""

from pathlib import Path

import pytest

from grader.facts import LabFacts, Place
from grader.judge.context import JudgeContext
from grader.judge.location import explaining
from grader.judge.score import score_submission
from grader.result import Status
from grader.results.store import read_facts
from grader.spec.assignment import Assignment

FACTS = Path(__file__).parent.parent / "recorded"


def _places(lab: Assignment, name: str) -> dict[str, Place | None]:
    result = score_submission(read_facts(FACTS / f"{name}.json"), [lab])
    return {check.id: check.place for check in result.sections[0].checks}


@pytest.mark.parametrize(
    ("check", "file", "line"),
    [
        ("exec-written", "Dockerfile-exec", 11),
        ("exec-run-arguments", "Dockerfile-exec", 11),
        ("exec-stop", "Dockerfile-exec", 11),
        ("shell-runs", "Dockerfile-shell", 7),
        ("fixed-builds", "Dockerfile-shell-fixed", None),
    ],
)
def test_a_failed_check_names_the_instruction_behind_it(
    lab: Assignment, check: str, file: str, line: int | None
) -> None:
    """The last ENTRYPOINT where the start is wrong; the file alone where it did not build."""
    assert _places(lab, "mixed")[check] == Place(file=file, line=line)


def test_what_passed_or_was_skipped_points_nowhere(lab: Assignment) -> None:
    """Only a failure has a cause to show."""
    result = score_submission(read_facts(FACTS / "mixed.json"), [lab])

    assert all(
        check.place is None
        for check in result.sections[0].checks
        if check.status is not Status.FAILED
    )


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("env-default", "ENV"),
        ("add-unpacks", "ADD"),
        ("copy-keeps", "COPY"),
        ("run-layer", "RUN"),
        ("exec-cmd-arguments", "CMD"),
    ],
)
def test_the_instruction_fits_the_kind_of_check(lab: Assignment, check: str, name: str) -> None:
    """Had the model's work failed it, this is where one would look."""
    facts = read_facts(FACTS / "model.json").labs[0]
    (row,) = [each for each in lab.checks if each.id == check]

    place = explaining(JudgeContext(lab, facts), row)

    assert place is not None
    image = next(i for i in facts.images.values() if getattr(i, "dockerfile", "") == place.file)
    lines = {entry.line: entry.name for entry in getattr(image, "written", ())}
    assert place.line is not None
    assert lines[place.line] == name


def test_every_check_of_every_lab_has_a_place_or_none(labs: tuple[Assignment, ...]) -> None:
    """Also where nothing was observed: a script's checks name the script."""
    for lab in labs:
        facts = LabFacts(lab=lab.id, words={}, bases={}, images={}, observations={})
        for check in lab.checks:
            place = explaining(JudgeContext(lab, facts), check)
            assert place is None or place.file in lab.submission.files, check.id
