"""The key of every question takes what students honestly write, and no near miss."""

from collections.abc import Mapping

import pytest

from grader.facts import AnswerFacts
from grader.judge.questions import judge_question
from grader.result import Status
from grader.spec.keys import KeyAnswer, load_keys
from grader.spec.questions import FREE, Question
from tests.conftest import ROOT
from tests.judge.answers.spoken import SPOKEN
from tests.solutions.grading import LABS, read_lab

_LABS = [read_lab(name) for name in LABS]
_KEYS = load_keys(ROOT / "solutions", _LABS)
ASKED: Mapping[str, tuple[Question, KeyAnswer]] = {
    question.id: (question, _KEYS[lab.id].answers[question.id])
    for lab in _LABS
    for question in lab.questions
    if question.kind != FREE
}


def _status(question: Question, key: KeyAnswer, text: str) -> Status:
    seen = AnswerFacts(text=text.strip(), sha256="", cell=3)
    return judge_question(question, seen, key).status


def _one(right: str, options: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    other = next(letter for letter in options if letter != right)
    said = (
        f"{right.upper()}.",
        options[right],
        f"{right}) {options[right]}",
        f"({right}) {options[right].upper()}",
        f"**{right}**, because I tried it",
        f"I predicted {other}, but it is {right}",
        f"The answer is {right}:\n\n> {options[right]}",
    )
    missed = (
        *(letter for letter in options if letter != right),
        *(text for letter, text in options.items() if letter != right),
        f"{right} or {other}",
        f"I predicted {right}, but it is {other}",
        ", ".join(options),
        "\n".join(f"{letter}) {text}" for letter, text in options.items()),
    )
    return said, missed


def _several(right: tuple[str, ...], options: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    spare = next(letter for letter in options if letter not in right)
    said = (
        " and ".join(right),
        "".join(reversed(right)).upper(),
        "\n".join(f"- {options[letter]}" for letter in right),
        "; ".join(f"{letter}: {options[letter]}" for letter in right),
        ", ".join(f"{letter} ({options[letter]})" for letter in right),
        "; ".join(f"{letter}: that is what I saw" for letter in right),
        "\n".join(
            f"- [{'x' if letter in right else ' '}] {letter}) {text}"
            for letter, text in options.items()
        ),
    )
    missed = (
        ", ".join(right[:-1]),
        ", ".join((*right, spare)),
        ", ".join(options),
        "; ".join(f"{letter}: {text}" for letter, text in options.items()),
        "all of them",
    )
    return said, missed


def _ordered(right: tuple[str, ...], items: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    said = (
        ", ".join(right),
        "".join(right).upper(),
        " \u2192 ".join(right),
        "\n".join(f"{number}. {items[letter]}" for number, letter in enumerate(right, 1)),
        "\n".join(f"{letter}) {items[letter]}" for letter in right),
    )
    missed = (
        ", ".join(reversed(right)),
        ", ".join((right[1], right[0], *right[2:])),
        ", ".join(right[:-1]),
        ", ".join((*right, right[0])),
    )
    return said, missed


def _said(name: str) -> tuple[tuple[str, ...], ...]:
    question, key = ASKED[name]
    if name in SPOKEN:
        return SPOKEN[name]
    letters, options = tuple(key.letters()), question.params.lettered()
    if question.kind == "choice":
        return _one(letters[0], options)
    made = {"choices": _several, "order": _ordered}.get(question.kind)
    return made(letters, options) if made else ((), ())


@pytest.mark.parametrize("name", ASKED)
def test_a_key_takes_what_is_right(name: str) -> None:
    """In a word, with a reason, as a tool printed it, or with what was predicted before."""
    found = {text: _status(*ASKED[name], text) for text in _said(name)[0]}

    assert {text for text, status in found.items() if status is not Status.PASSED} == set()


@pytest.mark.parametrize("name", ASKED)
def test_a_key_refuses_what_is_not(name: str) -> None:
    """What is beside it, and what says two things at once."""
    found = {text: _status(*ASKED[name], text) for text in _said(name)[1]}

    assert {text for text, status in found.items() if status is not Status.FAILED} == set()


# What people write around an answer; none of it says another one.
_AROUND = (
    "**{}**",
    "> {}",
    "Answer: {}",
    "My answer is {}",
    "~~x~~ {}",
    "{} - I tried it",
    "{} (I tried it)",
    "{}\n\nI tried it with docker.",
    "{}, because I tried it",
)


@pytest.mark.parametrize("around", _AROUND)
@pytest.mark.parametrize("name", [name for name in ASKED if ASKED[name][0].kind != "process-table"])
def test_words_around_an_answer_change_nothing(name: str, around: str) -> None:
    """Around the shortest right answers they stay right, around each wrong one it stays wrong."""
    right, wrong = ([text for text in texts if "\n" not in text] for texts in _said(name))
    shortest = sorted(right, key=len)[:1]
    found = {text: _status(*ASKED[name], around.format(text)) for text in (*shortest, *wrong)}

    assert {text: found[text] for text in shortest} == dict.fromkeys(shortest, Status.PASSED)
    assert [text for text in wrong if found[text] is Status.PASSED] == []


def test_every_question_has_five_right_answers_and_three_wrong_ones() -> None:
    """A new question needs some, too: in spoken.py, if they cannot be made of its options."""
    few = {name for name in ASKED if len(_said(name)[0]) < 5 or len(_said(name)[1]) < 3}

    assert few == set()
    assert ASKED.keys() >= SPOKEN.keys()
