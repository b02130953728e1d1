"""Causes around apt's lists and packages: a symptom is not told as a mistake."""

import pytest

from tests.judge.causes.said import found

_FILE = "install-docker.sh"
_LAB = "02-installation"


@pytest.mark.parametrize(
    ("packages", "seen"),
    [("docker-ce containerd.io", True), ("docker-ce docker-ce-cli containerd.io", False)],
)
def test_a_package_that_the_script_names_was_not_forgotten(packages: str, *, seen: bool) -> None:
    """It is not installed because something before it failed."""
    told = found(
        "package-missing",
        "packages",
        "Not installed: docker-ce-cli, containerd.io. The last line it printed was: E: docker-x.",
        name=_LAB,
        sources={_FILE: f"sudo apt-get install -y {packages}\n"},
    )

    assert (told is not None) == seen


@pytest.mark.parametrize(
    ("file", "seen"), [("docker.txt", True), ("docker.list", False), ("docker.sources", False)]
)
def test_a_list_that_apt_reads_is_not_ignored(file: str, *, seen: bool) -> None:
    """It may hold nothing of Docker's."""
    place = f"/etc/apt/sources.list.d/{file}"
    told = found(
        "list-ignored",
        "entry",
        f"After {_FILE} no list of apt's names download.docker.com. {place} holds: deb",
        name=_LAB,
        sources={_FILE: f"echo deb | sudo tee {place}\n"},
    )

    assert (told is not None) == seen
