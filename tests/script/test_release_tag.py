"""A tag that names another version than the grader has: neither built nor passed by the tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.core.version import VERSION
from tests.conftest import ROOT

NAMED = {"GITHUB_REF_TYPE": "tag"}
FILES = ("script/build", "script/lib.sh", "script/test", "grader/core/version.py")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the two scripts need to say which version this is."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _run(checkout: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT")}
    return subprocess.run(
        command,
        cwd=checkout,
        env={**plain, "GIT_CONFIG_GLOBAL": os.devnull, **env},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _goes_on(checkout: Path, **env: str) -> bool:
    return _run(checkout, "bash", "-c", ". script/lib.sh; refuse_tag 3", **env).returncode == 0


@pytest.mark.parametrize(("script", "code"), [("build", 3), ("test", 1)])
def test_a_tag_of_another_version_is_refused_first_of_all(
    checkout: Path, script: str, code: int
) -> None:
    """Both versions are named, and what to do; nothing was set up."""
    done = _run(checkout, f"script/{script}", GITHUB_REF_NAME="v9.9.9", **NAMED)

    assert done.returncode == code
    assert done.stderr == (
        f"{script}: the tag v9.9.9 names another version than grader/core/version.py, which says "
        f"{VERSION}: change that line and tag the commit that does so, or tag this one v{VERSION}\n"
    )
    assert sorted(path.name for path in checkout.iterdir()) == ["grader", "script"]


@pytest.mark.parametrize("tag", [VERSION, f"v{VERSION}", "week-1", "version-9"])
def test_the_versions_own_tag_and_tags_of_another_kind_stop_nothing(
    checkout: Path, tag: str
) -> None:
    """A course tags what it likes."""
    assert _goes_on(checkout, GITHUB_REF_NAME=tag, **NAMED)


def test_a_branch_may_be_called_as_it_likes(checkout: Path) -> None:
    """It releases nothing."""
    assert _goes_on(checkout, GITHUB_REF_NAME="v9", GITHUB_REF_TYPE="branch")


def test_a_tag_in_the_clone_counts_as_one_that_a_workflow_names(checkout: Path) -> None:
    """Releases are built by hand, too; a tag of an earlier commit says nothing of this one."""
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@x.org")
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "a"], ["tag", "v9.9"]):
        assert _run(checkout, *git, *command).returncode == 0
    assert not _goes_on(checkout)

    assert _run(checkout, *git, "commit", "-q", "--allow-empty", "-m", "b").returncode == 0
    assert _goes_on(checkout)
