"""Loads a lab from its folder: `assignment.yaml` and the provided files, each read once.

Every problem is reported at once, each with its line.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from grader.core.models import Frozen
from grader.spec import yaml
from grader.spec.assignment import Assignment, Check, ImageSpec, Params, SubmissionSpec, WordKind
from grader.spec.cross_check import SpecReader, cross_check
from grader.spec.observation_kinds import OBSERVATIONS
from grader.spec.observations import Id, ObservationSpec
from grader.spec.public import SPEC_FILE, public_text
from grader.spec.questions import QUESTION_KINDS, Question
from grader.spec.reader import did_you_mean, parse_document, read_content, read_text


class SpecHead(Frozen):
    """Everything of a spec but its observations, checks and questions."""

    schema_: int = Field(alias="schema", ge=1, le=1)
    id: Id
    title: str = Field(min_length=1)
    points: int = Field(ge=0)
    bases: tuple[str, ...] = Field(min_length=1)
    submission: SubmissionSpec
    images: Mapping[Id, ImageSpec] = Field(default_factory=dict)
    words: Mapping[Id, WordKind] = Field(default_factory=dict)


class PartHead(Frozen):
    """Everything of a part but its checks."""

    id: Id
    title: str = Field(min_length=1)


Hints = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(max_length=3)]


class CheckHead(Frozen):
    """What every check can say, whatever its kind."""

    id: Id
    title: str = Field(min_length=1)
    points: int = Field(ge=1)
    after: tuple[Id, ...] = ()
    hint: Hints = ()
    reproduce: str = ""
    hidden: bool = False


class QuestionHead(Frozen):
    """What every question says, whatever its kind."""

    id: Id
    title: str = Field(min_length=1, max_length=120)
    points: int = Field(ge=1)
    prompt: str = Field(min_length=1)


def load_assignment(folder: Path, kinds: Mapping[str, type[Params]]) -> Assignment:
    """Return the lab in `folder`; SpecError lists every problem as `file:line: text`.

    `kinds` are the parameters of each kind of check, by its name: the rows of kinds belong to
    `judge`, which imports this room.
    """
    path = folder / SPEC_FILE
    content = read_content(path)
    text = read_text(path, content)
    reader = SpecReader(path, parse_document(path, text), kinds=kinds, content=content, text=text)
    assignment = _read(reader, folder)
    if reader.problems or assignment is None:
        raise reader.give_up()
    return assignment


def _read(reader: SpecReader, folder: Path) -> Assignment | None:
    raw = dict(reader.mapping(reader.document.value, (), "a spec"))
    observe = _observations(reader, raw.pop("observe", {}))
    parts, checks = _parts(reader, raw.pop("parts", None))
    questions = _questions(reader, raw.pop("questions")) if "questions" in raw else []
    head = reader.model(SpecHead, raw, ())
    if head is None:
        return None
    provided = _provided(reader, folder, head.submission)
    public = public_text(reader.text, reader.document.value)
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
        provided=provided,
        given={**provided, SPEC_FILE: public.encode()},
        digest=_digest(reader.content, provided),
    )
    cross_check(reader, assignment)
    return assignment


def _provided(reader: SpecReader, folder: Path, submission: SubmissionSpec) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for index, name in enumerate(submission.provided):
        at: yaml.Path = ("submission", "provided", index)
        try:
            found[name] = (folder / name).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            reader.problem(at, f"the provided file '{name}' is not in {folder}")
        except OSError as error:
            reader.problem(at, f"the provided file '{name}' cannot be read: {error.strerror}")
    return found


def _digest(spec: bytes, provided: Mapping[str, bytes]) -> str:
    """Return a SHA-256 over the spec and the provided files."""
    total = hashlib.sha256(spec)
    for name, content in sorted(provided.items()):
        total.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _observations(reader: SpecReader, value: yaml.Value) -> dict[str, ObservationSpec]:
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


def _parts(reader: SpecReader, value: yaml.Value) -> tuple[dict[str, str], list[Check]]:
    titles: dict[str, str] = {}
    checks: list[Check] = []
    for index, entry in enumerate(reader.sequence(value, ("parts",), "parts")):
        at: yaml.Path = ("parts", index)
        body = dict(reader.mapping(entry, at, "a part"))
        rows = reader.sequence(body.pop("checks", None), (*at, "checks"), "checks")
        part = reader.model(PartHead, body, at)
        if part:
            if part.id in titles:
                reader.problem((*at, "id"), f"the part id '{part.id}' is used twice")
            titles[part.id] = part.title
        for number, row in enumerate(rows):
            if check := _check(reader, row, (*at, "checks", number), part.id if part else ""):
                checks.append(check)
                reader.places.append((*at, "checks", number))
    return titles, checks


def _check(reader: SpecReader, value: yaml.Value, at: yaml.Path, part: str) -> Check | None:
    body = dict(reader.mapping(value, at, "a check"))
    common = {key: body.pop(key) for key in CheckHead.model_fields if key in body}
    for key in ("after", "hint"):
        if isinstance(common.get(key), str):
            common[key] = [common[key]]
    head = reader.model(CheckHead, common, at)
    kind = reader.one_kind(body, reader.kinds, at, "check")
    for extra in body.keys() - ({kind} if kind else set()):
        known = [*CheckHead.model_fields, *reader.kinds]
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
        hints=head.hint,
        reproduce=head.reproduce,
        hidden=head.hidden,
    )


def _questions(reader: SpecReader, value: yaml.Value) -> list[Question]:
    found: list[Question] = []
    for index, entry in enumerate(reader.sequence(value, ("questions",), "questions")):
        at: yaml.Path = ("questions", index)
        body = dict(reader.mapping(entry, at, "a question"))
        common = {key: body.pop(key) for key in QuestionHead.model_fields if key in body}
        head = reader.model(QuestionHead, common, at)
        kind = reader.one_kind(body, QUESTION_KINDS, at, "question")
        for extra in body.keys() - ({kind} if kind else set()):
            known = [*QuestionHead.model_fields, *QUESTION_KINDS]
            reader.problem((*at, extra), f"unknown key '{extra}'{did_you_mean(extra, known)}")
        if kind is None:
            continue
        params = reader.model(QUESTION_KINDS[kind], body[kind], (*at, kind))
        if head is None or params is None:
            continue
        found.append(Question(head.id, head.title, head.points, head.prompt, kind, params))
        reader.asked.append(at)
    return found
