"""`grader check --model`: the model solutions of one's own labs, found beside them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.conftest import ROOT

LAB = "05-volumes"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a folder with one lab under another id, and its solutions beside it."""
    for name in ("assignments", "solutions"):
        shutil.copytree(ROOT / name / LAB, tmp_path / name / "my-lab")
    spec = tmp_path / "assignments" / "my-lab" / "assignment.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace(f"id: {LAB}", "id: my-lab", 1))
    return tmp_path


def _check(course: Path, *more: str) -> tuple[int, str, str]:
    words = ("check", "--model", "--static", "--format", "json", "--assignments", "assignments")
    done = run(*words, *more, cwd=course, env={})
    return done.returncode, done.stdout, done.stderr


def test_model_solutions_and_keys_are_found_beside_labs_of_ones_own(course: Path) -> None:
    """All that needs no engine is right: the files, and the answers by the key beside them."""
    _, out, err = _check(course)

    result = json.loads(out)
    (section,) = result["sections"]
    checks = {check["id"]: check for check in section["checks"]}
    assert section["id"] == "my-lab"
    assert "failed" not in {check["status"] for check in checks.values()}, err
    assert checks["without-a-volume"]["status"] == "passed"


def test_labs_without_solutions_beside_them_are_named(course: Path) -> None:
    """Nothing of the checkout's own solutions stands in for them."""
    shutil.rmtree(course / "solutions" / "my-lab" / "model")

    code, out, err = _check(course)

    assert (code, out) == (2, "")
    assert "There is no model solution of my-lab in " in err
    assert "Traceback" not in err
