"""Finds the provided program among a container's processes."""

import posixpath
from collections.abc import Sequence

from grader.facts import Process

TERM = 1 << 14  # SIGTERM's bit in a signal mask


def find_program(
    processes: Sequence[Process], program: str
) -> tuple[Process, str, tuple[str, ...], bool] | None:
    """Return the process that runs `program`, the path it was given, its arguments, exactness.

    A shell whose arguments merely mention the program is not it: an interpreter is preferred.
    """
    found = []
    for process in processes:
        exact = process.argv is not None
        words = process.argv if process.argv is not None else tuple(process.args.split(" "))
        for index, word in enumerate(words):
            module = index > 0 and words[index - 1] == "-m" and f"{word}.py" == program
            if module or posixpath.basename(word) == program:
                path = program if module else word
                found.append((process, path, words[index + 1 :], exact))
                break
    interpreted = [entry for entry in found if is_interpreter(entry[0])]
    return interpreted[0] if interpreted else None


def is_interpreter(process: Process) -> bool:
    """Return whether the kernel says that the process's own file is called python."""
    if process.exe is None:
        return posixpath.basename(process.args.split(" ")[0]).startswith("python")
    return posixpath.basename(process.exe).startswith("python")


def handles_term(process: Process) -> bool:
    """Return whether SIGTERM is caught, or blocked as sigwait() wants it."""
    return bool((process.caught | process.blocked) & TERM)
