"""Two graders have the same code digest exactly when their code is the same."""

import shutil
from pathlib import Path

import pytest

from grader.core.code_digest import code_digest, digest_of_code
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package."""
    to = tmp_path_factory.mktemp("code") / "grader"
    return shutil.copytree(ROOT / "grader", to, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize(
    "changed", ["judge/outcome.py", "pipeline.py", "observe/scene/scene_agent.py", "core/text.py"]
)
def test_one_more_byte_in_any_module_is_another_grader(package: Path, changed: str) -> None:
    """Also in what is copied into containers."""
    before = digest_of_code(package)
    path = package / changed
    content = path.read_bytes()

    path.write_bytes(content + b"\n")
    after = digest_of_code(package)
    path.write_bytes(content)

    assert before != after
    assert digest_of_code(package) == before == code_digest()


def test_a_module_under_another_name_is_another_grader(package: Path) -> None:
    """Paths count, not contents alone."""
    before = digest_of_code(package)
    moved = (package / "judge" / "outcome.py").rename(package / "judge" / "another_name.py")
    after = digest_of_code(package)
    moved.rename(package / "judge" / "outcome.py")

    assert before != after


def test_rooms_alone_do_not_change_with_the_others(package: Path) -> None:
    """What observes stays the same when a judge changes."""
    before = (
        digest_of_code(package, ("observe", "pipeline.py")),
        digest_of_code(package, ("judge",)),
    )
    path = package / "judge" / "outcome.py"
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    after = digest_of_code(package, ("observe", "pipeline.py")), digest_of_code(package, ("judge",))
    path.write_bytes(content)

    assert (after[0] == before[0], after[1] == before[1]) == (True, False)


def test_what_is_no_code_does_not_count(package: Path) -> None:
    """An installed grader has its labs inside the package, and Python its caches."""
    before = digest_of_code(package)
    for name in ("assets/assignments/lab/app.py", "core/__pycache__/text.pyc", "core/notes.txt"):
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")

    assert digest_of_code(package) == before
