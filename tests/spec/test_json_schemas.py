"""The JSON Schemas that editors read, held by validators against what our loaders take."""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from grader.cli.schema import schemas
from grader.core.errors import SpecError
from grader.judge.check_kinds import PARAMS
from grader.release.starter import StarterFile
from grader.spec import yaml
from grader.spec.load import load_assignment
from grader.spec.public import MODELINE
from grader.spec.yaml import Value
from tests.conftest import ROOT

SPECS = sorted((ROOT / "assignments").glob("*/assignment.yaml"))
KEYS = sorted((ROOT / "solutions").glob("*/key.yaml"))
FOLDER = ROOT / "assignments" / ".schemas"
_FIRST = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")


def _named(path: Path, text: str) -> Path:
    """Return the schema that a file's first line names."""
    found = _FIRST.match(text)
    assert found, path
    return (path.parent / found[1]).resolve()


def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a second to load

    found = schemas()[name]
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def test_the_schemas_in_the_checkout_are_what_the_models_make_today() -> None:
    """`grader schema --to assignments/.schemas` writes them anew."""
    kept = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.iterdir()}

    assert kept == schemas()


@pytest.mark.parametrize("paths", [SPECS, KEYS], ids=["specs", "keys"])
def test_an_independent_validator_takes_every_file_by_the_schema_it_names(
    paths: list[Path],
) -> None:
    """It reads YAML 1.2 as editors do, not as our loader does."""
    (named,) = {_named(path, path.read_text(encoding="utf-8")) for path in paths}

    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--schemafile", named, *paths],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_released_spec_finds_its_schema_in_the_release(
    released: dict[str, StarterFile], tmp_path: Path
) -> None:
    """The same relative path as in the checkout; the schemas of keys and courses stay here."""
    for name, entry in released.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(entry.content)
    specs = sorted(tmp_path.glob("*/assignment.yaml"))
    validator = _validator("assignment.schema.json")

    assert len(specs) == len(SPECS)
    for path in specs:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(MODELINE)
        assert json.loads(_named(path, text).read_text(encoding="utf-8")) == validator.schema
        validator.validate(yaml.load(text).value)
    assert [path.name for path in tmp_path.rglob("*.schema.json")] == ["assignment.schema.json"]


def _places(value: Value, path: yaml.Path = ()) -> Iterator[yaml.Path]:
    """Yield every path of a document, its own first."""
    yield path
    entries = value.items() if isinstance(value, dict) else ()
    for key, entry in entries:
        yield from _places(entry, (*path, key))
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        yield from _places(entry, (*path, index))


def _at(value: Any, path: yaml.Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _changed(value: Value) -> Iterator[tuple[str, Any]]:
    """Yield a document in which one thing was changed, for each thing and change, with its name."""
    for path in _places(value):
        other: Any = copy.deepcopy(value)
        here = _at(other, path)
        if isinstance(here, dict):
            here["no-such-key"] = {"no": "such"}
            yield f"{path}: one more key", other
        if path:
            other = copy.deepcopy(value)
            del _at(other, path[:-1])[path[-1]]
            yield f"{path}: left out", other
            other = copy.deepcopy(value)
            _at(other, path[:-1])[path[-1]] = {"what": ["is", "this"]}
            yield f"{path}: something else", other


def _problems(folder: Path) -> tuple[str, ...]:
    try:
        load_assignment(folder, PARAMS)
    except SpecError as error:
        return tuple(error.problems)
    return ()


def _shape(message: str) -> bool:
    return "unknown key 'no-such-key'" in message or "is missing" in message


def test_what_the_loader_takes_fits_the_schema_and_lost_or_unknown_keys_do_not(
    tmp_path: Path,
) -> None:
    """One change at a time: a key more, a key less, and something else in its place.

    The schema may take what the loader refuses for what it says of another place. What the loader
    says of a place alone, the schema says, too.
    """
    name = "06-networks"  # observations, checks and questions of most kinds
    validator = _validator("assignment.schema.json")
    folder = tmp_path / name
    folder.mkdir()
    source = ROOT / "assignments" / name
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    value = yaml.load((source / "assignment.yaml").read_text(encoding="utf-8")).value
    refused = 0

    for what, changed in islice(_changed(value), 0, None, 5):  # a fifth of some thousand
        (folder / "assignment.yaml").write_text(json.dumps(changed), encoding="utf-8")
        problems = _problems(folder)
        lost = [problem for problem in problems if _shape(problem)]
        refused += bool(lost)
        if lost or not problems:
            assert validator.is_valid(changed) == (not lost), f"{what}: {problems}"
    assert refused > 50
