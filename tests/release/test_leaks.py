"""Nothing of the solutions is in what students get: neither in the wheel nor in the starter."""

import functools
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from grader.release.starter import Entry
from grader.solutions import EXPECTED, solutions_folder
from tests.conftest import ROOT

SOLUTIONS = solutions_folder()
# Shorter lines (`fi`, `import os`) are in every program; they are looked for in the labs alone.
TELLING = 12
KEY = "key.yaml"
# What any program says: an import, a handler's head, an interpreter.
_ANY_PROGRAM = re.compile(
    r"(import|from) [\w., ]+|except [\w., ()]+:|#!.*|time\.sleep\([\d.]+\)"
    r"|if __name__ == .*|with open\(.*:"
)


def _lines(path: Path) -> set[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return set()
    return {line.strip() for line in text.splitlines()} - {""}


def _given() -> str:
    """Return all that students read anyway, of any lab, as one text."""
    files = sorted((ROOT / "assignments").glob("*/*"))
    return "\n".join(line for file in files if file.is_file() for line in sorted(_lines(file)))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from _strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry)
    elif isinstance(value, str):
        yield from (line.strip() for line in value.splitlines())


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
        found |= set(_strings(yaml.safe_load(key.read_text(encoding="utf-8"))))
    given = _given()
    return {line for line in found if line not in given and not _ANY_PROGRAM.fullmatch(line)}


def leaks(lab: str, files: Mapping[str, bytes]) -> list[str]:
    """Return each secret of a lab that is in one of the files, with the file."""
    found = []
    for name, content in files.items():
        text = content.decode("utf-8", errors="replace")
        lines = {line.strip() for line in text.splitlines()}
        found += [
            f"{name}: {secret}"
            for secret in secrets(lab)
            if (secret in text if len(secret) >= TELLING else f"{lab}/" in name and secret in lines)
        ]
    return found


LABS = sorted(path.name for path in SOLUTIONS.iterdir() if path.is_dir())


@pytest.mark.parametrize("lab", LABS)
def test_no_solution_is_in_the_starter_repository(lab: str, released: dict[str, Entry]) -> None:
    """Neither a line of a solution nor a text of a key."""
    assert not leaks(lab, {name: entry.content for name, entry in released.items()})


@pytest.mark.parametrize("lab", LABS)
def test_no_solution_is_in_the_wheel(lab: str, wheel: Path) -> None:
    """The wheel is what students install: it holds no more of the solutions than the starter."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}

    assert not leaks(lab, files)
    assert not [name for name in files if "solutions/" in name or name.endswith(KEY)]


def test_the_search_finds_what_is_there() -> None:
    """A search that finds nothing anywhere would prove nothing."""
    lab = "05-volumes"
    line = max(secrets(lab), key=len)

    assert leaks(lab, {"somewhere.py": f"x = '''\n  {line}\n'''".encode()})
