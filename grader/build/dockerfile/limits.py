"""What a screen can say from the lines alone: sizes, odd characters, parser directives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.build.dockerfile.characters import SPACES, shown
from grader.build.dockerfile.parsed import Dockerfile
from grader.build.dockerfile.words import split_directive

LONGEST_LINE = 16 * 1024

# Tab is fine, and so is one carriage return before the line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
# Docker's own frontend of the first version, as its manual and `docker init` write it. The classic
# builder takes the line for a comment; for BuildKit it is left out (rewrite.py), because BuildKit
# would ask a registry for it.
_DOCKERS_OWN = re.compile(r"(docker\.io/)?docker/dockerfile:1(\.[0-9]{1,3}){0,2}")
_ANY_SPACE = str.maketrans(dict.fromkeys(SPACES, " "))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a Dockerfile is not built; `reason` is written for the student."""

    line: int
    rule: str
    reason: str


def length_refusals(dockerfile: Dockerfile) -> Iterator[Refusal]:
    """Yield the lines that are too long; `parse` itself refuses what is too large as a whole."""
    for number, line in enumerate(dockerfile.lines, start=1):
        if len(line.encode()) > LONGEST_LINE:
            yield Refusal(
                number,
                "size",
                f"this line is longer than {LONGEST_LINE} bytes; split it with \\ at a line's end",
            )


def character_refusals(dockerfile: Dockerfile) -> Iterator[Refusal]:
    """Yield the lines whose invisible characters Docker versions read differently."""
    for number, line in enumerate(dockerfile.lines, start=1):
        odd = _CONTROL.search(line.removesuffix("\r"))
        if odd:
            yield Refusal(
                number,
                "characters",
                f"this line holds the invisible character {shown(odd[0])}; "
                "delete the line and type it again",
            )


def continuation_refusals(dockerfile: Dockerfile) -> Iterator[Refusal]:
    """Yield the lines that older and newer Docker versions join differently."""
    twice = dockerfile.escape * 2
    for number, line in enumerate(dockerfile.lines, start=1):
        end = line.rstrip(" \t\r")
        if end.endswith(twice) and not line.lstrip(SPACES).startswith("#"):
            yield Refusal(
                number,
                "continuation",
                f"this line ends with {twice}, which Docker versions read differently; "
                f"end it with one {dockerfile.escape} to go on in the next line, or with none",
            )


def directive_refusals(dockerfile: Dockerfile) -> Iterator[Refusal]:
    """Yield the parser directives that name another builder, or that only some builders follow."""
    followed = {(each.name, each.line) for each in dockerfile.directives}
    for number, name, value in _directives(dockerfile.lines):
        if name == "syntax" and not _DOCKERS_OWN.fullmatch(value):
            yield Refusal(
                number,
                "directive",
                f'"# syntax={shown(value)}" makes Docker download another builder; '
                "leave the line out, nothing here needs it",
            )
        if name == "escape" and value != "\\" and (name, number) not in followed:
            yield Refusal(
                number,
                "directive",
                f'"# escape={shown(value)}" is followed by some versions of Docker only, because '
                "of what stands around it; make it the first line, without odd spaces",
            )


def _directives(lines: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    # Wider than the parser: BuildKit skips a "#!" line and takes any kind of space here.
    start = 1 if lines[0].startswith("#!") else 0
    for number, line in enumerate(lines[start:], start=start + 1):
        pair = split_directive(line.translate(_ANY_SPACE).strip())
        if pair is None or pair[0] not in {"check", "escape", "syntax"}:
            return
        yield number, *pair
