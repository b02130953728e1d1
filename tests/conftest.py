"""Fixtures that several tests share. Docker behaviour is tested on the engine, never mocked."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from grader.engine.docker import DockerEngine, connect
from grader.judge.check_kinds import PARAMS
from grader.observe.session import Session
from grader.pipeline import open_session
from grader.release.course import Wheel, default_course
from grader.release.starter import StarterFile, starter
from grader.spec import catalog
from grader.spec.assignment import Assignment

ROOT = Path(__file__).parent.parent
LAB = "04-images-and-containers"
# For what a release writes around a wheel; tests/release/ has a real one.
STAND_IN_WHEEL = Wheel("docker_tutorial_grader-0.1.0-py3-none-any.whl", b"PK\x03\x04 a wheel")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the golden reports anew."""
    parser.addoption("--renew-golden", action="store_true", help="write tests/golden/ anew")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let no half character that a test logged break its runner: reports are sent as UTF-8."""
    report = yield
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections
    ]
    return report


@pytest.fixture(scope="session")
def labs() -> tuple[Assignment, ...]:
    """Return every lab of the checkout."""
    return catalog.load_assignments(ROOT / "assignments", PARAMS)


@pytest.fixture(scope="session")
def lab() -> Assignment:
    """Return the images-and-containers lab."""
    (found,) = catalog.load_assignments(ROOT / "assignments", PARAMS, [LAB])
    return found


@pytest.fixture(scope="session")
def released(labs: tuple[Assignment, ...]) -> dict[str, StarterFile]:
    """Return the starter repository's tree, of all labs and without a course's settings."""
    return starter(labs, default_course(STAND_IN_WHEEL), ROOT / "templates", "0.1.0")


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerEngine]:
    """Yield the real engine; without one these tests fail, they are never skipped."""
    found = connect()
    yield found
    found.close()


@pytest.fixture(scope="module")
def session(engine: DockerEngine) -> Iterator[Session]:
    """Yield one grading session for a module of tests."""
    with open_session(engine) as opened:
        yield opened


def running(engine: DockerEngine) -> set[tuple[str, str]]:
    """Return what of the grader's is on the engine, the build cache left out."""
    return {(entry.kind, entry.id) for entry in engine.leftovers() if entry.kind != "image"}
