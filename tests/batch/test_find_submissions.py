"""Which folders are submissions, and what has to be mended before a class is graded."""

import os
from pathlib import Path

import pytest

from grader.batch.find_submissions import choose, find_sources
from grader.core.errors import UsageError

LABS = ("04-images-and-containers",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the submissions alice and bob."""
    for name in ("alice", "bob"):
        (tmp_path / "subs" / name).mkdir(parents=True)
    return tmp_path / "subs"


def _problem(folder: Path, out: Path | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        find_sources(folder, out or folder.parent / "out", LABS)
    return str(caught.value)


def test_folders_are_submissions_and_the_rest_is_named(folder: Path) -> None:
    """Hidden entries are passed over; files, links and pipes are told of."""
    (folder / ".git").mkdir()
    (folder / "notes\x1b[2J.txt").touch()
    (folder / "link").symlink_to(folder / "alice")
    os.mkfifo(folder / "pipe")

    found = find_sources(folder, folder.parent / "out", LABS)

    assert [source.id for source in found.sources] == ["alice", "bob"]
    assert found.strays == ("link (a link)", "notes\\x1b[2J.txt", "pipe (no regular file)")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a\nb", "not plain text"),
        ("a\u202eb", "not plain text"),
        ("a\\b", "a slash or a backslash"),
        (os.fsdecode(b"a\xff"), "not plain text"),
        ("trailing ", "which other systems drop"),
        (" leading", "which other systems drop"),
        ("trailing.", "which other systems drop"),
        ("x" * 201, "longer than 200 bytes"),
        ("ü" * 101, "longer than 200 bytes"),
        ("Class.JSON", "the results need that name"),
    ],
)
def test_a_name_that_results_cannot_have_is_refused(folder: Path, name: str, why: str) -> None:
    """Before anything is graded, with the name shown safely."""
    (folder / name).mkdir()

    problem = _problem(folder)

    assert why in problem
    assert problem.isprintable()


def test_names_that_are_twins_elsewhere_are_listed_all(folder: Path) -> None:
    """Case, and the ways in which Unicode writes a letter."""
    for name in ("Alice", "re\u0301my", "r\u00e9my"):
        (folder / name).mkdir()

    problem = _problem(folder).splitlines()

    assert len(problem) == 2
    assert problem[0].startswith("Alice and alice: ")


def test_two_hundred_problems_are_shown_as_twenty(folder: Path) -> None:
    """The first ones, and how many more."""
    for number in range(200):
        (folder / f"{number}.").mkdir()

    problem = _problem(folder).splitlines()

    assert len(problem) == 21
    assert problem[-1] == "... and 180 more"


def test_a_folder_that_cannot_be_graded_says_what_to_name(folder: Path, tmp_path: Path) -> None:
    """Missing, no folder, empty, one submission only."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (folder / LABS[0]).mkdir()

    assert "does not exist" in _problem(tmp_path / "nosuch")
    assert "is no folder" in _problem(tmp_path / "file", tmp_path / "out")
    assert "no submission in" in _problem(tmp_path / "empty")
    assert "grader check" in _problem(folder)


@pytest.mark.parametrize("place", ["subs", "subs/out", "subs/alice/deep/out", ""])
def test_results_and_submissions_must_lie_apart(folder: Path, place: str) -> None:
    """Else results would be graded, or submissions overwritten."""
    assert "lie in one another" in _problem(folder, folder.parent / place)


def test_an_unknown_submission_is_named_with_those_like_it(folder: Path) -> None:
    """A slip of the finger must not grade nobody in silence."""
    sources = find_sources(folder, folder.parent / "out", LABS).sources

    assert [source.id for source in choose(sources, ["bob"])] == ["bob"]
    with pytest.raises(UsageError, match=r"no submission 'alcie'. Did you mean alice"):
        choose(sources, ["alcie", "bob"])
