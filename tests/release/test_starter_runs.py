"""The released workflow, the action and the autograder, run as their platforms run them."""

import base64
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.batch.solutions import assemble
from grader.release.course import default_course
from grader.release.starter import AUTOGRADER, WORKFLOW, runners, starter
from grader.release.starter_folder import write
from grader.spec.assignment import Assignment
from tests.cli.command import run
from tests.conftest import LAB, ROOT, STAND_IN_WHEEL
from tests.release.runner import run_steps

# Each makes a virtual environment and lets pip fill it: seconds, or minutes on a busy machine.
pytestmark = pytest.mark.timeout(900)

RUNNER = "lab04"
PLATFORM = {
    "CLASSROOM": "docker",
    "ASSIGNMENT": RUNNER,
    "ASSIGNMENT_TYPE": "individual",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "OWNER": "alice",
    "COMMIT_URL": "https://example.org/commit/1",
    "RELEASE_URL": "https://example.org/releases/1",
    "REVIEW_URL": "https://example.org/compare/1",
}


@pytest.fixture
def repository(tmp_path: Path, lab: Assignment) -> Path:
    """Return a student's repository of one lab, filled in with the model solution."""
    folder = tmp_path / "alice"
    write(folder, starter([lab], default_course(STAND_IN_WHEEL), ROOT / "templates", "0.1.0"))
    model = assemble(tmp_path / "model", lab.id) / lab.id
    shutil.copytree(model, folder / lab.id, dirs_exist_ok=True)
    return folder


@pytest.fixture
def no_install(repository: Path) -> Path:
    """Let the requirement be the grader that this environment has already."""
    (repository / ".github/grader/requirement.txt").write_text("docker-tutorial-grader\n")
    return repository


def _steps(path: Path) -> list[dict[str, Any]]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    jobs = document.get("jobs", {"": document.get("runs")})
    steps: list[dict[str, Any]] = next(iter(jobs.values()))["steps"]
    return steps


def _reported(value: str) -> tuple[int, int]:
    """Return points and maximum as the reporter adds them up, both of its ways agreeing."""
    payload = json.loads(base64.b64decode(value))
    tests = payload["tests"]
    points = sum(test["score"] for test in tests)
    passed = sum(test["status"] == "pass" for test in tests)
    assert points == passed / len(tests) * payload["max_score"]
    return points, payload["max_score"]


@pytest.mark.docker
def test_the_steps_of_the_workflow_grade(no_install: Path, tmp_path: Path, lab: Assignment) -> None:
    """In order, in a clean checkout: full marks, in every place they are looked for."""
    ran = run_steps(_steps(no_install / WORKFLOW), no_install, tmp_path / "runner")

    assert {step.code for step in ran} == {0}
    assert [step.name for step in ran] == [
        "Install the grader",
        "Name the machines for scripts",
        "Get the machines for scripts",
        "Grade",
    ]
    grade = ran[-1]
    assert [runner.id for runner in runners([lab])] == [RUNNER]
    assert _reported(grade.outputs[RUNNER]) == (33, 33)
    assert "33/33" in grade.summary
    (result,) = (no_install / "results").glob("*/result.json")
    assert json.loads(result.read_text())["score"] == 33


def test_the_steps_say_so_when_there_is_no_engine(no_install: Path, tmp_path: Path) -> None:
    """The step fails, with a message, and no score is made up."""
    ran = run_steps(
        _steps(no_install / WORKFLOW),
        no_install,
        tmp_path / "runner",
        env={"DOCKER_HOST": "unix:///nosuch/docker.sock"},
    )

    assert ran[-1].code == 3
    assert "No Docker engine answers" in ran[-1].printed
    assert ran[-1].outputs.get("score", "") == ""
    assert "Traceback" not in ran[-1].printed


@pytest.mark.docker
def test_the_steps_of_the_action_grade(no_install: Path, tmp_path: Path) -> None:
    """With its inputs in the environment, whatever characters they hold."""
    odd = no_install.rename(tmp_path / "a 'b' $(touch x) `y`; z")
    ran = run_steps(
        _steps(ROOT / "action.yml"),
        tmp_path,
        tmp_path / "runner",
        expressions={
            "inputs.grader": "docker-tutorial-grader",
            "github.action_path": str(ROOT),
            "inputs.path": odd.name,
            "inputs.section": f" {LAB} ",
            "inputs.results": "results",
            "inputs.min-score": "33",
        },
    )

    assert {step.code for step in ran} == {0}, ran[-1].printed
    assert _reported(ran[-1].outputs[RUNNER]) == (33, 33)
    assert not (tmp_path / "x").exists()


