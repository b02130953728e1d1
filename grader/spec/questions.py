"""What a spec can ask under `questions`: a model for each kind, and the table of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from grader.core.models import Frozen

Letter = Annotated[str, StringConstraints(pattern=r"^[a-z]$")]
_Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\r\n]+$")]
_Lettered = Annotated[Mapping[Letter, _Line], Field(min_length=2, max_length=12)]


class QuestionParams(Frozen):
    """What an author writes for one kind of question; each kind has its own class."""

    def lettered(self) -> Mapping[str, str]:
        """Return the texts that students choose from or put in order, by letter; empty if none."""
        return {}


class Choice(QuestionParams):
    """One of the options is right."""

    options: _Lettered

    def lettered(self) -> Mapping[str, str]:
        return self.options


class Choices(QuestionParams):
    """Each of the options is right or not: the answer is an exact set of at least one."""

    options: _Lettered

    def lettered(self) -> Mapping[str, str]:
        return self.options


class Number(QuestionParams):
    """A number; `unit` is shown with the question and assumed where an answer names none."""

    unit: str = ""


class Text(QuestionParams):
    """A few words."""


class Order(QuestionParams):
    """The items, put in order."""

    items: _Lettered

    def lettered(self) -> Mapping[str, str]:
        return self.items


class ProcessTable(QuestionParams):
    """What `ps -ef` or `docker top` printed, pasted."""


class Free(QuestionParams):
    """Sentences, marked by a person against a rubric."""


FREE = "free"  # the kind that a person marks
QUESTION_KINDS: Mapping[str, type[QuestionParams]] = {
    "choice": Choice,
    "choices": Choices,
    FREE: Free,
    "number": Number,
    "order": Order,
    "process-table": ProcessTable,
    "text": Text,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a lab; `prompt` is Markdown, `params` what its `kind` says."""

    id: str
    title: str
    points: int
    prompt: str
    kind: str
    params: QuestionParams
