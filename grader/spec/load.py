"""Reads `assignment.yaml`: every problem with its line, all of them at once."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from grader.errors import SpecError
from grader.frozen import Frozen
from grader.spec import yaml
from grader.spec.kinds import OBSERVATIONS
from grader.spec.model import (
    Assignment,
    Check,
    ImageSpec,
    Params,
    SubmissionSpec,
    WordKind,
    fill,
)
from grader.spec.observations import Id, ObservationSpec
from grader.spec.public import SPEC_FILE

M = TypeVar("M", bound=Frozen)


class _Head(Frozen):
    """Everything of a spec but its observations and checks."""

    schema_: int = Field(alias="schema", ge=1, le=1)
    id: Id
    title: str = Field(min_length=1)
    points: int = Field(ge=0)
    bases: tuple[str, ...] = Field(min_length=1)
    submission: SubmissionSpec
    images: Mapping[Id, ImageSpec] = Field(default_factory=dict)
    words: Mapping[Id, WordKind] = Field(default_factory=dict)


class _Part(Frozen):
    id: Id
    title: str = Field(min_length=1)


class _CheckHead(Frozen):
    id: Id
    title: str = Field(min_length=1)
    points: int = Field(ge=1)
    after: tuple[Id, ...] = ()
    hint: str = ""
    reproduce: str = ""
    hidden: bool = False


@dataclass
class _Reader:
    """Collects problems while it turns plain values into models."""

    path: Path
    document: yaml.Document
    kinds: Mapping[str, type[Params]]
    # What was found wrong so far, and where each check that could be read stands.
    problems: list[tuple[int, str]] = field(default_factory=list)
    places: list[yaml.Path] = field(default_factory=list)

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


def load_assignment(folder: Path, kinds: Mapping[str, type[Params]]) -> Assignment:
    """Return the assignment in `folder`; SpecError lists every problem as `file:line: text`."""
    path = folder / SPEC_FILE
    try:
        document = yaml.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError([f"{path}:1: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise SpecError([f"{path}:1: is not UTF-8 text (byte {error.start})"]) from error
    except yaml.YamlError as error:
        raise SpecError([f"{path}:{error.line}: {error.message}"]) from error
    reader = _Reader(path, document, kinds)
    assignment = _read(reader, folder)
    if reader.problems or assignment is None:
        lines = sorted(set(reader.problems))
        raise SpecError([f"{path}:{line}: {text}" for line, text in lines])
    return assignment


def _read(reader: _Reader, folder: Path) -> Assignment | None:
    raw = dict(reader.mapping(reader.document.value, (), "a spec"))
    observe = _observations(reader, raw.pop("observe", {}))
    parts, checks = _parts(reader, raw.pop("parts", None))
    head = reader.model(_Head, raw, ())
    if head is None:
        return None
    assignment = Assignment(
        id=head.id,
        title=head.title,
        points=head.points,
        bases=head.bases,
        submission=head.submission,
        images=head.images,
        words=head.words,
        observe=observe,
        parts=parts,
        checks=tuple(checks),
        folder=folder,
    )
    _cross_check(reader, assignment)
    return assignment


def _observations(reader: _Reader, value: yaml.Value) -> dict[str, ObservationSpec]:
    found: dict[str, ObservationSpec] = {}
    for name, entry in reader.mapping(value, ("observe",), "observe").items():
        at: yaml.Path = ("observe", name)
        body = reader.mapping(entry, at, f"the observation '{name}'")
        kind = _one_kind(reader, body, OBSERVATIONS, at, "observation")
        if kind and (spec := reader.model(OBSERVATIONS[kind], body[kind], (*at, kind))):
            found[name] = spec
        for extra in body.keys() - {kind} if kind else ():
            reader.problem((*at, extra), f"unknown key '{extra}' beside '{kind}'")
    return found


def _parts(reader: _Reader, value: yaml.Value) -> tuple[dict[str, str], list[Check]]:
    titles: dict[str, str] = {}
    checks: list[Check] = []
    for index, entry in enumerate(reader.sequence(value, ("parts",), "parts")):
        at: yaml.Path = ("parts", index)
        body = dict(reader.mapping(entry, at, "a part"))
        rows = reader.sequence(body.pop("checks", None), (*at, "checks"), "checks")
        part = reader.model(_Part, body, at)
        if part:
            if part.id in titles:
                reader.problem((*at, "id"), f"the part id '{part.id}' is used twice")
            titles[part.id] = part.title
        for number, row in enumerate(rows):
            if check := _check(reader, row, (*at, "checks", number), part.id if part else ""):
                checks.append(check)
                reader.places.append((*at, "checks", number))
    return titles, checks


def _check(reader: _Reader, value: yaml.Value, at: yaml.Path, part: str) -> Check | None:
    body = dict(reader.mapping(value, at, "a check"))
    common = {key: body.pop(key) for key in _CheckHead.model_fields if key in body}
    if isinstance(common.get("after"), str):
        common["after"] = [common["after"]]
    head = reader.model(_CheckHead, common, at)
    kind = _one_kind(reader, body, reader.kinds, at, "check")
    for extra in body.keys() - ({kind} if kind else set()):
        known = [*_CheckHead.model_fields, *reader.kinds]
        reader.problem((*at, extra), f"unknown key '{extra}'{_did_you_mean(extra, known)}")
    if kind is None:
        return None
    params = reader.model(reader.kinds[kind], body[kind], (*at, kind))
    if head is None or params is None:
        return None
    return Check(
        id=head.id,
        title=head.title,
        points=head.points,
        part=part,
        kind=kind,
        params=params,
        after=head.after,
        hint=head.hint,
        reproduce=head.reproduce,
        hidden=head.hidden,
    )


def _one_kind(
    reader: _Reader, body: Mapping[str, yaml.Value], kinds: Iterable[str], at: yaml.Path, what: str
) -> str | None:
    named = [key for key in body if key in kinds]
    if len(named) == 1:
        return named[0]
    every = ", ".join(sorted(kinds))
    if named:
        reader.problem(
            (*at, named[1]), f"a {what} has one kind, this one has {' and '.join(named)}"
        )
    else:
        reader.problem(at, f"this {what} names no kind; it needs one of: {every}")
    return None


def _cross_check(reader: _Reader, spec: Assignment) -> None:
    total = sum(check.points for check in spec.checks)
    if total != spec.points:
        reader.problem(("points",), f"points is {spec.points}, but the checks add up to {total}")
    if spec.id != spec.folder.name:
        reader.problem(("id",), f"id is '{spec.id}', but the folder is called '{spec.folder.name}'")
    if all(check.hidden for check in spec.checks) and spec.checks:
        reader.problem(("parts",), "every check is hidden; students need one they can see")
    _check_files(reader, spec)
    for name, image in spec.images.items():
        if image.dockerfile not in spec.submission.files:
            text = f"'{image.dockerfile}' is not among submission.files"
            reader.problem(("images", name, "dockerfile"), text)
    for name, entry in spec.observe.items():
        if name in spec.images:
            reader.problem(("observe", name), f"'{name}' is the name of an image already")
        _check_observation(reader, spec, name, entry)
    _check_order(reader, spec)


def _check_observation(
    reader: _Reader, spec: Assignment, name: str, entry: ObservationSpec
) -> None:
    at: yaml.Path = ("observe", name)
    for needed in entry.images():
        _known(reader, needed, spec.images, at, "image")
    lists = {
        "files": (entry.submitted(), spec.submission.files),
        "provided": (entry.provided(), spec.submission.provided),
    }
    for where, (wanted, listed) in lists.items():
        for file in wanted:
            if file not in listed:
                reader.problem(at, f"'{file}' is not among submission.{where}")
    _check_words(reader, spec, name, entry)
    if not any(name in check.params.observations() for check in spec.checks):
        reader.problem(at, f"no check looks at the observation '{name}'")


def _check_files(reader: _Reader, spec: Assignment) -> None:
    for index, name in enumerate(spec.submission.provided):
        if not (spec.folder / name).is_file():
            at: yaml.Path = ("submission", "provided", index)
            reader.problem(at, f"the provided file '{name}' is not in {spec.folder}")
    program = spec.submission.program
    if program and program not in spec.submission.provided:
        text = f"'{program}' is not among submission.provided"
        reader.problem(("submission", "program"), text)


def _check_words(reader: _Reader, spec: Assignment, name: str, entry: ObservationSpec) -> None:
    for text in entry.texts():
        left = fill(text, dict.fromkeys(spec.words, ""))
        if re.fullmatch(r"\{[a-z0-9-]+\}", left):
            near = _did_you_mean(left[1:-1], spec.words)
            reader.problem(("observe", name), f"'{text}' is not a word{near}")


def _check_order(reader: _Reader, spec: Assignment) -> None:
    seen: dict[str, Check] = {}
    for at, check in zip(reader.places, spec.checks, strict=True):
        if check.id in seen:
            reader.problem((*at, "id"), f"the check id '{check.id}' is used twice")
        for name in check.after:
            if name not in seen:
                near = _did_you_mean(name, seen)
                reader.problem((*at, "after"), f"'{name}' is not an earlier check's id{near}")
            elif seen[name].hidden and not check.hidden:
                text = f"students see this check, so it cannot wait for the hidden '{name}'"
                reader.problem((*at, "after"), text)
            if check.after.count(name) > 1:
                reader.problem((*at, "after"), f"'{name}' is named twice")
        seen[check.id] = check
        for image in check.params.images():
            _known(reader, image, spec.images, (*at, check.kind), "image")
        for name in check.params.observations():
            _known(reader, name, spec.observe, (*at, check.kind, "of"), "observation")


def _known(reader: _Reader, name: str, names: Iterable[str], at: yaml.Path, what: str) -> None:
    known = list(names)
    if name not in known:
        reader.problem(at, f"there is no {what} '{name}'{_did_you_mean(name, known)}")


def _explain(kind: str, message: str, loc: tuple[str | int, ...], model: type[Frozen]) -> str:
    key = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        fields = [f.alias or name for name, f in model.model_fields.items()]
        return f"unknown key '{key}'{_did_you_mean(key, fields)}"
    if kind == "missing":
        return f"the key '{key}' is missing"
    where = ".".join(map(str, loc)) or "this"
    return f"{where}: {message[0].lower()}{message[1:]}"


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known are: {', '.join(names)}" if names else ""


def _name(value: yaml.Value) -> str:
    return {type(None): "nothing", list: "a list", str: "text"}.get(type(value), "a plain value")
