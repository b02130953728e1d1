"""Without an engine: what the files show is judged, the rest waits and costs nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.solutions import assemble
from grader.pipeline import grade_files
from grader.result import Result, Status
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.conftest import LAB, ROOT

SCRIPTS = "02-installation"


@pytest.fixture
def graded(tmp_path: Path, labs: tuple[Assignment, ...]) -> Callable[[], Result]:
    """Return how the folder of the test is graded without an engine."""
    for lab in labs:
        assemble(tmp_path / "alice", lab.id)

    def grade() -> Result:
        submission = read_submission(tmp_path / "alice", [lab.id for lab in labs])
        return grade_files(submission, labs).result

    return grade


def test_right_work_loses_nothing(graded: Callable[[], Result]) -> None:
    """Every point waits; a second run with an engine decides."""
    result = graded()
    checks = [check for section in result.sections for check in section.checks]

    assert {check.status for check in checks} == {Status.MANUAL}
    assert (result.score, result.max_score) == (0, 0)
    assert result.pending == sum(check.pending for check in checks) > 100
    assert result.status == "graded"
    assert result.provenance.engine == "no Docker engine"
    assert "no point is lost" in checks[0].reason


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("FROM ubuntu:24.04\n", 'the image "ubuntu:24.04" is not allowed'),
        ("FROM python:3.7\nRUNN x\n", "RUNN"),
        ("FROM python:3.7\nCOPY nosuch.py .\n", "nosuch.py"),
        ("", "no instructions"),
        (None, "was not handed in"),
    ],
)
def test_what_is_wrong_on_paper_fails(
    tmp_path: Path, graded: Callable[[], Result], written: str | None, reason: str
) -> None:
    """A Dockerfile that would be refused is refused here too; what waits for it says so."""
    path = tmp_path / "alice" / LAB / "Dockerfile-exec"
    if written is None:
        path.unlink()
    else:
        path.write_text(written)

    (section,) = (section for section in graded().sections if section.id == LAB)
    checks = {check.id: check for check in section.checks}

    assert checks["exec-builds"].status is Status.FAILED
    assert reason in checks["exec-builds"].reason
    assert checks["exec-runs"].status is Status.SKIPPED
    assert checks["shell-builds"].status is Status.MANUAL
    assert section.max_score > 0


@pytest.mark.parametrize("row", ["ARG APP=/srv\nWORKDIR $APP", "ENV MINE=$PYTHON_VERSION"])
def test_what_depends_on_the_base_is_not_refused(
    tmp_path: Path, graded: Callable[[], Result], row: str
) -> None:
    """Without an engine nobody knows what the base image sets: that costs nobody a point."""
    text = f'FROM python:3.7\n{row}\nCOPY main.py .\nCMD ["python3"]\n'
    (tmp_path / "alice" / LAB / "Dockerfile-exec").write_text(text)

    (section,) = (section for section in graded().sections if section.id == LAB)

    assert section.checks[0].status is Status.MANUAL


def test_a_client_that_is_refused_says_nothing_about_the_server(
    tmp_path: Path, graded: Callable[[], Result]
) -> None:
    """Both are in one scene: what looks at the server alone waits, as without the mistake."""
    path = tmp_path / "alice" / "06-networks" / "Dockerfile-client"
    path.write_text("FROM ubuntu:24.04\n")

    (section,) = (section for section in graded().sections if section.id == "06-networks")
    found = {check.id: check.status for check in section.checks}

    assert found["client-builds"] is Status.FAILED
    assert found["server-answers"] is Status.MANUAL
    assert found["bridge-by-ip"] is Status.SKIPPED


def test_a_missing_script_or_lab_fails(tmp_path: Path, graded: Callable[[], Result]) -> None:
    """There is nothing to wait for."""
    (tmp_path / "alice" / SCRIPTS / "install-docker.sh").unlink()
    folder = tmp_path / "alice" / LAB
    folder.rename(folder.with_name("elsewhere"))

    sections = {section.id: section for section in graded().sections}

    assert sections[LAB].checks[0].status is Status.FAILED
    assert "was not submitted" in sections[LAB].checks[0].reason
    assert sections[SCRIPTS].checks[0].status is Status.FAILED
    assert "install-docker.sh was not handed in" in sections[SCRIPTS].checks[0].reason


def test_the_starter_as_it_is_earns_nothing(labs: tuple[Assignment, ...]) -> None:
    """Not even a point that waits, where there is no Dockerfile to build."""
    submission = read_submission(ROOT / "assignments", [lab.id for lab in labs])

    result = grade_files(submission, labs).result

    assert result.score == 0
    assert result.max_score > 0
