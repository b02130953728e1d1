"""Finds the provided Python program among the processes of a container."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from grader.facts import Process

# Python's own options: those that take the next word when nothing follows in their own.
_WITH_VALUE = frozenset("WX")
_LONG_WITH_VALUE = "--check-hash-based-pycs"


@dataclass(frozen=True, slots=True)
class FoundProgram:
    """The process that runs the program.

    `path` is the script as its interpreter was given it, so it may be relative. `exact` is False
    where only a joined command line could be read, and `arguments` were split at its spaces.
    """

    process: Process
    path: str
    arguments: tuple[str, ...]
    exact: bool


def find_program(processes: Sequence[Process], program: str) -> FoundProgram | None:
    """Return the first Python process whose script is `program`, None if there is none.

    A word somewhere among the arguments is not enough: it has to be what Python executes.
    """
    for process in processes:
        if not process.is_python:
            continue
        exact = process.argv is not None
        words = process.argv if process.argv is not None else tuple(process.args.split(" "))
        script, arguments = read_python_command(words)
        if program and posixpath.basename(script) == program and "\n" not in script:
            return FoundProgram(process, script, arguments, exact)
    return None


def read_python_command(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the script a Python command line runs and the arguments behind it.

    The script is empty for `-c`, for standard input and for the interactive prompt; `-m NAME`
    stands for NAME.py.
    """
    index = 1
    while index < len(words):
        word = words[index]
        if word == "--":
            index += 1
            break
        if not word.startswith("-") or word == "-":
            break
        if word.startswith("--"):
            index += 2 if word == _LONG_WITH_VALUE else 1
            continue
        letter, value = _option(word)
        if letter == "c":
            return "", ()
        if letter == "m":
            module = value or (words[index + 1] if index + 1 < len(words) else "")
            return f"{module}.py", tuple(words[index + (1 if value else 2) :])
        index += 2 if letter and not value else 1
    if index >= len(words) or words[index] == "-":
        return "", ()
    return words[index], tuple(words[index + 1 :])


def _option(word: str) -> tuple[str, str]:
    """Return the option of a word like `-uW` that takes a value, and the value if it follows in it.

    Both are empty where no letter takes a value; the value is empty where it is the next word.
    """
    for place, letter in enumerate(word[1:], start=1):
        if letter in _WITH_VALUE or letter in "cm":
            return letter, word[place + 1 :]
    return "", ""
