"""Imports point one way: judging never reaches the world, and one module knows docker-py."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "grader"
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = (
    *("judge", "class_report", "render", "score", "model", "facts", "frozen", "reproduce", "text"),
    *("sheet", "people", "exports"),
    *("notebook", "marks"),
)
WORLD = {"docker", "subprocess", "time", "datetime", "socket", "requests", "os", "tempfile"}
# What each package of ours may import of ours; the street runs from left to right only.
STAGES = {
    "dockerfile": {"dockerfile"},
    "spec": {"spec", "facts", "frozen", "model", "errors"},
    "judge": {"judge", "spec", "facts", "frozen", "model", "text"},
    "class_report": {"class_report", "spec", "facts", "frozen", "model", "sheet", "text"},
    "render": {"render", "class_report", "marks", "spec", "facts", "frozen", "model", "text"},
    "score": {"judge", "spec", "facts", "frozen", "model", "reproduce", "text"},
    "marks": {
        *("marks", "score", "sheet"),
        *("spec", "facts", "frozen", "model", "errors", "text"),
    },
    "markbook": {"markbook", "marks", "store", "spec", "errors", "text"},
    "engine": {"engine", "errors", "facts", "text"},
    "release": {"release", "runners", "spec", "errors", "frozen", "store", "text"},
    "sheet": set(),
    "times": set(),
    "people": {"frozen"},
    "importers": {
        "importers",
        "errors",
        "frozen",
        "people",
        "sheet",
        "store",
        "submission",
        "text",
        "times",
    },
    "exports": {"exports", "errors", "model", "people", "sheet", "text", "times"},
    "notebook": {"notebook", "spec", "facts", "text"},
    "observe": {
        "observe",
        "notebook",
        "dockerfile",
        "frozen",
        "engine",
        "spec",
        "facts",
        "errors",
        "build",
        "bases",
        "submission",
        "text",
    },
}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "grader":
                yield from (f"grader.{alias.name}" for alias in node.names)


def _runs_in_a_container(path: Path) -> bool:
    """Return whether a file is not part of the grader, but given to Python in a container."""
    return path.name == "agent.py" or path.parent.name == "world"


def _stage(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_docker_py_is_imported_in_exactly_one_module() -> None:
    """Everything else sees the engine through the protocol."""
    users = [
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(name.split(".")[0] == "docker" for name in _imports(path))
    ]

    assert users == ["engine/client.py"]


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if _stage(p) in PURE],
    ids=lambda p: p.relative_to(PACKAGE).as_posix(),
)
def test_pure_stages_cannot_reach_the_world(path: Path) -> None:
    """Judges, score and renderers import neither docker nor processes nor a clock."""
    assert not {name.split(".")[0] for name in _imports(path)} & WORLD


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if _stage(p) in STAGES],
    ids=lambda p: p.relative_to(PACKAGE).as_posix(),
)
def test_stages_import_only_what_comes_before_them(path: Path) -> None:
    """Data flows one way, and so do imports."""
    ours = {name.split(".")[1] for name in _imports(path) if name.startswith("grader.")}

    assert ours <= STAGES[_stage(path)]


def test_only_the_command_line_prints_and_exits() -> None:
    """One place for output, one place for exit codes."""
    offenders = []
    for path in MODULES:
        if _stage(path) in {"cli", "__main__", "commands"} or _runs_in_a_container(path):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in {"print", "echo", "exit", "_exit"}:
                    offenders.append(f"{path.name}:{node.lineno}")

    assert not [entry for entry in offenders if not entry.startswith("text.py")]
