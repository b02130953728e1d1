"""What the contracts of `lint-imports` in pyproject.toml cannot say about imports and output."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "grader"
# Files that are given to Python inside a container, or in a process that must outlive the grader.
ELSEWHERE = [
    PACKAGE / "engine/kernel_reader.py",
    PACKAGE / "observe/scene/scene_agent.py",
    *sorted((PACKAGE / "observe/script/machine").glob("*.py")),
]
# A rich console that writes into memory has to print, too.
SPEAKS = [
    PACKAGE / "__main__.py",
    PACKAGE / "render/terminal.py",
    *(PACKAGE / "cli").glob("*.py"),
]
ENDS_OR_PRINTS = {"print", "echo", "exit", "_exit"}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _imports(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in _nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node.lineno


@pytest.mark.parametrize("path", ELSEWHERE, ids=_name)
def test_what_runs_elsewhere_imports_nothing_of_ours(path: Path) -> None:
    """No grader is installed where it runs."""
    assert not [name for name in _imports(path) if name.split(".")[0] == "grader"]


def test_only_the_command_line_prints_and_exits() -> None:
    """One place for output, one place for exit codes."""
    found = [
        f"{_name(path)}:{line}"
        for path in sorted({*PACKAGE.rglob("*.py")}.difference(ELSEWHERE, SPEAKS))
        for name, line in _calls(path)
        if name in ENDS_OR_PRINTS
    ]

    assert not found
