"""A test is found where its module is: `tests/<room>/test_<module>.py`, or `…_<aspect>.py`."""

from collections import Counter
from pathlib import Path

from tests.conftest import ROOT

TESTS = ROOT / "tests"
PACKAGE = ROOT / "grader"
# About files that the room only packs, and about every format at once.
OTHERS = {"release/test_wheel.py", "render/test_golden.py"}
# Modules that do the same job on two sides of a border, and are called alike for that.
PAIRS = {
    "canvas.py",  # importers, exports
    "classroom50.py",  # importers, render
    "github.py",  # importers; the workflow around `grader ci`
    "gradescope.py",  # importers, render
    "images.py",  # facts, judge
    "moodle.py",  # importers, exports
    "questions.py",  # spec, judge
    "scenes.py",  # spec, facts, judge
    "scripts.py",  # spec, facts, judge
}


def _modules(folder: Path) -> list[str]:
    return [path.stem for path in folder.glob("*.py")]


def test_every_test_is_called_like_a_module_of_its_room() -> None:
    """What comes behind the module's name says which side of it is meant."""
    found = {
        path.relative_to(TESTS): path.stem.removeprefix("test_")
        for path in TESTS.rglob("test_*.py")
    }
    lost = {
        path.as_posix()
        for path, name in found.items()
        if (PACKAGE / path.parent).is_dir()
        and path.parent != Path()
        and not any(f"{name}_".startswith(f"{m}_") for m in _modules(PACKAGE / path.parent))
    }

    assert lost == OTHERS


def test_every_room_has_tests() -> None:
    """`facts/` holds nothing but models, which every test of a judge goes through."""
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    tested = {room for room in rooms if any((TESTS / room).rglob("test_*.py"))}

    assert rooms - tested == {"facts"}


def test_a_file_name_says_which_module_it_is() -> None:
    """In a traceback or on an editor's tab; pairs are meant."""
    names = Counter(path.name for path in PACKAGE.rglob("*.py") if not path.name.startswith("__"))

    assert {name for name, count in names.items() if count > 1} == PAIRS


def test_the_street_can_be_seen_at_a_glance() -> None:
    """Whoever lists `grader/` reads it in one look."""
    entries = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}

    assert len(entries - {"__init__.py"}) <= 20
