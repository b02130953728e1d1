"""Gradescope's autograder: the zip, and what it leaves in each of the ways a run can end."""

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.batch.solutions import assemble
from grader.release.course import default_course
from grader.release.gradescope_zip import autograder_zip
from grader.spec.assignment import Assignment
from tests.conftest import LAB, ROOT, STAND_IN_WHEEL
from tests.release.test_starter_leaks import leaks

NO_ENGINE = "unix:///nosuch/docker.sock"


@pytest.fixture
def autograder(tmp_path: Path, lab: Assignment) -> Path:
    """Return /autograder as Gradescope lays it out, this environment in its venv's place."""
    root = tmp_path / "autograder"
    (root / "source").mkdir(parents=True)
    packed = tmp_path / "autograder.zip"
    packed.write_bytes(
        autograder_zip([lab], default_course(STAND_IN_WHEEL), ROOT / "templates", {})
    )
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    (root / "venv").symlink_to(Path(sys.executable).parent.parent)
    return root


def _run(root: Path, **env: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-I", root / "run_autograder"],
        check=False,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "DOCKER_HOST": NO_ENGINE, **env},
    )
    return done.returncode, json.loads((root / "results" / "results.json").read_text())


def test_the_zip_is_the_same_each_time(lab: Assignment) -> None:
    """Neither time nor order is in it."""
    one, two = (
        autograder_zip([lab], default_course(STAND_IN_WHEEL), ROOT / "templates", {})
        for _ in range(2)
    )

    assert one == two


def test_what_is_in_the_zip(tmp_path: Path, lab: Assignment) -> None:
    """Keys only if they are asked for, and never a solution."""
    choices: tuple[dict[str, bytes], ...] = ({}, {LAB: b"schema: 1\n"})
    for keys in choices:
        packed = tmp_path / "autograder.zip"
        content = autograder_zip([lab], default_course(STAND_IN_WHEEL), ROOT / "templates", keys)
        packed.write_bytes(content)
        with zipfile.ZipFile(packed) as archive:
            modes = {i.filename: stat.S_IMODE(i.external_attr >> 16) for i in archive.infolist()}
            files = {name: archive.read(name) for name in archive.namelist()}

        assert modes["setup.sh"] == modes["run_autograder"] == 0o755
        assert modes["requirement.txt"] == 0o644
        assert [n for n in files if "key" in n] == [f"keys/{name}/key.yaml" for name in keys]
        assert not leaks(LAB, files)


def test_without_an_engine_the_files_are_judged(autograder: Path) -> None:
    """A refused Dockerfile fails, the rest waits; the file says what was not graded."""
    assemble(autograder / "submission", LAB)
    (autograder / "submission" / LAB / "Dockerfile-exec").write_text("FROM ubuntu\n")

    code, results = _run(autograder)

    assert code == 0
    tests = {test["extra_data"]["id"]: test for test in results["tests"]}
    assert tests["exec-builds"]["status"] == "failed"
    assert tests["exec-builds"]["max_score"] == 1
    assert "status" not in tests["shell-builds"]
    assert tests["shell-builds"]["max_score"] == 0
    assert "No Docker engine was used" in results["output"]
    assert results["score"] == sum(test["score"] for test in results["tests"])


def test_a_single_labs_files_may_be_handed_in_bare(autograder: Path) -> None:
    """Gradescope's upload form takes files, not folders."""
    assemble(autograder / "parent", LAB)
    (autograder / "parent" / LAB).rename(autograder / "submission")

    code, results = _run(autograder)

    assert code == 0
    assert len(results["tests"]) > 20


@pytest.mark.docker
def test_with_an_engine_everything_is_judged(autograder: Path) -> None:
    """The model solution gets all points that no person marks."""
    assemble(autograder / "submission", LAB)

    code, results = _run(autograder, DOCKER_HOST=os.environ.get("DOCKER_HOST", ""))

    assert code == 0
    assert results["score"] == sum(test["max_score"] for test in results["tests"]) > 30


def _no_venv(root: Path) -> None:
    (root / "venv").unlink()


def _no_submission(root: Path) -> None:
    shutil.rmtree(root / "submission")


def _no_settings(root: Path) -> None:
    (root / "source" / "settings.json").write_text("{")


def _broken_grader(root: Path) -> None:
    (root / "venv").unlink()
    (root / "venv" / "bin").mkdir(parents=True)
    for name in ("grader", "python"):
        path = root / "venv" / "bin" / name
        path.write_text("#!/bin/sh\necho 'it broke <b>' >&2; exit 3\n")
        path.chmod(0o755)


@pytest.mark.parametrize("harm", [_no_venv, _no_submission, _no_settings, _broken_grader])
def test_whatever_fails_there_is_a_file_and_no_zero(
    autograder: Path, harm: Callable[[Path], None]
) -> None:
    """Without a score Gradescope reports that the autograder failed, and records nothing."""
    assemble(autograder / "submission", LAB)
    harm(autograder)

    code, results = _run(autograder)

    assert code != 0
    assert "could not be graded, and that is not your doing" in results["output"]
    assert "score" not in results
    assert "tests" not in results


def test_whoever_kills_it_leaves_a_file_too(autograder: Path) -> None:
    """The time limit is a kill: the file is there before anything else begins."""
    slow = autograder / "venv"
    slow.unlink()
    (slow / "bin").mkdir(parents=True)
    fifo = autograder / "started"
    os.mkfifo(fifo)
    (slow / "bin" / "python").write_text(f"#!/bin/sh\necho > {fifo}; exec sleep 100\n")
    (slow / "bin" / "python").chmod(0o755)
    assemble(autograder / "submission", LAB)

    process = subprocess.Popen(
        [sys.executable, "-I", autograder / "run_autograder"],
        cwd=autograder,
        start_new_session=True,
    )
    fifo.read_text()
    os.killpg(process.pid, 9)
    process.wait(timeout=20)

    results = json.loads((autograder / "results" / "results.json").read_text())
    assert "ended before it was done" in results["output"]


def test_the_set_up_script_can_be_read_by_a_shell() -> None:
    """Syntax only: what it installs needs root and a fresh machine."""
    subprocess.run(["bash", "-n", ROOT / "templates" / "gradescope" / "setup.sh"], check=True)
