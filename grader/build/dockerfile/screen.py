"""Says why a Dockerfile must not reach the Docker engine."""

import re
from collections.abc import Collection, Iterator

from grader.build.dockerfile.characters import shown
from grader.build.dockerfile.expand import Scope
from grader.build.dockerfile.limits import (
    Refusal,
    character_refusals,
    continuation_refusals,
    directive_refusals,
    length_refusals,
)
from grader.build.dockerfile.parsed import Dockerfile, Stage
from grader.build.dockerfile.rule_context import RuleContext
from grader.build.dockerfile.rules import check, check_variables, record
from grader.build.dockerfile.stage_bases import Base, final_base, global_scope, stage_bases

# The image is built on the base as it is on this engine, whatever platform is named: what runs is
# judged, and another processor's image could not be started here.
_PLATFORM = re.compile(r"--platform=(linux(/[a-z0-9]{1,12}){0,2}|\$\{?(BUILD|TARGET)PLATFORM\}?)")

__all__ = ["Refusal", "final_base", "screen"]


def screen(
    dockerfile: Dockerfile,
    allowed: Collection[str],
    files: Collection[str] | None = None,
    *,
    base_env: Collection[str] | None = None,
    left_out: Collection[str] = (),
) -> tuple[Refusal, ...]:
    """Return every reason not to build, by line.

    `allowed` are the images FROM may name, `files` the paths in the build context if sources are
    to be checked against them, `left_out` those that .dockerignore keeps out of it, `base_env`
    the variables that the allowed images set, if known.
    """
    refusals = [
        *length_refusals(dockerfile),
        *character_refusals(dockerfile),
        *continuation_refusals(dockerfile),
        *directive_refusals(dockerfile),
        *_global_refusals(dockerfile),
        *_stage_refusals(dockerfile, allowed, files, base_env, left_out),
    ]
    return tuple(sorted(refusals, key=_line))


def _line(refusal: Refusal) -> int:
    return refusal.line


def _global_refusals(dockerfile: Dockerfile) -> Iterator[Refusal]:
    scope = Scope(dockerfile.escape)
    for instruction in dockerfile.global_args():
        yield from check_variables(instruction, scope)
        record(instruction, scope)


def _stage_refusals(
    dockerfile: Dockerfile,
    allowed: Collection[str],
    files: Collection[str] | None,
    base_env: Collection[str] | None,
    left_out: Collection[str],
) -> Iterator[Refusal]:
    above = global_scope(dockerfile)
    contexts: list[RuleContext] = []
    earlier: dict[str, int] = {}
    bases = stage_bases(dockerfile, allowed)
    parents = {base.parent for base in bases}
    for stage, base in zip(dockerfile.stages(), bases, strict=True):
        yield from _from_refusals(stage, base)
        parent = None if base.parent is None else contexts[base.parent]
        context = RuleContext(
            scope=above.stage(base_env, parent.scope if parent else None),
            stage=stage.index,
            earlier=dict(earlier),
            files=files,
            left_out=left_out,
            workdir=parent.workdir if parent else "/",
            built_on=stage.index in parents,
        )
        for instruction in stage.instructions:
            yield from check(instruction, context)
        contexts.append(context)
        if stage.alias is not None:
            earlier[stage.alias] = stage.index


def _from_refusals(stage: Stage, base: Base) -> Iterator[Refusal]:
    line = stage.source.line
    for flag in stage.source.flags:
        if not _PLATFORM.fullmatch(flag):
            yield Refusal(
                line,
                "from-flag",
                f'FROM has the flag "{shown(flag)}", which can make Docker fetch another image; '
                "leave it out",
            )
    if base.problem:
        yield Refusal(line, "from", base.problem)
