"""Nothing of the solutions is in what students get: neither in the wheel nor in the starter."""

import functools
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from grader.batch.solution_leaks import ANY_PROGRAM, strings_in
from grader.batch.solutions import EXPECTED, solutions_folder
from grader.judge.check_kinds import PARAMS
from grader.release.course import default_course
from grader.release.starter import StarterFile, starter
from grader.spec import catalog
from tests.conftest import LAB as HIDING
from tests.conftest import ROOT, STAND_IN_WHEEL
from tests.release.conftest import build, packed

SOLUTIONS = solutions_folder()
# Shorter lines (`fi`, `import os`) are in every program; they are looked for in the labs alone.
TELLING = 12
KEY = "key.yaml"


def _plain(text: str) -> str:
    """Return text on one line: one that is broken elsewhere says the same."""
    return " ".join(text.split())


@functools.cache
def _read(name: str, content: bytes) -> str:
    """Return a file's text; of a notebook what its cells say, not how JSON writes that."""
    text = content.decode("utf-8", errors="replace")
    if not name.endswith(".ipynb"):
        return text
    notebook = json.loads(text)
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    return "\n".join([text, *cells, *strings_in(notebook)])


def _lines(path: Path) -> set[str]:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return set()
    text = _read(path.name, path.read_bytes())
    return {_plain(line) for line in text.splitlines()} - {""}


def _given() -> str:
    """Return all that students read anyway, of any lab, as one text."""
    files = sorted((ROOT / "assignments").glob("*/*"))
    return "\n".join(line for file in files if file.is_file() for line in sorted(_lines(file)))


@functools.cache
def secrets(lab: str) -> set[str]:
    """Return the lines of a lab's solutions and the texts of its key that no student is given."""
    found: set[str] = set()
    for kind in ("model", "right"):
        for path in sorted((SOLUTIONS / lab / kind).rglob("*")):
            if path.is_file() and path.name != EXPECTED:
                found |= _lines(path)
    key = SOLUTIONS / lab / KEY
    if key.is_file():
        found |= set(strings_in(yaml.safe_load(key.read_text(encoding="utf-8"))))
    given = _plain(_given())
    return {line for line in found if line not in given and not ANY_PROGRAM.fullmatch(line)}


def leaks(lab: str, files: Mapping[str, bytes]) -> list[str]:
    """Return each secret of a lab that is in one of the files, with the file."""
    found = []
    for name, content in files.items():
        text = _read(name, content)
        lines = {_plain(line) for line in text.splitlines()}
        whole = _plain(text)
        found += [
            f"{name}: {secret}"
            for secret in secrets(lab)
            if (
                secret in whole if len(secret) >= TELLING else f"{lab}/" in name and secret in lines
            )
        ]
    return found


LABS = sorted(path.name for path in SOLUTIONS.iterdir() if path.is_dir())


@pytest.mark.parametrize("lab", LABS)
def test_no_solution_is_in_the_starter_repository(
    lab: str, released: dict[str, StarterFile]
) -> None:
    """Neither a line of a solution nor a text of a key."""
    assert not leaks(lab, {name: entry.content for name, entry in released.items()})


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_no_solution_is_in_what_can_be_installed(
    lab: str, kind: str, request: pytest.FixtureRequest
) -> None:
    """The wheel is what students install: it holds no more of the solutions than the starter."""
    files = packed(request.getfixturevalue(kind))

    assert not leaks(lab, files)
    assert not [name for name in files if "solutions/" in name or name.endswith(KEY)]


def _hide(root: Path) -> list[str]:
    """Hide two checks of a lab, the second with an observation of its own; return their words."""
    spec = root / "assignments" / HIDING / "assignment.yaml"
    text = spec.read_text(encoding="utf-8")
    for row in ("      - id: cache-order\n", "      - id: env-override\n"):
        assert row in text
        text = text.replace(row, f"{row}        hidden: true   # a secret reason\n")
    spec.write_text(text, encoding="utf-8")
    (spec.parent / "draft.md").write_text("a secret reason\n", encoding="utf-8")
    return ["cache-order", "env-override", "a secret reason"]


@pytest.mark.parametrize("kind", ["wheel", "sdist", "starter"])
def test_no_hidden_check_is_in_what_students_get(tmp_path: Path, kind: str) -> None:
    """Nor a draft that lies in a lab's folder."""
    root = tmp_path / "checkout"
    for name in ("grader", "assignments", "templates"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, root)
    words = _hide(root)
    if kind == "starter":
        labs = catalog.load_assignments(root / "assignments", PARAMS)
        tree = starter(labs, default_course(STAND_IN_WHEEL), root / "templates", "0.1.0")
        files = {name: entry.content for name, entry in tree.items()}
    else:
        files = packed(build(tmp_path / "dist", kind, root))

    found = {name: _read(name, content) for name, content in files.items() if HIDING in name}
    assert found
    assert not [(name, word) for name, text in found.items() for word in words if word in text]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("somewhere.py", "x = '''\n  {}\n'''"),
        ("README.md", "as you\nknow: {}"),
        ("answers.ipynb", ""),
    ],
)
def test_the_search_finds_what_is_there(name: str, form: str) -> None:
    """A search that finds nothing anywhere would prove nothing; broken lines hide nothing."""
    lab = "05-volumes"
    line = max((secret for secret in secrets(lab) if '"' in secret), key=len)
    cells = {"cells": [{"cell_type": "code", "source": [line[:30], line[30:]]}]}
    text = form.format(line.replace(" ", "\n  ")) if form else json.dumps(cells)

    assert leaks(lab, {name: text.encode()})
