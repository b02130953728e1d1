"""The notebook is read and never built: no image holds it, no step runs again because of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.solutions import assemble
from grader.facts import AnswerFacts, ImageFacts, LabFacts, NotSeen
from grader.observe.lab import observe_labs
from grader.observe.session import Session
from grader.spec.assignment import Assignment
from grader.spec.public import NOTEBOOK
from grader.submission.snapshot import read_submission
from tests.conftest import LAB

pytestmark = pytest.mark.docker


def _seen(session: Session, lab: Assignment, folder: Path) -> LabFacts:
    checks = tuple(check for check in lab.checks if check.id == "exec-builds")
    small = replace(lab, images={"exec": lab.images["exec"]}, observe={}, checks=checks)
    (facts,) = observe_labs(session, [(small, read_submission(folder, [LAB]).labs[LAB])])
    return facts


def test_an_answer_changes_no_image(session: Session, lab: Assignment, tmp_path: Path) -> None:
    """COPY of everything is the same step, whatever stands in the notebook."""
    folder = assemble(tmp_path / "alice", LAB)
    dockerfile = folder / LAB / "Dockerfile-exec"
    dockerfile.write_text(dockerfile.read_text().replace("COPY main.py .", "COPY . ."))
    notebook = folder / LAB / NOTEBOOK
    first = _seen(session, lab, folder)
    notebook.write_text(notebook.read_text().replace("PID 1", "process 1"))
    second = _seen(session, lab, folder)

    images = [first.images["exec"], second.images["exec"]]
    assert all(isinstance(image, ImageFacts) for image in images), images
    assert images[0] == images[1]
    assert first.answers != second.answers


def test_a_notebook_cannot_be_copied_into_an_image(
    session: Session, lab: Assignment, tmp_path: Path
) -> None:
    """It is not in the build's context; its answers are read all the same."""
    folder = assemble(tmp_path / "bob", LAB)
    dockerfile = folder / LAB / "Dockerfile-exec"
    dockerfile.write_text(dockerfile.read_text() + f"COPY {NOTEBOOK} .\n")
    seen = _seen(session, lab, folder)

    image = seen.images["exec"]
    assert isinstance(image, NotSeen)
    assert NOTEBOOK in image.why
    assert all(isinstance(answer, AnswerFacts) for answer in seen.answers.values())


def test_a_notebook_that_is_missing_or_a_link_is_said_to_be(
    session: Session, lab: Assignment, tmp_path: Path
) -> None:
    """With what to do."""
    folder = assemble(tmp_path / "carol", LAB)
    notebook = folder / LAB / NOTEBOOK
    notebook.rename(folder / LAB / "Answers.ipynb")
    (renamed, *_) = _seen(session, lab, folder).answers.values()
    notebook.symlink_to("/etc/passwd")
    (linked, *_) = _seen(session, lab, folder).answers.values()

    assert isinstance(renamed, NotSeen)
    assert "There is Answers.ipynb: rename it." in renamed.why
    assert isinstance(linked, NotSeen)
    assert "it is a link" in linked.why
