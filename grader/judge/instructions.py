"""Which line of a Dockerfile decided a check: a function for each way of finding it."""

import re
from collections.abc import Callable, Sequence

from grader.facts.images import WrittenInstruction
from grader.spec.assignment import Params

# Given the instructions of the stage that becomes the image, in the order they are written, and a
# check's parameters: the instruction that decided it, None if no single line did.
Deciding = Callable[[Sequence[WrittenInstruction], Params], WrittenInstruction | None]
_WORDS = re.compile(r"""[^\s/"',\[\]]+""")


def no_line(_: Sequence[WrittenInstruction], __: Params) -> None:
    """Return None: the file as a whole decided it."""


def last_of(*names: str) -> Deciding:
    """Return a function that finds the likeliest of these instructions, the first that is there."""

    def find(written: Sequence[WrittenInstruction], _: Params) -> WrittenInstruction | None:
        # Of an instruction that is written twice the last one counts, as it does for Docker.
        last = {entry.name: entry for entry in written}
        return next((last[name] for name in names if name in last), None)

    return find


def arguments(written: Sequence[WrittenInstruction], params: Params) -> WrittenInstruction | None:
    """Return what decided which arguments arrived: CMD, or an ENTRYPOINT that lets none through."""
    entrypoint = last_of("ENTRYPOINT")(written, params)
    if entrypoint is not None and entrypoint.form == "shell":
        # The shell in front of the program keeps all arguments for itself.
        return entrypoint
    return last_of("CMD", "ENTRYPOINT")(written, params)


def copies(written: Sequence[WrittenInstruction], params: Params) -> WrittenInstruction | None:
    """Return the COPY or ADD that names most of the paths a check looks at, the last of several."""
    entries = [entry for entry in reversed(written) if entry.name in {"COPY", "ADD"}]
    paths = {path for need in params.needs() for path in need.paths}
    words = {word for path in paths for word in _WORDS.findall(path)}
    return max(entries, key=lambda entry: len(words & {*_WORDS.findall(entry.text)}), default=None)
