"""A wheel, built once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
