"""Checks of an image: that it was built, and what the engine's records say of it."""

import posixpath
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from grader.core.text import quoted, shorten
from grader.facts import ImageFacts, PathFacts
from grader.judge.context import JudgeContext, NotObserved
from grader.judge.outcome import Outcome, failed, passed
from grader.spec.assignment import Aspect, Need, Params
from grader.spec.observations import Id


class OfImage(Params):
    """Parameters of a check that looks at one image."""

    image: Id

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.image, Aspect.BUILD),)

    def images(self) -> tuple[str, ...]:
        return (self.image,)

    def shows(self) -> bool:
        return True


class Builds(OfImage):
    """`builds: {image}`: it could be built, on an allowed base."""


def expected_builds(context: JudgeContext, _: Builds) -> str:
    """Return what the check asks for, in words."""
    allowed = context.assignment.bases
    others = f" or one of {len(allowed) - 1} other bases" if len(allowed) > 1 else ""
    return f"an image built FROM {allowed[0]}{others}"


def judge_builds(_: JudgeContext, facts: ImageFacts, __: Builds) -> Outcome:
    """Judge whether the image could be built and stands on an allowed base."""
    if not facts.on_base:
        why = f"The image's lowest layers are not those of {facts.base}."
        return failed(why, actual="layers of another image")
    return passed(f"It was built on {facts.base}.", actual=f"FROM {facts.base}")


class Form(OfImage):
    """`form: {image, is: exec|shell}`: the form of the Dockerfile's last ENTRYPOINT."""

    is_: Literal["exec", "shell"] = Field(alias="is")


def expected_form(_: JudgeContext, want: Form) -> str:
    """Return what the check asks for, in words."""
    return f"ENTRYPOINT in {want.is_} form"


def judge_form(_: JudgeContext, facts: ImageFacts, want: Form) -> Outcome:
    """Judge in which form ENTRYPOINT was written and that it is what the image holds."""
    written = [entry for entry in facts.written if entry.name == "ENTRYPOINT"]
    if not written:
        why = f"{facts.dockerfile} has no ENTRYPOINT, so what runs is only a default from CMD."
        hint = "Put the program in ENTRYPOINT and its default arguments in CMD."
        return failed(why, actual="no ENTRYPOINT", hint=hint)
    if facts.entrypoint is None:
        why = f"ENTRYPOINT in line {written[-1].line} of {facts.dockerfile} names no program."
        hint = "Name the program and what it needs to run."
        return failed(why, actual="an empty ENTRYPOINT", hint=hint)
    last = written[-1]
    actual = f"ENTRYPOINT {shorten(last.text, 60)}"
    if last.form == want.is_:
        runs = quoted(facts.entrypoint or ())
        why = f"Line {last.line} is in {last.form} form; the image runs {runs}."
        return passed(why, actual=actual)
    why = f"Line {last.line} of {facts.dockerfile} is in {last.form} form."
    hint = ""
    if want.is_ == "exec" and last.text.lstrip().startswith("["):
        why += (
            " It looks like a list, but is not valid JSON, so Docker takes it for a shell command."
        )
        hint = (
            'JSON wants double quotes around each word and commas between: ["python3", "main.py"].'
        )
    return failed(why, actual=actual, hint=hint)


class Instructions(OfImage):
    """`instructions: {image, uses: […]}`: names of instructions, each used at least once."""

    uses: tuple[str, ...] = Field(min_length=1)


def expected_instructions(_: JudgeContext, want: Instructions) -> str:
    """Return what the check asks for, in words."""
    return " ".join(want.uses)


def judge_instructions(_: JudgeContext, facts: ImageFacts, want: Instructions) -> Outcome:
    """Judge whether the stage that becomes the image uses each of the instructions."""
    used = {entry.name for entry in facts.written}
    missing = [name for name in want.uses if name not in used]
    actual = " ".join(name for name in want.uses if name in used)
    if missing:
        why = f"{facts.dockerfile} does not use {', '.join(missing)}."
        return failed(why, actual=actual)
    return passed("All of them are used.", actual=actual)


