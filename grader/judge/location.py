"""Where in a student's file the cause of a failed check stands, as far as facts tell."""

import re
from collections.abc import Mapping

from grader.facts import ImageFacts, Place
from grader.facts.images import WrittenInstruction
from grader.judge.context import JudgeContext
from grader.spec.assignment import Check
from grader.spec.scenes import SceneSpec
from grader.spec.scripts import ScriptSpec

_STARTS = ("ENTRYPOINT", "CMD")
_WORDS = re.compile(r"""[^\s/"',\[\]]+""")
# By kind of check: the instructions that decide it, the likeliest first. A kind that is not here
# has no one line to look at.
_DECIDES: Mapping[str, tuple[str, ...]] = {
    "argv": ("CMD", "ENTRYPOINT"),
    "declares": ("VOLUME", "EXPOSE"),
    "ends": _STARTS,
    "env": ("ENV",),
    "environment": ("ENV",),
    "form": _STARTS,
    "layer": ("RUN",),
    "paths": ("COPY", "ADD"),
    "pid1": _STARTS,
    "program": _STARTS,
    "reused": ("RUN",),
    "runs": _STARTS,
    "stop": _STARTS,
    "stops": _STARTS,
}


def explaining(context: JudgeContext, check: Check) -> Place | None:
    """Return the submitted file that decided a failed check, with the line if one can be named."""
    for name in check.params.observations():
        spec = context.assignment.observe[name]
        if isinstance(spec, ScriptSpec):
            return Place(file=spec.file)
    image = _image(context, check)
    if image is None:
        return None
    facts = context.facts.images.get(image)
    if not isinstance(facts, ImageFacts):
        return Place(file=context.assignment.images[image].dockerfile)
    return Place(file=facts.dockerfile, line=_line(facts.written, check))


def _image(context: JudgeContext, check: Check) -> str | None:
    """Return the one image a check is about, None where several could be."""
    images = set(check.params.images())
    for name in check.params.observations():
        spec = context.assignment.observe[name]
        step = getattr(check.params, "step", None)
        started = spec.image_of(step) if isinstance(spec, SceneSpec) and step else None
        images |= {started} if started else set(spec.images())
    return images.pop() if len(images) == 1 else None


def _line(written: tuple[WrittenInstruction, ...], check: Check) -> int | None:
    # Of instructions that are written twice the last one counts, as it does for Docker.
    last = {entry.name: entry for entry in written}
    names = _DECIDES.get(check.kind, ())
    entrypoint = last.get("ENTRYPOINT")
    if check.kind == "argv" and entrypoint is not None and entrypoint.form == "shell":
        # The shell in front of the program keeps all arguments for itself.
        return entrypoint.line
    if check.kind == "paths":
        entry = _copies(written, check)
        return entry.line if entry else None
    return next((last[name].line for name in names if name in last), None)


def _copies(written: tuple[WrittenInstruction, ...], check: Check) -> WrittenInstruction | None:
    """Return the COPY or ADD that names most of what the check looks for, the last of several."""
    copies = [entry for entry in reversed(written) if entry.name in _DECIDES["paths"]]
    paths = {path for need in check.params.needs() for path in need.paths}
    words = {word for path in paths for word in _WORDS.findall(path)}
    return max(copies, key=lambda entry: len(words & {*_WORDS.findall(entry.text)}), default=None)