def test_the_action_takes_no_options_from_its_inputs(no_install: Path, tmp_path: Path) -> None:
    """A path that looks like an option is a path, and a bad minimum is a message.

    The step that takes them is run by itself: what comes before it needs an engine.
    """
    inputs = {
        "inputs.grader": "docker-tutorial-grader",
        "github.action_path": str(ROOT),
        "inputs.path": "--help",
        "inputs.section": "",
        "inputs.results": "results",
        "inputs.min-score": "",
    }
    steps = [step for step in _steps(ROOT / "action.yml") if step["name"] == "Grade"]

    ran = run_steps(steps, no_install, tmp_path / "one", expressions=inputs)
    assert ran[-1].code == 2
    assert "--help does not exist" in ran[-1].printed

    inputs |= {"inputs.path": ".", "inputs.min-score": "$(id)"}
    ran = run_steps(steps, no_install, tmp_path / "two", expressions=inputs)
    assert ran[-1].code == 2
    assert "uid=" not in ran[-1].printed


def _release(to: Path, settings: Path) -> None:
    words = ("release", "--untried", "--to", to, "--course", settings)
    done = run(*words, cwd=to.parent, env=os.environ)
    assert done.returncode == 0, done.stderr


def _autograde(repository: Path, wheel: Path, tmp_path: Path, **env: str) -> int:
    """Run the autograder as Classroom 50 does; its venv sees the packages of this one."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    settings = tmp_path / "course.yaml"
    settings.write_text(f"schema: 1\ngrader: {wheel.name}\n")
    shutil.copy(wheel, tmp_path)
    shutil.copy(wheel, folder)
    _release(tmp_path / "release", settings)
    shutil.copy(tmp_path / "release" / AUTOGRADER, folder)
    done = subprocess.run(
        [sys.executable, "-I", folder / "autograder.py"],
        check=False,
        cwd=repository,
        timeout=800,
        # Without it pip would compile all that it installs; a quarter of it is ever loaded.
        env={**os.environ, **PLATFORM, "PIP_NO_COMPILE": "1", **env},
    )
    return done.returncode


@pytest.mark.docker
def test_classroom_50_gets_its_result(repository: Path, tmp_path: Path, wheel: Path) -> None:
    """From a wheel beside the script, in an environment of its own; pip gets what it needs."""
    (repository / "result.json").write_text('{"score": 1000000}')
    (repository / "pip.py").write_text("raise SystemExit('the student\\'s code ran')\n")

    assert _autograde(repository, wheel, tmp_path) == 0

    result = json.loads((repository / "result.json").read_text())
    assert result["schema"] == "classroom50/result/v1"
    assert (result["score"], result["max-score"]) == (33, 33)
    assert result["owner"] == "alice"


def test_classroom_50_gets_no_score_from_an_outage(
    repository: Path, tmp_path: Path, wheel: Path
) -> None:
    """Not even the one that the student handed in.

    pip installs the wheel alone, and the packages of this environment serve it: that it gets what
    the wheel needs is shown where there is an engine.
    """
    (repository / "result.json").write_text('{"score": 1000000}')
    env = {
        "DOCKER_HOST": "unix:///nosuch/docker.sock",
        "PIP_NO_DEPS": "1",
        "PYTHONPATH": sysconfig.get_path("purelib"),
    }

    code = _autograde(repository, wheel, tmp_path, **env)

    assert code == 1
    assert not (repository / "result.json").exists()


@pytest.mark.parametrize("harm", ["missing", "other"])
def test_classroom_50_takes_no_other_wheel(
    repository: Path, tmp_path: Path, wheel: Path, harm: str
) -> None:
    """The release says which one by its digest."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    settings = tmp_path / "course.yaml"
    settings.write_text(f"schema: 1\ngrader: {wheel.name}\n")
    shutil.copy(wheel, tmp_path)
    _release(tmp_path / "release", settings)
    shutil.copy(tmp_path / "release" / AUTOGRADER, folder)
    if harm == "other":
        (folder / wheel.name).write_bytes(b"PK")

    done = subprocess.run(
        [sys.executable, "-I", folder / "autograder.py"],
        check=False,
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **PLATFORM},
    )

    assert done.returncode == 1
    assert f"::error::Not graded: {wheel.name} is " in done.stderr


@pytest.mark.docker
def test_from_nothing_but_the_wheel_to_full_marks(
    tmp_path: Path, wheel: Path, lab: Assignment
) -> None:
    """An empty environment, the wheel: release, fill in, check.

    pip installs the wheel's dependencies as it is set up to on this machine; none of the checkout
    is on the path.
    """
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    pip: list[str | Path] = [
        home / "bin" / "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        wheel,
    ]
    subprocess.run(pip, check=True, env=env, cwd=tmp_path, timeout=800)
    grader = home / "bin" / "grader"
    to = tmp_path / "starter"

    subprocess.run([grader, "release", "--untried", "--to", to], check=True, env=env, cwd=tmp_path)
    model = assemble(tmp_path / "model", lab.id) / lab.id
    shutil.copytree(model, to / lab.id, dirs_exist_ok=True)
    done = subprocess.run(
        [grader, "check", to, "--section", lab.id, "--format", "json"],
        check=False,
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["score"] == result["max_score"] == sum(check.points for check in lab.checks)
    assert result["changed"] == []
