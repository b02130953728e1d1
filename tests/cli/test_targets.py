"""What is checked: by a folder, a lab's name or number, a file, or by where one stands."""

from pathlib import Path

import pytest

from grader.cli.targets import Target, find_target, lab_named
from grader.core.errors import UsageError

LABS = ("04-images-and-containers", "05-volumes", "06-networks")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a student's folder, in which one stands, with two of the labs."""
    for lab in LABS[:2]:
        (tmp_path / "alice" / lab / "app").mkdir(parents=True)
        (tmp_path / "alice" / lab / "app" / "main.py").touch()
    monkeypatch.chdir(tmp_path / "alice")
    return tmp_path / "alice"


@pytest.mark.parametrize(
    "word",
    [
        *("05-volumes", "05-volumes/", "./05-volumes", "05", "5", "volumes", "05-Volumes", "VOL"),
        *("05-volumes/app/main.py", "05-volumes/app", "05-volumes/not-written-yet"),
    ],
)
def test_every_way_to_name_a_lab_means_it(work: Path, word: str) -> None:
    """As an argument and behind --section alike."""
    found = find_target([word], LABS)

    assert found.folder.resolve() == work
    assert found.labs == ("05-volumes",)
    assert lab_named(word, LABS) == "05-volumes"


@pytest.mark.parametrize(
    ("stand", "labs"), [(".", ()), ("05-volumes", LABS[1:2]), ("05-volumes/app", LABS[1:2])]
)
def test_without_a_word_it_is_where_one_stands(
    work: Path, monkeypatch: pytest.MonkeyPatch, stand: str, labs: tuple[str, ...]
) -> None:
    """In a lab's folder that lab; with a number the lab beside it."""
    monkeypatch.chdir(work / stand)

    assert find_target([], LABS) == Target(work, labs)
    assert find_target(["04"], LABS) == Target(work, LABS[:1])


def test_elsewhere_a_starter_means_its_own_folder(
    work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`~/labs/check 05` from anywhere."""
    monkeypatch.chdir(tmp_path)

    assert find_target([], LABS, home=work) == Target(work)
    assert find_target(["05"], LABS, home=work) == Target(work, LABS[1:2])
    assert find_target([], LABS) == Target(Path())


def test_a_folder_with_labs_is_a_submission(work: Path) -> None:
    """All of it, wherever one stands."""
    assert find_target([str(work)], LABS) == Target(work)
    assert find_target(["04", "05"], LABS) == Target(work, LABS[:2])


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("08", "08 does not exist, and no lab is called so"),
        ("o", "'o' may be one of 04-images-and-containers, 05-volumes, 06-networks"),
        ("nowhere/at/all", "nowhere/at/all does not exist"),
    ],
)
def test_what_means_nothing_is_said(work: Path, word: str, says: str) -> None:
    """With all that there is."""
    assert work.is_dir()
    with pytest.raises(UsageError) as caught:
        find_target([word], LABS)

    assert str(caught.value).startswith(says)


def test_a_section_that_is_no_lab_is_said() -> None:
    """With those that are."""
    with pytest.raises(UsageError) as caught:
        lab_named("08", LABS)

    assert str(caught.value) == f"There is no lab '08'. The labs are: {', '.join(LABS)}."


def test_two_submissions_are_not_one(work: Path, tmp_path: Path) -> None:
    """Each has a report of its own."""
    (tmp_path / "bob" / "05-volumes").mkdir(parents=True)

    with pytest.raises(UsageError) as caught:
        find_target([str(work), str(tmp_path / "bob")], LABS)

    assert "two submissions" in str(caught.value)
