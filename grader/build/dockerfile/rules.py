"""What a screen can say about one instruction, given the variables and stages before it."""

import posixpath
import re
from collections.abc import Iterator

from grader.build.dockerfile.characters import shown
from grader.build.dockerfile.copy_sources import copy_problems
from grader.build.dockerfile.expand import MOST_EXPANDED, CannotExpandError, Scope
from grader.build.dockerfile.limits import Refusal
from grader.build.dockerfile.parsed import Instruction
from grader.build.dockerfile.remarks import after_list
from grader.build.dockerfile.rule_context import Problems, RuleContext, problem

_EXPANDED = frozenset(
    {"ADD", "ARG", "COPY", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_PORT_RANGE = re.compile(r"(?:.*:)?0*([0-9]{1,5})-0*([0-9]{1,5})(?:/.*)?", re.ASCII)
_MOST_PORTS = 100
_KERNEL = frozenset({"proc", "sys", "dev"})


def check(instruction: Instruction, context: RuleContext) -> Iterator[Refusal]:
    """Yield what speaks against one instruction below a FROM; `context` is brought up to date."""
    for rule, reason in _problems(instruction, context):
        yield Refusal(instruction.line, rule, reason)
    record(instruction, context.scope)


def record(instruction: Instruction, scope: Scope) -> None:
    """Take the variables that an ARG or ENV sets into `scope`."""
    if instruction.name == "ARG":
        scope.set_args(instruction.args)
    if instruction.name == "ENV":
        scope.set_env(_pairs(instruction))


def check_variables(instruction: Instruction, scope: Scope) -> Iterator[Refusal]:
    """Yield what speaks against the names and the size of an instruction's variables."""
    for rule, reason in _variable_problems(instruction, scope):
        yield Refusal(instruction.line, rule, reason)


def _pairs(instruction: Instruction) -> Iterator[tuple[str, str]]:
    return zip(instruction.args[::2], instruction.args[1::2], strict=True)


def _problems(instruction: Instruction, context: RuleContext) -> Problems:
    too_large = False
    for found in _variable_problems(instruction, context.scope):
        too_large = too_large or found[0] == "size"
        yield found
    if too_large:
        return
    yield from _form_problems(instruction)
    if instruction.heredocs:
        yield problem(
            "heredoc",
            f"{instruction.name} <<... starts a heredoc, which Docker does not run here",
            "join commands with && and put files next to the Dockerfile",
        )
    if instruction.name == "RUN" and instruction.flags:
        yield problem(
            "run-flag",
            f'RUN has the flag "{shown(instruction.flags[0])}", which is not used here',
            "leave out everything that starts with -- before the command",
        )
    if instruction.name == "ONBUILD" and context.built_on:
        yield problem(
            "onbuild",
            "ONBUILD runs in a later stage of this file, where it is not written",
            "write the instruction itself into that stage, without ONBUILD",
        )
    if instruction.name in {"ADD", "COPY"}:
        yield from copy_problems(instruction, context)
    if instruction.name == "WORKDIR":
        yield from _workdir_problems(instruction, context)
    if instruction.name == "EXPOSE":
        yield from _expose_problems(instruction, context.scope)


def _variable_problems(instruction: Instruction, scope: Scope) -> Problems:
    names: list[str] = []
    if instruction.name == "ARG":
        names = [word.partition("=")[0] for word in instruction.args]
    if instruction.name == "ENV":
        names = [name for name, _ in _pairs(instruction)]
    for name in names:
        if not _PLAIN_NAME.fullmatch(name):
            yield problem(
                "variable-name",
                f'{instruction.name} sets "{shown(name)}", which is no plain name',
                "use letters, digits and _ only, without quotes",
            )
    if instruction.name in _EXPANDED and not scope.spend(instruction.args):
        yield problem(
            "size",
            f"with its variables replaced, {instruction.name} may take the image beyond "
            f"{MOST_EXPANDED} characters of settings",
            "do not put a variable into others again and again",
        )


def _form_problems(instruction: Instruction) -> Problems:
    # With text after it, newer builders take no list: ADD and COPY would get other sources then.
    tail = after_list(instruction)
    if tail and instruction.name in {"ADD", "COPY"}:
        yield problem(
            "json-tail",
            f'after the list in [...] stands "{shown(tail)}", read in two ways',
            "end the line after ]",
        )


def _workdir_problems(instruction: Instruction, context: RuleContext) -> Problems:
    written = instruction.args[0] if instruction.args else ""
    try:
        value = context.scope.expand(written)
    except CannotExpandError as error:
        yield problem(
            "workdir",
            f'which directory "{shown(written)}" is stays open: {error}',
            "write the path itself, or set the variable with ENV above",
        )
        return
    context.workdir = posixpath.normpath("/" + posixpath.join(context.workdir, value).lstrip("/"))
    if context.workdir.split("/")[1] in _KERNEL:
        yield problem(
            "workdir",
            f'WORKDIR "{shown(written)}" leads to {shown(context.workdir)}, a system directory',
            "use a directory of your own, such as /app",
        )


def _expose_problems(instruction: Instruction, scope: Scope) -> Problems:
    ports = 0
    for word in instruction.args:
        try:
            values = scope.expand(word, trust_args=True).split()
        except CannotExpandError as error:
            yield problem(
                "expose", f'the port "{shown(word)}" is open: {error}', "write the number itself"
            )
            continue
        ranges = [match for value in values if (match := _PORT_RANGE.fullmatch(value))]
        ports += sum(max(int(match[2]) - int(match[1]), 0) for match in ranges)
    if ports > _MOST_PORTS:
        yield problem(
            "expose",
            f"EXPOSE names {ports} ports, more than {_MOST_PORTS}",
            "name only the ports the program listens on",
        )
