"""Checks of an image's layers: which instruction made a file, and what the cache spared."""

import re

from grader.facts import ImageFacts, RebuildFacts
from grader.judge.context import JudgeContext
from grader.judge.images import OfImage, path_in
from grader.judge.outcome import Outcome, failed, passed
from grader.spec.assignment import Aspect, Need, Params
from grader.spec.observations import Id


class Layer(OfImage):
    """`layer: {image, path, by: INSTRUCTION}`: which instruction made a file."""

    path: str
    by: str

    def needs(self) -> tuple[Need, ...]:
        return (
            Need(self.image, Aspect.BUILD, (self.path,)),
            Need(self.image, Aspect.STEPS, (self.path,)),
        )


def expected_layer(_: JudgeContext, want: Layer) -> str:
    """Return what the check asks for, in words."""
    return f"{want.path} made by {want.by}"


def judge_layer(context: JudgeContext, facts: ImageFacts, want: Layer) -> Outcome:
    """Judge which instruction's layer a path first appears in."""
    if path_in(facts, want.image, want.path) is None:
        why = f"There is no {want.path} in {facts.workdir} of the image."
        return failed(why, actual="no such file")
    step = next((step for step in facts.steps if want.path in step.makes), None)
    if step is None and all(entry.id is None for entry in facts.steps):
        return _layer_by_order(context, facts, want)
    made_by = instruction_of(step.created_by) if step else "the base image"
    if made_by != want.by:
        why = f"{want.path} was made by {made_by}, not by a {want.by} step."
        return failed(why, actual=f"made by {made_by}")
    size = step.size if step else 0
    why = f"A {want.by} step made it in a layer of its own ({size} bytes)."
    return passed(why, actual=f"made by {made_by}")


def _layer_by_order(context: JudgeContext, facts: ImageFacts, want: Layer) -> Outcome:
    # This engine keeps no intermediate images: what is left is which steps wrote anything.
    wrote = [s for s in facts.steps if instruction_of(s.created_by) == want.by and s.size > 0]
    if wrote:
        return passed(f"A {want.by} step wrote a layer.", actual=expected_layer(context, want))
    return failed(f"No {want.by} step wrote anything.", actual="no such layer")


class Reused(Params):
    """`reused: {of, path}`: the rebuild `of` took the step that makes `path` from the cache."""

    of: Id
    path: str

    def shows(self) -> bool:
        return True

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.STEPS, (self.path,)),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)


def expected_reused(_: JudgeContext, want: Reused) -> str:
    """Return what the check asks for, in words."""
    return f"the step that makes {want.path} comes from the cache"


def judge_reused(_: JudgeContext, facts: RebuildFacts, want: Reused) -> Outcome:
    """Judge whether the step that made a path was taken from the cache in the second build."""
    if _spared(facts, want.path):
        why = f"With {facts.changed} changed, the step that makes {want.path} was not run again."
        return passed(why, actual="from the cache")
    why = (
        f"With {facts.changed} changed, the step that makes {want.path} ran again: "
        f"{facts.changed} is copied in above it."
    )
    return failed(why, actual="ran again")


def _spared(facts: RebuildFacts, path: str) -> bool:
    """Return whether the step that makes `path` is the same step in both builds.

    A step that ran again is a new intermediate image, whatever it wrote. Where the engine keeps
    none, the steps above the first one that differs are those that were spared.
    """
    pairs = list(zip(facts.before, facts.after, strict=False))
    for one, other in pairs:
        if path in one.makes:
            return one.id == other.id
    for one, other in pairs:
        if one.created_by != other.created_by:
            return False
        if instruction_of(one.created_by) == "RUN":
            return True
    return False


def instruction_of(created_by: str) -> str:
    """Return the instruction a history line stands for; RUN where it is a shell's command."""
    match = re.match(r"(?:/bin/sh -c )?#\(nop\)\s+([A-Z]+)", created_by)
    if match:
        return match[1]
    buildkit = re.match(r"([A-Z]+) ", created_by)
    return buildkit[1] if buildkit else "RUN"
