"""Where ADD and COPY may take files from."""

import posixpath
import re
from collections.abc import Collection

from grader.build.dockerfile.characters import shown
from grader.build.dockerfile.expand import CannotExpandError
from grader.build.dockerfile.parsed import Instruction
from grader.build.dockerfile.rule_context import Problems, RuleContext, problem

_USER_AT_HOST = re.compile(r"[^/:]*@[^/]*:")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}")
_WILDCARDS = frozenset("*?[")
_FLAGS = frozenset({"--from", "--chown"})  # what every builder knows


def copy_problems(instruction: Instruction, context: RuleContext) -> Problems:
    """Yield what speaks against an ADD or COPY."""
    flags = [flag.partition("=") for flag in instruction.flags]
    origins = [value for name, _, value in flags if name == "--from"]
    for origin in origins:
        yield from _origin_problems(origin, context)
    for name, _, value in flags:
        if name not in _FLAGS:
            yield problem(
                "copy-flag",
                f'{instruction.name} has the flag "{shown(name)}", which the classic builder that '
                "is used here does not know, only BuildKit",
                f"leave it out and write RUN chmod {shown(value or '+x')} FILE below it"
                if name == "--chmod"
                else "leave it out",
            )
    for word in instruction.args:
        if word.startswith("--"):
            yield problem(
                "copy-from",
                f'"{shown(word)}" stands where a file name belongs',
                f"write flags as --name=value, right after {instruction.name}",
            )
    for source in instruction.args[:-1]:
        yield from _source_problems(instruction, source, context, from_stage=bool(origins))


def _origin_problems(origin: str, context: RuleContext) -> Problems:
    if "$" in origin:
        yield problem(
            "copy-from",
            f'--from takes no variable such as "{shown(origin)}"',
            "write the stage's name itself",
        )
        return
    known = origin.isascii() and origin.lower() in context.earlier
    if known or (_NUMBER.fullmatch(origin) and int(origin) < context.stage):
        return
    names = shown(", ".join(context.earlier)) or "none has a name"
    yield problem(
        "copy-from",
        f'--from="{shown(origin)}" is no earlier stage of this file (of those, {names})',
        "give the stage above a name with FROM ... AS name and use that name",
    )


def _source_problems(
    instruction: Instruction, source: str, context: RuleContext, *, from_stage: bool
) -> Problems:
    try:
        value = context.scope.expand(source)
    except CannotExpandError as error:
        # COPY never leaves the build context, whatever the variable holds.
        if instruction.name == "ADD":
            yield problem(
                "add-url",
                f'what "{shown(source)}" stands for is open: {error}',
                "write the file's name itself, or use COPY",
            )
        return
    if "://" in value or _USER_AT_HOST.match(value):
        yield problem(
            "add-url",
            f'{instruction.name} of "{shown(value)}" would download something',
            "put the file next to the Dockerfile and COPY it",
        )
    elif context.files is not None and not from_stage:
        if not _is_missing(value, context.files):
            return
        if not _is_missing(value, context.left_out):
            yield problem(
                "missing-file",
                f'"{shown(value)}" is not in the build, for .dockerignore leaves it out',
                "take the line that does so out of .dockerignore, or write "
                f"!{shown(value)} below it",
            )
            return
        files = shown(", ".join(sorted(context.files)))
        yield problem(
            "missing-file",
            f'"{shown(value)}" is not in the build, whose files are {files}',
            "check the spelling",
        )


def _is_missing(source: str, files: Collection[str]) -> bool:
    if source.startswith("<<") or _WILDCARDS & set(source):
        return False
    path = posixpath.normpath("/" + source).lstrip("/")
    return path != "" and not any(each == path or each.startswith(path + "/") for each in files)
