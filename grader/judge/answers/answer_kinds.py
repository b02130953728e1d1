"""The verdict on each kind of answer: what could be read in it, and whether that is the key's.

Students read verdicts, so none of them holds a word of the key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from grader.judge.answers.letters import read_letters
from grader.judge.answers.numbers import Quantity, is_near, read_number
from grader.judge.answers.tables import Table, read_table
from grader.judge.answers.wording import phrase, readings
from grader.spec.keys import (
    ChoiceKey,
    ChoicesKey,
    KeyAnswer,
    NumberKey,
    OrderKey,
    TableKey,
    TextKey,
)
from grader.spec.patterns import matches
from grader.spec.questions import Number, Question

K = TypeVar("K", bound=KeyAnswer)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Unread:
    """Why an answer cannot be taken for one of its kind, and the form it should have."""

    why: str


@dataclass(frozen=True, slots=True)
class AnswerKind(Generic[R, K]):
    """How one kind of question is judged: reading needs no key, comparing needs nothing else.

    `form` says what an answer looks like; `{letters}` in it stands for those of the question.
    `compare` returns "" for a right answer, else what is wrong with it, without the key's words.
    """

    form: str
    read: Callable[[Question, str], R | Unread]
    compare: Callable[[R, K], str]

    def expected(self, question: Question) -> str:
        """Return what an answer to the question looks like."""
        return self.form.replace("{letters}", _letters_of(question))


_WRONG = "That is not right."


def _letters_of(question: Question) -> str:
    return ", ".join(question.params.lettered())


def _read_one(question: Question, text: str) -> str | Unread:
    found = read_letters(text, question.params.lettered())
    if found is None or len(set(found)) != 1:
        several = found is not None and len(set(found)) > 1
        why = "names more than one option" if several else "names no single option"
        return Unread(f"it {why}; write one letter of {_letters_of(question)}")
    return found[0]


def _read_set(question: Question, text: str) -> frozenset[str] | Unread:
    found = read_letters(text, question.params.lettered())
    if not found:
        return Unread(f"it is no list of letters; write letters of {_letters_of(question)}")
    return frozenset(found)


def _read_order(question: Question, text: str) -> tuple[str, ...] | Unread:
    found = read_letters(text, question.params.lettered())
    if found is None or sorted(found) != sorted(question.params.lettered()):
        return Unread(f"it does not name each of {_letters_of(question)} once")
    return found


def _read_number(question: Question, text: str) -> Quantity | Unread:
    unit = question.params.unit if isinstance(question.params, Number) else ""
    found = read_number(text, timed=bool(unit))
    if found is None:
        example = f", in {unit}" if unit else ""
        return Unread(f"it names no number, or more than one; write a single one{example}")
    return found


def _read_text(_question: Question, text: str) -> tuple[str, ...] | Unread:
    return readings(text) or Unread("there is no word in it")


def _read_table(_question: Question, text: str) -> Table | Unread:
    found = read_table(text)
    return Unread(found) if isinstance(found, str) else found


def _is_one_of(found: tuple[str, ...], key: TextKey) -> str:
    accepted = {phrase(words) for words in key.text.any}
    for reading in found:
        if reading in accepted or (key.text.pattern and matches(key.text.pattern, reading)):
            return ""
    return _WRONG


def _shows(table: Table, key: TableKey) -> str:
    want = key.table
    first = table.first()
    if first is None:
        return "The table shows no process 1, and no process that has its parent outside."
    if not matches(want.pid1, first.command):
        return f"The first process of the container is not the one asked for: {first.command!r}."
    for family in want.families:
        children = [row for row in table.rows if matches(family.child, row.command)]
        if not children:
            return "A process that has to be there is not in the table."
        if all(row.parent is None for row in children):
            return "The table does not say who is whose parent: it has no column PPID."
        parents = [parent for row in children if (parent := table.parent(row))]
        if not any(matches(family.parent, parent.command) for parent in parents):
            return "A process has another parent than it should have."
    if any(matches(entry, row.command) for entry in want.lacks for row in table.rows):
        return "The table shows a process that should not be there."
    return ""


def _is_option(found: str, key: ChoiceKey) -> str:
    return "" if found == key.choice else _WRONG


def _is_set(found: frozenset[str], key: ChoicesKey) -> str:
    return "" if found == frozenset(key.choices) else _WRONG


def _is_number(found: Quantity, key: NumberKey) -> str:
    want = key.number
    return "" if is_near(found, want.value, want.tolerance, want.units) else _WRONG


def _is_order(found: tuple[str, ...], key: OrderKey) -> str:
    return "" if found == key.order else _WRONG


ANSWER_KINDS = {
    "choice": AnswerKind("one letter of {letters}", _read_one, _is_option),
    "choices": AnswerKind("all right letters of {letters}, and no other", _read_set, _is_set),
    "number": AnswerKind("one number", _read_number, _is_number),
    "order": AnswerKind("each of {letters} once, in the right order", _read_order, _is_order),
    "process-table": AnswerKind("what ps -ef or docker top printed", _read_table, _shows),
    "text": AnswerKind("a few words", _read_text, _is_one_of),
}

# The same rows for those who take any kind: mypy has checked each against its own key above.
ROWS = cast("Mapping[str, AnswerKind[object, KeyAnswer]]", ANSWER_KINDS)
