"""A place that is no submission: the first words say the way out."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.core.errors import SubmissionError
from grader.submission.snapshot import read_submission

LABS = ("04-images-and-containers", "05-volumes")


def _case(folder: Path) -> Path:
    (folder / "05-Volumes").mkdir()
    return folder


def _case_of_the_lab_itself(folder: Path) -> Path:
    (folder / "05-VOLUMES").mkdir()
    return folder / "05-VOLUMES"


def _packed(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "my labs.zip", "w") as archive:
        archive.writestr("05-volumes/Dockerfile", "FROM python:3.7")
    return folder


def _packed_named(folder: Path) -> Path:
    return _packed(folder) / "my labs.zip"


def _deeper(folder: Path) -> Path:
    (folder / "labs-main" / "05-volumes").mkdir(parents=True)
    return folder


def _elsewhere(folder: Path) -> Path:
    (folder / "Downloads").mkdir()
    return folder


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_case, "Rename 05-Volumes to 05-volumes (mv 05-Volumes 05-volumes): case counts."),
        (_case_of_the_lab_itself, "Rename 05-VOLUMES to 05-volumes ("),
        (_packed, "Unpack my labs.zip first: unzip 'my labs.zip'."),
        (_packed_named, "{place} is an archive: unzip 'my labs.zip', and name the folder"),
        (_deeper, "The labs are in its folder labs-main: name that one (cd labs-main)."),
        (_elsewhere, "{place} holds none of the lab folders ("),
    ],
)
def test_the_first_words_say_the_way_out(
    tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    """And those after it what was looked for."""
    place = make(tmp_path)

    with pytest.raises(SubmissionError) as caught:
        read_submission(place, LABS)

    assert str(caught.value).startswith(says.format(place=place))
