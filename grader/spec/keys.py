"""Reads `key.yaml`, the answers to a lab's questions: every problem with its line.

Keys are for staff: they live beside the solutions, and nothing in them is ever shown in a result.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from grader.core.errors import SpecError, UsageError
from grader.core.models import Frozen
from grader.spec import yaml
from grader.spec.assignment import Assignment
from grader.spec.patterns import Pattern
from grader.spec.questions import Letter, Question
from grader.spec.reader import Reader, did_you_mean, read_document

KEY_FILE = "key.yaml"


def _as_text(value: object) -> object:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if plain else value


# An answer in words; YAML reads a bare number as one.
Text = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(min_length=1),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1}),
]


class KeyAnswer(Frozen):
    """The right answer to one question; each kind has its own class. Only staff see `why`."""

    why: str = ""

    def letters(self) -> Sequence[str]:
        """Return the letters of the options that the answer names, if it is about options."""
        return ()


class ChoiceKey(KeyAnswer):
    """The letter of the right option."""

    choice: Letter

    def letters(self) -> Sequence[str]:
        return (self.choice,)


class ChoicesKey(KeyAnswer):
    """The letters of all right options."""

    choices: tuple[Letter, ...] = Field(min_length=1)

    def letters(self) -> Sequence[str]:
        return self.choices


class NumberValue(Frozen):
    """A number and how far an answer may be from it, both in the question's own unit.

    `units` are further units that an answer may use: what one of each is in the question's.
    """

    value: float
    tolerance: float = Field(default=0, ge=0)
    units: Mapping[str, float] = Field(default_factory=dict)


class NumberKey(KeyAnswer):
    """The right number."""

    number: NumberValue


class TextValue(Frozen):
    """Accepted wordings, and a pattern: a normalised answer must equal one or match as a whole."""

    any: tuple[Text, ...] = ()
    pattern: Pattern | None = None


class TextKey(KeyAnswer):
    """The right words."""

    text: TextValue


class OrderKey(KeyAnswer):
    """The letters of all items, in the right order."""

    order: tuple[Letter, ...] = Field(min_length=2)

    def letters(self) -> Sequence[str]:
        return self.order


class Family(Frozen):
    """A process that must be the child of another; both are patterns for whole command lines."""

    parent: Pattern
    child: Pattern


class TableValue(Frozen):
    """What a process table must show: PID 1, children with their parents, and none of `lacks`."""

    pid1: Pattern
    families: tuple[Family, ...] = ()
    lacks: tuple[Pattern, ...] = ()


class TableKey(KeyAnswer):
    """The processes of a right table."""

    table: TableValue = Field(alias="process-table")


class RubricRow(Frozen):
    """One thing that a free answer can contain, and the points for it."""

    points: int = Field(ge=1)
    text: str = Field(min_length=1)


class FreeValue(Frozen):
    """The rubric by which a person marks a free answer, and a model answer."""

    rubric: tuple[RubricRow, ...] = Field(min_length=1)
    model: str = Field(min_length=1)


class FreeKey(KeyAnswer):
    """How a free answer is marked."""

    free: FreeValue


KEY_KINDS: Mapping[str, type[KeyAnswer]] = {
    "choice": ChoiceKey,
    "choices": ChoicesKey,
    "free": FreeKey,
    "number": NumberKey,
    "order": OrderKey,
    "process-table": TableKey,
    "text": TextKey,
}


class KeyHead(Frozen):
    """Everything of a key but its answers."""

    schema_: int = Field(alias="schema", ge=1, le=1)


@dataclass(frozen=True, slots=True)
class Key:
    """The key of one lab: the right answer to each of its questions, by id.

    `digest` is a SHA-256 over the answers.
    """

    lab: str
    answers: Mapping[str, KeyAnswer]

    @property
    def digest(self) -> str:
        plain = {name: answer.model_dump(mode="json") for name, answer in self.answers.items()}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def load_keys(folder: Path, assignments: Sequence[Assignment]) -> dict[str, Key]:
    """Return the keys in `folder`/<lab>/key.yaml of all labs that ask something, by lab id.

    SpecError lists the problems of all files; UsageError if `folder` holds no key at all.
    """
    asking = [assignment for assignment in assignments if assignment.questions]
    if asking and not any((folder / lab.id / KEY_FILE).exists() for lab in asking):
        raise UsageError(
            f"There is no {asking[0].id}/{KEY_FILE} in {folder}, nor one of another lab. "
            "Name the folder that holds the labs' solutions."
        )
    keys: dict[str, Key] = {}
    problems: list[str] = []
    for lab in asking:
        try:
            keys[lab.id] = load_key(folder / lab.id / KEY_FILE, lab)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return keys


def load_key(path: Path, assignment: Assignment) -> Key:
    """Return the key in `path`; SpecError lists every problem as `file:line: text`."""
    reader = Reader(path, read_document(path))
    raw = dict(reader.mapping(reader.document.value, (), "a key"))
    entries = reader.mapping(raw.pop("answers", None), ("answers",), "answers")
    reader.model(KeyHead, raw, ())
    asked = {question.id: question for question in assignment.questions}
    answers: dict[str, KeyAnswer] = {}
    for name, entry in entries.items():
        at: yaml.Path = ("answers", name)
        if name not in asked:
            near = did_you_mean(name, asked)
            reader.problem(at, f"{assignment.id} asks no question '{name}'{near}")
        elif answer := _answer(reader, asked[name], entry, at):
            answers[name] = answer
    for name in asked.keys() - entries.keys():
        reader.problem(("answers",), f"there is no answer to the question '{name}'")
    if reader.problems:
        raise reader.give_up()
    return Key(assignment.id, answers)


def _answer(
    reader: Reader, question: Question, value: yaml.Value, at: yaml.Path
) -> KeyAnswer | None:
    body = reader.mapping(value, at, f"the answer to '{question.id}'")
    kind = reader.one_kind(body, KEY_KINDS, at, "answer")
    if kind is None:
        return None
    if kind != question.kind:
        text = f"'{question.id}' is a question of the kind {question.kind}, not {kind}"
        reader.problem((*at, kind), text)
        return None
    answer = reader.model(KEY_KINDS[kind], body, at)
    if answer is None:
        return None
    before = len(reader.problems)
    _letters(reader, question, answer, (*at, kind))
    if isinstance(answer, TextKey) and not answer.text.any and answer.text.pattern is None:
        reader.problem((*at, kind), "text needs any, pattern or both")
    if isinstance(answer, FreeKey):
        total = sum(row.points for row in answer.free.rubric)
        if total != question.points:
            text = f"the rubric adds up to {total} points, the question has {question.points}"
            reader.problem((*at, kind, "rubric"), text)
    return answer if len(reader.problems) == before else None


def _letters(reader: Reader, question: Question, answer: KeyAnswer, at: yaml.Path) -> None:
    letters = answer.letters()
    options = question.params.lettered()
    for letter in dict.fromkeys(letters):
        reader.known(letter, options, at, "option") if options else None
    if len(set(letters)) != len(letters):
        reader.problem(at, "a letter stands here twice")
    if isinstance(answer, OrderKey) and (left := sorted(options.keys() - set(letters))):
        reader.problem(at, f"an order needs every item; missing: {', '.join(left)}")
