"""A wheel and a source distribution, each built once."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


def build(folder: Path, kind: str, root: Path = ROOT, **env: str) -> Path:
    """Build a `wheel` or an `sdist` of a checkout into `folder` and return it."""
    subprocess.run(
        [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", folder, root],
        check=True,
        capture_output=True,
        timeout=120,
        env={**os.environ, **env},
    )
    (made,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


def packed(path: Path) -> dict[str, bytes]:
    """Return the files in a wheel or a source distribution by name."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(path) as source:
        members = [(member.name, source.extractfile(member)) for member in source]
        return {name: file.read() for name, file in members if file}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel: the one that script/build made, or one of the checkout."""
    made = os.environ.get("GRADER_WHEEL")
    return Path(made) if made else build(tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a source distribution of the checkout: `pip install` of a folder may make one."""
    return build(tmp_path_factory.mktemp("sdist"), "sdist")
