"""What people type to call the grader where it runs: its texts name that, and not another."""

import os
import re
import shlex
from pathlib import Path

from grader.core.text import visible

# Set by a starter repository's `./check`: how it was called itself.
CALLED_AS = "GRADER_COMMAND"
_QUOTED = re.compile(r"`grader(?= [a-z])")


def called_by_starter() -> bool:
    """Return whether a starter's `./check` started this process."""
    return bool(os.environ.get(CALLED_AS))


def starter_folder() -> Path | None:
    """Return the starter repository whose `./check` started this process, None without one."""
    called = os.environ.get(CALLED_AS)
    return Path(called).absolute().parent if called else None


def command_name() -> str:
    """Return the words that call the grader: `grader`, or a starter's `./check`."""
    return shlex.quote(visible(os.environ.get(CALLED_AS) or "grader"))


def as_typed(text: str) -> str:
    """Return a message of the grader's with the commands it names as they are typed here."""
    if not called_by_starter():
        return text
    name = command_name().replace("\\", "\\\\")
    return _QUOTED.sub(f"`{name}", re.sub(r"`grader check(?=[ `])", f"`{name}", text))


def words_for_starter(words: list[str], commands: frozenset[str]) -> list[str]:
    """Return what `./check WORDS` means: a command, or else what is to be checked."""
    first = words[0] if words else ""
    if first in commands or first == "--version":
        return words
    return ["--help"] if first == "help" else ["check", *words]
