"""Finds the provided Python program among the processes of a container."""

import posixpath
from collections.abc import Callable, Sequence
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


def find_program(
    processes: Sequence[Process], program: str, is_provided: Callable[[FoundProgram], bool]
) -> FoundProgram | None:
    """Return the Python process whose script is the provided program, None if there is none.

    By what it holds, whatever it is called: `is_provided` says whether a script does. Otherwise the
    first whose script is called `program` is returned. A word somewhere among the arguments is not
    enough: it has to be what Python executes.
    """
    if not program:
        return None
    scripts = [found for process in processes if (found := _script(process))]
    named = (found for found in scripts if posixpath.basename(found.path) == program)
    return next(filter(is_provided, scripts), None) or next(named, None)


def holds_program(content: bytes, given: bytes) -> bool:
    """Return whether a file is the given program: all of it, below a `#!` line or without one."""
    first, _, rest = content.partition(b"\n")
    return content == given or (first.startswith(b"#!") and rest == given)


def _script(process: Process) -> FoundProgram | None:
    """Return what a process runs if it is a Python that was given a script."""
    if not process.is_python:
        return None
    exact = process.argv is not None
    words = process.argv if process.argv is not None else tuple(process.args.split(" "))
    script, arguments = read_python_command(words)
    if not script or "\n" in script:
        return None
    return FoundProgram(process, script, arguments, exact)


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
