"""Which allowed image each build stage starts from."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from grader.build.dockerfile.characters import shown
from grader.build.dockerfile.expand import CannotExpandError, Scope
from grader.build.dockerfile.image_reference import normalize
from grader.build.dockerfile.parsed import Dockerfile, Stage

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_NAMED_STAGE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Base:
    """Where a stage starts: an allowed image or an earlier stage, or why it is neither."""

    image: str | None
    parent: int | None = None
    problem: str = ""


def global_scope(dockerfile: Dockerfile) -> Scope:
    """Return the variables that FROM sees: the ARGs before the first FROM."""
    scope = Scope(dockerfile.escape)
    for instruction in dockerfile.global_args():
        scope.set_args(instruction.args)
    return scope


def stage_bases(dockerfile: Dockerfile, allowed: Collection[str]) -> tuple[Base, ...]:
    """Return the base of every stage, in order; chains of stages are followed."""
    scope = global_scope(dockerfile)
    spellings = {normalize(name): name for name in allowed}
    bases: list[Base] = []
    named: dict[str, int] = {}
    for stage in dockerfile.stages():
        bases.append(_base(stage, scope, spellings, bases, named))
        if stage.alias is not None:
            named[stage.alias] = stage.index
    return tuple(bases)


def final_base(dockerfile: Dockerfile, allowed: Collection[str]) -> str | None:
    """Return the entry of `allowed` that the last stage ends up on, None if there is none."""
    return stage_bases(dockerfile, allowed)[-1].image


def _base(
    stage: Stage, scope: Scope, spellings: dict[str, str], bases: list[Base], named: dict[str, int]
) -> Base:
    args = stage.source.args
    problem = _shape_problem(stage)
    if problem:
        return Base(None, problem=problem)
    choice = f"use one of: {', '.join(spellings.values())}"
    try:
        name = scope.expand(args[0])
    except CannotExpandError as error:
        return Base(
            None, problem=f'the image of FROM "{shown(args[0])}" is open: {error}; {choice}'
        )
    parent = named.get(name.lower()) if name.isascii() else None
    if parent is not None:
        return Base(bases[parent].image, parent)
    try:
        image = spellings.get(normalize(name))
    except ValueError:
        image = None
    return Base(image, problem="" if image else _not_allowed(args[0], name, choice, len(bases)))


def _shape_problem(stage: Stage) -> str:
    args = stage.source.args
    if len(args) not in {1, _NAMED_STAGE_WORDS} or (len(args) > 1 and stage.alias is None):
        return (
            f'"FROM {shown(" ".join(args))}" has {len(args)} words after FROM; '
            "write FROM image, or FROM image AS name"
        )
    if stage.alias is not None and not _STAGE_NAME.fullmatch(stage.alias):
        return (
            f'the stage name "{shown(stage.alias)}" is not allowed; '
            "start with a letter and use letters, digits, '-', '_' and '.' only"
        )
    return ""


def _not_allowed(written: str, name: str, choice: str, earlier: int) -> str:
    if name == "scratch":
        return f"FROM scratch starts from nothing, which this exercise does not use; {choice}"
    if name.isdecimal() and int(name[:4]) < earlier:
        return (
            f"FROM takes a stage by its name, not by its number {shown(name)}; give it one with AS"
        )
    became = "" if name == written else f', which becomes "{shown(name)}",'
    return f'the image "{shown(written)}"{became} is not allowed here; {choice}'
