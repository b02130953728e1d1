"""Where in a Dockerfile a rule looks from."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from grader.build.dockerfile.expand import Scope

Problem = tuple[str, str]
Problems = Iterator[Problem]


def problem(rule: str, seen: str, advice: str) -> Problem:
    """Return a rule's name and the sentence a student reads when it is broken."""
    return rule, f"{seen}; {advice}"


@dataclass(slots=True)
class RuleContext:
    """What stands before an instruction; `earlier` names the finished stages.

    `built_on` says whether a later stage of the file starts from this one. `files` are the paths in
    the build context, `left_out` those that .dockerignore keeps out of it.
    """

    scope: Scope
    stage: int
    earlier: Mapping[str, int]
    files: Collection[str] | None
    workdir: str = "/"
    built_on: bool = False
    left_out: Collection[str] = ()
