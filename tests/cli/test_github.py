"""What GitHub Actions and Classroom 50 give a run of the grader, and what it gives back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.cli import github
from grader.core.errors import UsageError
from tests.render.runner import outputs

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=8)
# Lone surrogates cannot be written to a file; all that is put out has been made visible before.
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)

CLASSROOM = {
    "CLASSROOM": "docker",
    "ASSIGNMENT": "volumes",
    "SUBMISSION_TAG": "submit/2026-11-23T19-03-31Z-1a2b3c4",
    "USERNAME": "alice",
    "GITHUB_SERVER_URL": "https://git.example",
    "GITHUB_REPOSITORY": "org/docker-volumes-alice",
    "GITHUB_SHA": "1a2b3c4",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set what Classroom 50's runner sets."""
    for name in ("OWNER", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL", "ASSIGNMENT_TYPE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in CLASSROOM.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_outputs_are_read_back_as_they_were(values: dict[str, str]) -> None:
    """Also of several lines, whatever stands in them."""
    assert outputs(github.output_entries(values)) == values


def test_the_mark_around_a_value_cannot_be_guessed() -> None:
    """It is another one each time."""
    first, second = (github.output_entries({"x": "a\nb"}) for _ in range(2))

    assert first != second
    assert outputs(first) == outputs(second) == {"x": "a\nb"}


def test_labs_are_named_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As GitHub names files; what lies outside of it is not named."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    (tmp_path / "work" / "05-volumes").mkdir(parents=True)

    def named(path: Path) -> dict[str, str]:
        return github.lab_folders(path, ["05-volumes"])

    assert named(tmp_path) == {"05-volumes": "05-volumes"}
    assert named(tmp_path / "work") == {"05-volumes": "work/05-volumes"}
    assert named(tmp_path / "work" / "05-volumes") == {"05-volumes": "work/05-volumes"}
    assert named(Path("/elsewhere")) == {}
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "work" / "05-volumes"))
    assert named(tmp_path / "work" / "05-volumes") == {"05-volumes": ""}


def test_the_identity_comes_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    """Addresses follow from the repository where they are not given."""
    found = github.classroom50_identity("2030-01-01T00:00:00Z")

    assert github.classroom50_wanted()
    assert (found.owner, found.assignment_type) == ("alice", "individual")
    assert found.datetime == "2026-11-23T19:03:31Z"
    assert (
        found.commit
        == found.review
        == "https://git.example/org/docker-volumes-alice/commit/1a2b3c4"
    )
    assert found.release.endswith("/releases/tag/submit%2F2026-11-23T19-03-31Z-1a2b3c4")
    environment.setenv("ASSIGNMENT_TYPE", "team")
    environment.setenv("OWNER", "bob")
    environment.setenv("SUBMISSION_TAG", "submit/99999999T999999Z-x")
    found = github.classroom50_identity("2030-01-01T00:00:00Z")
    assert (found.owner, found.assignment_type) == ("bob", "group")
    assert found.datetime == "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CLASSROOM", "", "needs CLASSROOM, which"),
        ("USERNAME", "", "needs OWNER, which"),
        ("GITHUB_REPOSITORY", "", "needs COMMIT_URL, RELEASE_URL, which"),
        ("SUBMISSION_TAG", "main", "SUBMISSION_TAG is 'main'"),
        ("ASSIGNMENT_TYPE", "crowd", "it is one of individual, group, team"),
    ],
)
def test_what_the_environment_does_not_say_is_named(
    environment: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """So that whoever set the workflow up can mend it."""
    environment.setenv(name, value)

    with pytest.raises(UsageError, match=words):
        github.classroom50_identity("2030-01-01T00:00:00Z")
