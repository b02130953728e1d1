"""What the parts of a spec say about each other: names that must exist, points that must add up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.spec import yaml
from grader.spec.assignment import Assignment, Check, Params
from grader.spec.observations import ObservationSpec
from grader.spec.reader import Reader, did_you_mean

# `${name}` is the shell's and `{{.Name}}` a template of Docker's.
_WORD = r"(?<![${])\{([a-z0-9-]+)\}"


@dataclass
class SpecReader(Reader):
    """A reader of `assignment.yaml`; `content` is its bytes and `text` the same as text.

    `kinds` are the kinds of checks by name. `places` and `asked` are where each check and each
    question stands, in order.
    """

    content: bytes = b""
    text: str = ""
    kinds: Mapping[str, type[Params]] = field(default_factory=dict)
    places: list[yaml.Path] = field(default_factory=list)
    asked: list[yaml.Path] = field(default_factory=list)


def cross_check(reader: SpecReader, spec: Assignment) -> None:
    """Note every problem of a spec whose parts are each right for themselves."""
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
    reader: SpecReader, spec: Assignment, name: str, entry: ObservationSpec
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


def _check_files(reader: SpecReader, spec: Assignment) -> None:
    program = spec.submission.program
    if program and program not in spec.submission.provided:
        text = f"'{program}' is not among submission.provided"
        reader.problem(("submission", "program"), text)


def _check_words(reader: SpecReader, spec: Assignment, name: str, entry: ObservationSpec) -> None:
    for text in entry.texts():
        if re.fullmatch(_WORD, text):
            _check_text(reader, spec, text, ("observe", name))


def _check_text(reader: SpecReader, spec: Assignment, text: str, at: yaml.Path) -> None:
    for found in re.finditer(_WORD, text):
        if found[1] not in spec.words:
            near = did_you_mean(found[1], spec.words)
            reader.problem(at, f"'{found[0]}' is not a word{near}")


def _check_order(reader: SpecReader, spec: Assignment) -> None:
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


def _check_questions(reader: SpecReader, spec: Assignment) -> None:
    checks = {check.id for check in spec.checks}
    asked: set[str] = set()
    for at, question in zip(reader.asked, spec.questions, strict=True):
        if question.id in checks:
            reader.problem((*at, "id"), f"the id '{question.id}' is a check's already")
        if question.id in asked:
            reader.problem((*at, "id"), f"the question id '{question.id}' is used twice")
        asked.add(question.id)
