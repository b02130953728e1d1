"""How the cells of a lab's notebook are told apart, and what stands in an untouched one.

The writer and the reader of notebooks share nothing but this.
"""

import re
from collections.abc import Mapping

from grader.spec.questions import Number, Question

# An underscore is in no question's id, so a prompt's name is never an answer's.
PROMPT = "prompt_"
INTRODUCTION = "introduction_"

_STUBS: Mapping[str, str] = {
    "choice": "*Write one letter in place of this line.*",
    "choices": "*Write every right letter in place of this line, with commas between them.*",
    "free": "*Write your answer in place of this line, in a few sentences.*",
    "order": "*Write all the letters in place of this line, in the right order.*",
    "process-table": "*Paste the table in place of this line.*",
    "text": "*Write your answer in place of this line, in a few words.*",
}
_NAME_LINE = re.compile(r"[ \t]*<!--[ \t]*(answer|question):[ \t]*([a-z0-9-]{1,63})[ \t]*-->[ \t]*")

# The heading of a question's cell and the line with its points, as in templates/answers.md.j2.
_HEAD_LINE = re.compile(
    r"[ \t]*(?:<!--.*-->|## \d{1,3}\. .*|\*\d{1,3} points?(?:, marked by a person)?\*)?[ \t]*"
)


def stub(question: Question) -> str:
    """Return the line that a student replaces by the answer."""
    if isinstance(question.params, Number):
        unit = f", in {question.params.unit}" if question.params.unit else ""
        return f"*Write the number in place of this line{unit}.*"
    return _STUBS[question.kind]


def name_line(what: str, question: Question) -> str:
    """Return the comment by which a cell is found where its metadata got lost.

    `what` is `answer` or `question`.
    """
    return f"<!-- {what}: {question.id} -->"


def named(source: str) -> tuple[str, str] | None:
    """Return what a cell's first line with text says it is, and of which question."""
    first = next((line for line in source.split("\n") if line.strip()), "")
    found = _NAME_LINE.fullmatch(first)
    return (found[1], found[2]) if found else None


def added(question: Question, source: str) -> str:
    """Return what a student wrote into a question's own cell: the lines that it did not have."""
    had = {line.strip() for line in question.prompt.split("\n")}
    had |= {f"- **{letter})** {text}" for letter, text in question.params.lettered().items()}
    lines = [line for line in source.split("\n") if line.strip() not in had]
    return "\n".join(line for line in lines if not _HEAD_LINE.fullmatch(line)).strip()


def written(question: Question, source: str) -> str:
    """Return what a student wrote into an answer's cell: its text without what was there."""
    lines = [line for line in source.split("\n") if not _NAME_LINE.fullmatch(line)]
    return "\n".join(lines).replace(stub(question), "", 1).strip()
