"""The wheel: the same bytes whoever builds it, and all that a release needs."""

import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.release.conftest import build


def test_the_same_checkout_makes_the_same_wheel(tmp_path: Path, wheel: Path) -> None:
    """Neither the hour, the time zone, the language nor the umask is in it."""
    before = os.umask(0o077)
    try:
        again = build(tmp_path, "wheel", TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7")
    finally:
        os.umask(before)

    assert again.read_bytes() == wheel.read_bytes()


def test_a_wheel_of_the_source_distribution_is_the_same(
    tmp_path: Path, wheel: Path, sdist: Path
) -> None:
    """It holds what students may see of the labs, where a checkout has all of them."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()

    assert build(tmp_path / "dist", "wheel", root).read_bytes() == wheel.read_bytes()


def test_the_wheel_holds_every_lab_and_template(wheel: Path) -> None:
    """What the commands read at run time is there."""
    names = set(zipfile.ZipFile(wheel).namelist())

    for spec in (ROOT / "assignments").glob("*/assignment.yaml"):
        assert f"grader/assets/assignments/{spec.parent.name}/assignment.yaml" in names
        assert f"grader/assets/assignments/{spec.parent.name}/README.md" in names
    for path in (ROOT / "templates").rglob("*.j2"):
        assert f"grader/assets/{path.relative_to(ROOT).as_posix()}" in names


@pytest.mark.parametrize("name", ["grader", "docker-tutorial-grader"])
def test_uvx_and_pipx_find_a_command(wheel: Path, name: str) -> None:
    """They start the command that is called as the package, or the one that is named."""
    with zipfile.ZipFile(wheel) as archive:
        (points,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))

        assert f"{name} = grader.__main__:main" in archive.read(points).decode()
