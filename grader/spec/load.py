"""Reads `assignment.yaml`: every problem with its line, all of them at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from grader.core.models import Frozen
from grader.spec import yaml
from grader.spec.assignment import Assignment, Check, ImageSpec, Params, SubmissionSpec, WordKind
from grader.spec.observation_kinds import OBSERVATIONS
from grader.spec.observations import Id, ObservationSpec
from grader.spec.public import SPEC_FILE
from grader.spec.questions import QUESTION_KINDS, Question
from grader.spec.reader import Reader, did_you_mean, read_document

# `${name}` is the shell's and `{{.Name}}` a template of Docker's.
_WORD = r"(?<![${])\{([a-z0-9-]+)\}"


class _Head(Frozen):
    """Everything of a spec but its observations, checks and questions."""

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


class _QuestionHead(Frozen):
    id: Id
    title: str = Field(min_length=1, max_length=120)
    points: int = Field(ge=1)
    prompt: str = Field(min_length=1)


@dataclass
class _Reader(Reader):
    """A reader of specs: knows the kinds of checks, and where each check and question stands."""

    kinds: Mapping[str, type[Params]] = field(default_factory=dict)
    places: list[yaml.Path] = field(default_factory=list)
    asked: list[yaml.Path] = field(default_factory=list)


def load_assignment(folder: Path, kinds: Mapping[str, type[Params]]) -> Assignment:
    """Return the assignment in `folder`; SpecError lists every problem as `file:line: text`."""
    path = folder / SPEC_FILE
    reader = _Reader(path, read_document(path), kinds=kinds)
    assignment = _read(reader, folder)
    if reader.problems or assignment is None:
        raise reader.give_up()
    return assignment


def _read(reader: _Reader, folder: Path) -> Assignment | None:
    raw = dict(reader.mapping(reader.document.value, (), "a spec"))
    observe = _observations(reader, raw.pop("observe", {}))
    parts, checks = _parts(reader, raw.pop("parts", None))
    questions = _questions(reader, raw.pop("questions")) if "questions" in raw else []
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
        questions=tuple(questions),
        folder=folder,
    )
    _cross_check(reader, assignment)
    return assignment


def _observations(reader: _Reader, value: yaml.Value) -> dict[str, ObservationSpec]:
    found: dict[str, ObservationSpec] = {}
    for name, entry in reader.mapping(value, ("observe",), "observe").items():
        at: yaml.Path = ("observe", name)
        body = reader.mapping(entry, at, f"the observation '{name}'")
        kind = reader.one_kind(body, OBSERVATIONS, at, "observation")
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
    kind = reader.one_kind(body, reader.kinds, at, "check")
    for extra in body.keys() - ({kind} if kind else set()):
        known = [*_CheckHead.model_fields, *reader.kinds]
        reader.problem((*at, extra), f"unknown key '{extra}'{did_you_mean(extra, known)}")
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


def _questions(reader: _Reader, value: yaml.Value) -> list[Question]:
    found: list[Question] = []
    for index, entry in enumerate(reader.sequence(value, ("questions",), "questions")):
        at: yaml.Path = ("questions", index)
        body = dict(reader.mapping(entry, at, "a question"))
        common = {key: body.pop(key) for key in _QuestionHead.model_fields if key in body}
        head = reader.model(_QuestionHead, common, at)
        kind = reader.one_kind(body, QUESTION_KINDS, at, "question")
        for extra in body.keys() - ({kind} if kind else set()):
            known = [*_QuestionHead.model_fields, *QUESTION_KINDS]
            reader.problem((*at, extra), f"unknown key '{extra}'{did_you_mean(extra, known)}")
        if kind is None:
            continue
        params = reader.model(QUESTION_KINDS[kind], body[kind], (*at, kind))
        if head is None or params is None:
            continue
        found.append(Question(head.id, head.title, head.points, head.prompt, kind, params))
        reader.asked.append(at)
    return found


def _cross_check(reader: _Reader, spec: Assignment) -> None:
    total = sum(check.points for check in spec.checks)
    total += sum(question.points for question in spec.questions)
    if total != spec.points:
        what = "checks and questions" if spec.questions else "checks"
        reader.problem(("points",), f"points is {spec.points}, but the {what} add up to {total}")
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
    _check_questions(reader, spec)


def _check_observation(
    reader: _Reader, spec: Assignment, name: str, entry: ObservationSpec
) -> None:
    at: yaml.Path = ("observe", name)
    for needed in entry.images():
        reader.known(needed, spec.images, at, "image")
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
        if re.fullmatch(_WORD, text):
            _check_text(reader, spec, text, ("observe", name))


def _check_text(reader: _Reader, spec: Assignment, text: str, at: yaml.Path) -> None:
    for found in re.finditer(_WORD, text):
        if found[1] not in spec.words:
            near = did_you_mean(found[1], spec.words)
            reader.problem(at, f"'{found[0]}' is not a word{near}")


def _check_order(reader: _Reader, spec: Assignment) -> None:
    seen: dict[str, Check] = {}
    for at, check in zip(reader.places, spec.checks, strict=True):
        if check.id in seen:
            reader.problem((*at, "id"), f"the check id '{check.id}' is used twice")
        for name in check.after:
            if name not in seen:
                near = did_you_mean(name, seen)
                reader.problem((*at, "after"), f"'{name}' is not an earlier check's id{near}")
            elif seen[name].hidden and not check.hidden:
                text = f"students see this check, so it cannot wait for the hidden '{name}'"
                reader.problem((*at, "after"), text)
            if check.after.count(name) > 1:
                reader.problem((*at, "after"), f"'{name}' is named twice")
        seen[check.id] = check
        for image in check.params.images():
            reader.known(image, spec.images, (*at, check.kind), "image")
        for name in check.params.observations():
            reader.known(name, spec.observe, (*at, check.kind, "of"), "observation")
        _check_text(reader, spec, check.reproduce, (*at, "reproduce"))


def _check_questions(reader: _Reader, spec: Assignment) -> None:
    checks = {check.id for check in spec.checks}
    asked: set[str] = set()
    for at, question in zip(reader.asked, spec.questions, strict=True):
        if question.id in checks:
            reader.problem((*at, "id"), f"the id '{question.id}' is a check's already")
        if question.id in asked:
            reader.problem((*at, "id"), f"the question id '{question.id}' is used twice")
        asked.add(question.id)