class Declares(OfImage):
    """`declares: {image, volume}` or `declares: {image, port}`."""

    volume: str | None = None
    port: int | None = None


def expected_declares(_: JudgeContext, want: Declares) -> str:
    """Return what the check asks for, in words."""
    return " and ".join(_declarations(want))


def judge_declares(context: JudgeContext, facts: ImageFacts, want: Declares) -> Outcome:
    """Judge whether the image's configuration names a volume, a TCP port, or both."""
    declared = [f"VOLUME {posixpath.normpath(path)}" for path in facts.volumes]
    declared += [f"EXPOSE {port.removesuffix('/tcp')}" for port in facts.ports]
    actual = shorten(", ".join(declared)) or "nothing"
    missing = [entry for entry in _declarations(want) if entry not in declared]
    if missing:
        why = f"The image does not declare {' and '.join(missing)}; it declares {actual}."
        return failed(why, actual=actual)
    return passed(f"The image declares {expected_declares(context, want)}.", actual=actual)


def _declarations(want: Declares) -> list[str]:
    wanted = [f"VOLUME {want.volume}"] if want.volume else []
    return wanted + ([f"EXPOSE {want.port}"] if want.port else [])


class Env(OfImage):
    """`env: {image, name, equals}`: a variable that the image sets for every container."""

    name: str
    equals: str


def expected_env(_: JudgeContext, want: Env) -> str:
    """Return what the check asks for, in words."""
    return f"{want.name}={want.equals}"


def judge_env(_: JudgeContext, facts: ImageFacts, want: Env) -> Outcome:
    """Judge the default value of an environment variable in the image's Config."""
    value = facts.env.get(want.name)
    if value is None:
        why = f"The image's environment has no {want.name}."
        return failed(why, actual="not set")
    actual = f"{want.name}={shorten(value)}"
    if value != want.equals:
        return failed(f"The image sets {actual}.", actual=actual)
    return passed(f"The image sets {actual}.", actual=actual)


class Paths(OfImage):
    """`paths: {image, expect: {path: file|directory|same:NAME}}`, paths relative to WORKDIR."""

    expect: Mapping[str, str]

    def needs(self) -> tuple[Need, ...]:
        parents = {posixpath.dirname(path) for path in self.expect} - {"", "/"}
        return (Need(self.image, Aspect.BUILD, (*self.expect, *sorted(parents))),)


def expected_paths(_: JudgeContext, want: Paths) -> str:
    """Return what the check asks for, in words."""
    return ", ".join(f"{path}: {_kind(kind)}" for path, kind in want.expect.items())


def judge_paths(context: JudgeContext, facts: ImageFacts, want: Paths) -> Outcome:
    """Judge what is at paths of the image: its type, or that it equals a provided file."""
    problems, seen = [], []
    for path, kind in want.expect.items():
        found = path_in(facts, want.image, path)
        seen.append(f"{path}: {'nothing' if found is None else found.type}")
        if found is None:
            parent = facts.paths.get(posixpath.dirname(path))
            instead = f"{posixpath.dirname(path)} is a file, not a directory"
            missing = f"There is no {path} in {facts.workdir}"
            problems.append(instead if parent and parent.type == "file" else missing)
        elif kind.startswith("same:"):
            if found.sha256 != context.assignment.provided_digest(kind.removeprefix("same:")):
                what = "a directory" if found.type == "directory" else "something else"
                problems.append(
                    f"{path} is {what}, not the {kind.removeprefix('same:')} you were given"
                )
        elif found.type != kind:
            problems.append(f"{path} is a {found.type}, not a {kind}")
    actual = ", ".join(seen)
    if problems:
        return failed("; ".join(problems) + ".", actual=actual)
    return passed("It is there as it should be.", actual=actual)


def path_in(facts: ImageFacts, image: str, path: str) -> PathFacts | None:
    """Return what is at a path of the image, None where nothing is."""
    if path not in facts.paths:
        raise NotObserved(f"{path} was not looked at in the image '{image}'")
    return facts.paths[path]


def _kind(kind: str) -> str:
    return f"the provided {kind.removeprefix('same:')}" if kind.startswith("same:") else kind
