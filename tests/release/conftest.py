"""A wheel, built once, and a starter repository, released once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader import assets
from grader.judge.kinds import PARAMS
from grader.release.course import default_course
from grader.release.starter import Entry, starter
from grader.spec.model import Assignment
from tests.conftest import ROOT


def build_wheel(folder: Path, **env: str) -> Path:
    """Build the wheel of the checkout into `folder` and return it."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        timeout=120,
        env={**os.environ, **env},
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel: the one that script/build made, or one of the checkout."""
    made = os.environ.get("GRADER_WHEEL")
    return Path(made) if made else build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def released(labs: tuple[Assignment, ...]) -> dict[str, Entry]:
    """Return the starter repository's tree, of all labs and without a course's settings."""
    return starter(labs, default_course("0.1.0"), ROOT / "templates", "0.1.0")


def load(root: Path, *only: str) -> tuple[Assignment, ...]:
    """Return the labs of another folder than the checkout's."""
    return assets.load_assignments(root, PARAMS, only)
