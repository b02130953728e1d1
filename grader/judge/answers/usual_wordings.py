"""How students word an answer to a question with options, right and wrong ones, to try a key on.

For questions without options the wordings are an author's: `spoken.yaml`, beside the key.
"""

from collections.abc import Mapping, Sequence

from grader.spec.keys import KeyAnswer
from grader.spec.questions import Question

# What people write around an answer; none of it says another one.
AROUND = (
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

Wordings = tuple[tuple[str, ...], tuple[str, ...]]


def usual_wordings(question: Question, key: KeyAnswer) -> Wordings:
    """Return right answers and wrong ones to a question with options, none for another kind."""
    right, options = tuple(key.letters()), question.params.lettered()
    if question.kind == "choice":
        return _one(right[0], options)
    if question.kind == "choices":
        return _several(right, options)
    return _ordered(right, options) if question.kind == "order" else ((), ())


def _one(right: str, options: Mapping[str, str]) -> Wordings:
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


def _several(right: Sequence[str], options: Mapping[str, str]) -> Wordings:
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
    spare = [letter for letter in options if letter not in right]
    missed = [", ".join(right[:-1])] if right[1:] else []
    if spare:
        missed += [", ".join((*right, spare[0])), ", ".join(options), "all of them"]
        missed.append("; ".join(f"{letter}: {text}" for letter, text in options.items()))
    return said, tuple(missed)


def _ordered(right: Sequence[str], items: Mapping[str, str]) -> Wordings:
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
