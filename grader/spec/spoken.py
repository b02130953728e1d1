"""Reads `spoken.yaml`, beside a lab's key: answers as students write them, to try the key on."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from grader.core.models import Frozen
from grader.spec.keys import Text
from grader.spec.questions import FREE, Question
from grader.spec.reader import Reader, did_you_mean

SPOKEN_FILE = "spoken.yaml"


class Spoken(Frozen):
    """What students write for one question: the key has to take `right` and to refuse `wrong`."""

    right: tuple[Text, ...] = Field(min_length=5)
    wrong: tuple[Text, ...] = Field(min_length=3)


class _SpokenHead(Frozen):
    schema_: int = Field(alias="schema", ge=1, le=1)


def needs_spoken(question: Question) -> bool:
    """Return whether wordings cannot be made of a question's options, and no person judges it."""
    return question.kind != FREE and not question.params.lettered()


def read_spoken(reader: Reader, questions: Sequence[Question]) -> Mapping[str, Spoken]:
    """Return the wordings by question, after noting in `reader` what is wrong or missing."""
    raw = dict(reader.mapping(reader.document.value, (), "the spoken answers"))
    entries = reader.mapping(raw.pop("answers", None), ("answers",), "answers")
    reader.model(_SpokenHead, raw, ())
    asked = {question.id: question for question in questions if question.kind != FREE}
    found: dict[str, Spoken] = {}
    for name, entry in entries.items():
        if name not in asked:
            text = f"'{name}' is no question that a key answers{did_you_mean(name, asked)}"
            reader.problem(("answers", name), text)
        elif spoken := reader.model(Spoken, entry, ("answers", name)):
            found[name] = spoken
    for name, question in asked.items():
        if needs_spoken(question) and name not in entries:
            text = f"there are no answers to '{name}'; write five right ones and three near misses"
            reader.problem(("answers",), text)
    return found
