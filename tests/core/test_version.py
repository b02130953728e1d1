"""One line says the version, and all who name it read that line."""

import tomllib
from importlib.metadata import version

from packaging.version import Version

from grader.core.version import grader_version
from tests.conftest import ROOT


def test_the_installed_distribution_has_the_version_that_the_grader_says() -> None:
    """Also where it is installed from a checkout."""
    assert version("docker-tutorial-grader") == grader_version()


def test_it_is_written_as_packages_write_it() -> None:
    """Normalised: a wheel's name and a pin of it hold the same text."""
    assert str(Version(grader_version())) == grader_version()


def test_the_projects_file_does_not_say_it_a_second_time() -> None:
    """The build takes it from the module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "grader/core/version.py"
