"""Reads a Dockerfile by the rules of BuildKit's own parser."""

import difflib

from grader.build.dockerfile.characters import BYTE_ORDER_MARK, SPACES, shown, split_blanks
from grader.build.dockerfile.logical_lines import LineReader
from grader.build.dockerfile.parsed import (
    MOST_BYTES,
    MOST_INSTRUCTIONS,
    Directive,
    Dockerfile,
    DockerfileSyntaxError,
    Form,
    Instruction,
    Stage,
)
from grader.build.dockerfile.words import (
    ArgumentError,
    json_list,
    split_directive,
    split_flags,
    split_health,
    split_pairs,
    split_words,
)

__all__ = ["Directive", "Dockerfile", "DockerfileSyntaxError", "Instruction", "Stage", "parse"]

_PAIRED = frozenset({"ENV", "LABEL"})
_COPIES = frozenset({"ADD", "COPY"})
_COMMANDS = frozenset({"CMD", "ENTRYPOINT", "RUN", "SHELL"})
_LISTED = frozenset({"EXPOSE", "FROM"})
_WHOLE = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_MAYBE_JSON = _COPIES | _COMMANDS | {"VOLUME"}
_NAMES = (
    _PAIRED | _COPIES | _COMMANDS | _LISTED | _WHOLE | {"ARG", "HEALTHCHECK", "ONBUILD", "VOLUME"}
)
_BY_LOWER = {name.lower(): name for name in _NAMES}
_WITH_HEREDOC = _COPIES | {"RUN"}
_DIRECTIVES = frozenset({"check", "escape", "syntax"})
_SOURCE_AND_DESTINATION = 2
_LONGEST_NAME = 20


def parse(text: str) -> Dockerfile:
    """Return the instructions of a Dockerfile; DockerfileSyntaxError is all it ever raises."""
    size = _size(text)
    if size > MOST_BYTES:
        raise DockerfileSyntaxError(
            1,
            f"the file has {size} bytes, more than {MOST_BYTES}; "
            "keep data in files of its own and COPY them",
        )
    lines = text.removeprefix(BYTE_ORDER_MARK).split("\n")
    if lines[-1] == "":
        del lines[-1]
    directives = _directives(lines)
    escape = next((each.value for each in directives if each.name == "escape"), "\\")
    instructions = _instructions(LineReader(lines, escape), escape)
    _check_whole(instructions, len(lines))
    return Dockerfile(
        directives=directives,
        instructions=tuple(instructions),
        escape=escape,
        lines=tuple(lines),
        size=size,
    )


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise DockerfileSyntaxError(
            line, "this line is not UTF-8 text; save the file as UTF-8"
        ) from None


def _directives(lines: list[str]) -> tuple[Directive, ...]:
    found: dict[str, Directive] = {}
    for number, line in enumerate(lines, start=1):
        pair = split_directive(line.rstrip("\r").lstrip(SPACES))
        if pair is None or pair[0] not in _DIRECTIVES:
            break
        name, value = pair
        if name in found:
            raise DockerfileSyntaxError(
                number, f"'# {name}=' stands here a second time; keep only one of them"
            )
        if name == "escape" and value not in {"\\", "`"}:
            raise DockerfileSyntaxError(
                number,
                f"'# escape={shown(value)}' is neither \\ nor `; leave the line out, \\ is usual",
            )
        found[name] = Directive(name, value, number)
    return tuple(found.values())


def _instructions(reader: LineReader, escape: str) -> list[Instruction]:
    instructions: list[Instruction] = []
    stage_open = False
    while (logical := reader.logical_line()) is not None:
        line, text = logical
        name, flags, rest = _split_command(text, line)
        if not stage_open and name not in {"FROM", "ARG"}:
            raise DockerfileSyntaxError(
                line,
                f"{name} stands before any FROM; the first instruction has to be FROM (or ARG), "
                "so write FROM with an image above this line",
            )
        stage_open = stage_open or name == "FROM"
        args, form = _arguments(name, rest, escape, line)
        bodies = reader.heredocs(text, line) if _may_have_heredoc(name, args, form) else ()
        if len(instructions) == MOST_INSTRUCTIONS:
            raise DockerfileSyntaxError(
                line,
                f"the file has more than {MOST_INSTRUCTIONS} instructions; join or remove some",
            )
        instructions.append(Instruction(name, line, reader.line, flags, args, rest, form, bodies))
    return instructions


def _split_command(text: str, line: int) -> tuple[str, tuple[str, ...], str]:
    word, *rest = split_blanks(text.strip(SPACES), 1)
    if not word:
        raise DockerfileSyntaxError(
            line, "this line ends with a continuation mark and nothing follows; leave it out"
        )
    name = _BY_LOWER.get(word.lower())
    if name is None:
        raise DockerfileSyntaxError(line, _unknown(word))
    flags, after = split_flags(rest[0]) if rest else ((), "")
    return name, flags, after


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word[:_LONGEST_NAME].upper(), sorted(_NAMES), n=1)
    advice = f"did you mean {near[0]}?" if near else "a line starts with a word such as RUN or COPY"
    return f'"{shown(word)}" is no Dockerfile instruction; {advice}'


def _arguments(name: str, rest: str, escape: str, line: int) -> tuple[tuple[str, ...], Form]:
    try:
        args, form = (
            _onbuild(rest, escape, line) if name == "ONBUILD" else _split(name, rest, escape)
        )
    except ArgumentError as error:
        raise DockerfileSyntaxError(line, str(error)) from None
    if name == "FROM" and not args:
        raise DockerfileSyntaxError(line, "FROM names no image; write FROM and an image's name")
    if name in _COPIES and len(args) < _SOURCE_AND_DESTINATION:
        raise DockerfileSyntaxError(
            line, f"{name} needs a source and a destination; write for example {name} main.py /app/"
        )
    return args, form


def _onbuild(rest: str, escape: str, line: int) -> tuple[tuple[str, ...], Form]:
    if not rest:
        return (), "shell"
    name, _, after = _split_command(rest, line)
    if name == "ONBUILD":
        raise ArgumentError("ONBUILD stands inside ONBUILD; leave ONBUILD out")
    args, form = _arguments(name, after, escape, line)
    return (name, *args), form


def _split(name: str, rest: str, escape: str) -> tuple[tuple[str, ...], Form]:
    listed = json_list(rest) if name in _MAYBE_JSON else None
    if listed is not None:
        return listed, "exec"
    if name == "HEALTHCHECK" and rest:
        kind, command = split_health(rest)
        args, form = _split("CMD", command, escape)
        return (kind, *args), form
    return _split_shell(name, rest, escape), "shell"


def _split_shell(name: str, rest: str, escape: str) -> tuple[str, ...]:
    if name in _PAIRED:
        return split_pairs(name, rest, escape)
    if name == "ARG":
        return tuple(split_words(rest, escape))
    if not rest:
        return ()
    return (rest,) if name in _COMMANDS | _WHOLE else tuple(split_blanks(rest))


def _may_have_heredoc(name: str, args: tuple[str, ...], form: Form) -> bool:
    inner = args[0] if name == "ONBUILD" and args else name
    return inner in _WITH_HEREDOC and form == "shell"


def _check_whole(instructions: list[Instruction], last_line: int) -> None:
    if not instructions:
        raise DockerfileSyntaxError(
            max(last_line, 1), "the file has no instructions; start with a FROM line"
        )
    if all(each.name != "FROM" for each in instructions):
        raise DockerfileSyntaxError(
            instructions[-1].line, "the file has ARG but no FROM; write FROM with an image below it"
        )
