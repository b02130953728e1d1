"""Whether what students are given of a lab holds what they shall find out themselves."""

import re
from collections.abc import Iterator, Mapping

from grader.batch.solutions import Solutions
from grader.spec import yaml
from grader.spec.assignment import Assignment
from grader.spec.public import NOTEBOOK

# Shorter lines (`fi`, `USER app`) say nothing by themselves.
_TELLING = 12
# What any program says: an import, a handler's head, an interpreter.
ANY_PROGRAM = re.compile(
    r"(import|from) [\w., ]+|except [\w., ()]+:|#!.*|time\.sleep\([\d.]+\)"
    r"|if __name__ == .*|with open\(.*:|set( -o \w+)+|export DEBIAN_FRONTEND=\w+"
)
_SENTENCE = 4  # words: a shorter text of a key is a name or an address that a question needs


def leak_problems(
    lab: Assignment, released: Mapping[str, bytes], solutions: Solutions, key: yaml.Value
) -> Iterator[str]:
    """Yield each line of the model, and each sentence of the key, that is in a released file.

    `released` are the lab's files for students, `key` the value of its key.yaml.
    """
    for name in lab.submission.files:
        model = (solutions.model or {}).get(name)
        if model and name in released:
            yield from _same_lines(lab, name, released[name], model.content)
    sentences = [text for text in strings_in(key) if len(text.split()) >= _SENTENCE]
    for name, content in released.items():
        text = content.decode(errors="replace")
        if name == NOTEBOOK:
            text = text.replace('\\"', '"')
        for sentence in sentences:
            if sentence in " ".join(text.split()):
                line = _line(text, sentence)
                yield f"{lab.folder / name}:{line}: holds a sentence of the key: '{sentence[:60]}'"


def _same_lines(lab: Assignment, name: str, given: bytes, model: bytes) -> Iterator[str]:
    solved = {line.strip() for line in model.decode(errors="replace").splitlines()}
    for number, line in enumerate(given.decode(errors="replace").splitlines(), 1):
        plain = line.strip()
        if len(plain) < _TELLING or plain.startswith("#") or ANY_PROGRAM.fullmatch(plain):
            continue
        if plain in solved:
            text = f"'{plain[:60]}' is a line of the model; students fill it in themselves"
            yield f"{lab.folder / name}:{number}: {text}"


def _line(text: str, sentence: str) -> int:
    """Return the first line that holds the first words of a sentence, 1 where none does."""
    head = sentence[: max(len(sentence) // 3, 1)]
    rows = (number for number, row in enumerate(text.splitlines(), 1) if head in row)
    return next(rows, 1)


def strings_in(value: object) -> Iterator[str]:
    """Yield each line of text in a value of YAML or JSON, its spaces made one."""
    if isinstance(value, dict):
        for entry in value.values():
            yield from strings_in(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from strings_in(entry)
    elif isinstance(value, str):
        yield from (plain for line in value.splitlines() if (plain := " ".join(line.split())))
