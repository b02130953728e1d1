"""Turns a YAML file into models: collects every problem with its line, in words for an author."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from grader.core.errors import SpecError
from grader.core.models import Frozen
from grader.spec import yaml

M = TypeVar("M", bound=Frozen)


@dataclass
class Reader:
    """Collects problems while it turns plain values into models."""

    path: Path
    document: yaml.Document
    problems: list[tuple[int, str]] = field(default_factory=list)

    def problem(self, at: yaml.Path, text: str) -> None:
        self.problems.append((self.document.line(at), text))

    def model(self, kind: type[M], value: yaml.Value, at: yaml.Path) -> M | None:
        """Return the validated model, or None after noting what is wrong and where."""
        try:
            return kind.model_validate_json(json.dumps(value))
        except ValidationError as error:
            for item in error.errors():
                place = (*at, *item["loc"])
                self.problem(place, _explain(item["type"], item["msg"], item["loc"], kind))
            return None

    def mapping(self, value: yaml.Value, at: yaml.Path, what: str) -> dict[str, yaml.Value]:
        """Return `value` if it is a mapping, else an empty one after noting the problem."""
        if isinstance(value, dict):
            return value
        self.problem(at, f"{what} must be a mapping of keys to values, not {_name(value)}")
        return {}

    def sequence(self, value: yaml.Value, at: yaml.Path, what: str) -> list[yaml.Value]:
        """Return `value` if it is a non-empty list, else an empty one after noting the problem."""
        if isinstance(value, list) and value:
            return value
        self.problem(at, f"{what} must be a list with at least one entry")
        return []

    def one_kind(
        self, body: Mapping[str, yaml.Value], kinds: Iterable[str], at: yaml.Path, what: str
    ) -> str | None:
        """Return the one key of `body` that names a kind, else None after noting the problem."""
        every = sorted(kinds)
        named = [key for key in body if key in every]
        if len(named) == 1:
            return named[0]
        if named:
            self.problem(
                (*at, named[1]), f"a {what} has one kind, this one has {' and '.join(named)}"
            )
        else:
            text = f"this {what} names no kind; it needs one of: {', '.join(every)}"
            self.problem(at, text)
        return None

    def known(self, name: str, names: Iterable[str], at: yaml.Path, what: str) -> None:
        """Note a problem unless `name` is one of `names`."""
        every = list(names)
        if name not in every:
            self.problem(at, f"there is no {what} '{name}'{did_you_mean(name, every)}")

    def give_up(self) -> SpecError:
        """Return the error that lists every problem as `file:line: text`, in order."""
        lines = sorted(set(self.problems))
        return SpecError([f"{self.path}:{line}: {text}" for line, text in lines])


def read_document(path: Path) -> yaml.Document:
    """Return the YAML document in `path`; SpecError with its line if there is none."""
    return parse_document(path, read_text(path, read_content(path)))


def read_content(path: Path) -> bytes:
    """Return the bytes of a file; SpecError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpecError([f"{path}:1: cannot be read: {error.strerror}"]) from error


def read_text(path: Path, content: bytes) -> str:
    """Return the content of `path` as text with Unix line ends; SpecError if it is not UTF-8."""
    try:
        return content.decode().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise SpecError([f"{path}:1: is not UTF-8 text (byte {error.start})"]) from error


def parse_document(path: Path, text: str) -> yaml.Document:
    """Return the YAML document that is the text of `path`; SpecError with its line if none is."""
    try:
        return yaml.load(text)
    except yaml.YamlError as error:
        raise SpecError([f"{path}:{error.line}: {error.message}"]) from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown word: the nearest known one, or all of them."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known are: {', '.join(names)}" if names else ""


def _explain(kind: str, message: str, loc: tuple[str | int, ...], model: type[Frozen]) -> str:
    key = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        # Only the keys of the model itself are known here, not those of one further down.
        named = model.model_fields.items() if len(loc) == 1 else ()
        fields = [f.alias or name for name, f in named]
        return f"unknown key '{key}'{did_you_mean(key, fields)}"
    if kind == "missing":
        return f"the key '{key}' is missing"
    where = ".".join(map(str, loc)) or "this"
    message = message.removeprefix("Value error, ")
    return f"{where}: {message[0].lower()}{message[1:]}"


def _name(value: yaml.Value) -> str:
    return {type(None): "nothing", list: "a list", str: "text"}.get(type(value), "a plain value")
