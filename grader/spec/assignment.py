"""One lab (an assignment) as its author wrote it: frozen values that every later stage reads."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field

from grader.core.models import Frozen
from grader.spec.observations import FileName, ObservationSpec
from grader.spec.public import NOTEBOOK
from grader.spec.questions import Question

WordKind = Literal["word", "phrase"]


class SubmissionSpec(Frozen):
    """Names of files in a lab's folder: handed in by students, provided to them.

    `program` is the provided file that the containers of the lab run, empty where there is none.
    """

    files: tuple[FileName, ...] = Field(min_length=1)
    provided: tuple[FileName, ...] = ()
    program: FileName | Literal[""] = ""


class ImageSpec(Frozen):
    """An image and the submitted Dockerfile it is built from."""

    dockerfile: FileName


class Aspect(StrEnum):
    """A part of an image or an observation that a check looks at; only these parts are observed."""

    BUILD = "build"
    PROCESSES = "processes"
    STOP = "stop"
    NEIGHBOUR = "neighbour"
    ENVIRONMENT = "environment"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must be observed for a check: an aspect of the image or observation `of`.

    `paths` are paths in the image, where the aspect is about files.
    """

    of: str
    aspect: Aspect
    paths: tuple[str, ...] = ()


class Params(Frozen):
    """What an author writes for one kind of check; each kind has its own class."""

    def needs(self) -> tuple[Need, ...]:
        """Return what must be observed before this check can be judged."""
        raise NotImplementedError

    def images(self) -> tuple[str, ...]:
        """Return the names of images this check refers to directly."""
        return ()

    def observations(self) -> tuple[str, ...]:
        """Return the names of observations this check refers to."""
        return ()

    def shows(self) -> bool:
        """Return whether it can pass only by what was done, and not where nothing happens.

        Such a check is judged even if one that it waits for is not right: its judge says where
        there is nothing to look at. Any other, as that of a port that stays silent, is skipped.
        """
        return False

    def steps(self) -> tuple[str, ...]:
        """Return the steps of its observation that it is judged by, none if by the whole."""
        return ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a lab: it gives all of its points or none.

    `after` are the ids of checks without which there may be nothing to look at: where one of them
    did not pass, it is judged by what there is, and skipped if there is nothing. `part` is the id
    of the part of the report it is in, `kind` the name of its row in `judge/check_kinds.py`.
    `reproduce` are docker commands, empty where they can be derived. `hints` say more and more of
    what to do. What students are given leaves `hidden` ones out.
    """

    id: str
    title: str
    points: int
    part: str
    kind: str
    params: Params
    after: tuple[str, ...]
    hints: tuple[str, ...]
    reproduce: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """One lab: its spec and the bytes that belong to it, all read when it was loaded.

    `provided` are the provided files by name, `given` what students get and have no reason to
    change: those files and the public spec. `digest` is a SHA-256 over the whole spec and the
    provided files. `folder` is where it came from, for those who copy further files of the lab;
    nobody needs it to judge.
    """

    id: str
    title: str
    points: int
    bases: tuple[str, ...]
    submission: SubmissionSpec
    images: Mapping[str, ImageSpec]
    words: Mapping[str, WordKind]
    observe: Mapping[str, ObservationSpec]
    parts: Mapping[str, str]
    checks: tuple[Check, ...]
    questions: tuple[Question, ...]
    folder: Path
    provided: Mapping[str, bytes]
    given: Mapping[str, bytes]
    digest: str

    def provided_digest(self, name: str) -> str:
        """Return the SHA-256 of a provided file."""
        return hashlib.sha256(self.provided[name]).hexdigest()

    def images_of(self, name: str) -> tuple[str, ...]:
        """Return the images behind a name: the image itself, or those an observation needs."""
        return (name,) if name in self.images else self.observe[name].images()


def fill(text: str, words: Mapping[str, str]) -> str:
    """Return `text` with each `{name}` of `words` replaced; nothing else in braces is touched."""
    return re.sub(r"\{([a-z0-9-]+)\}", lambda m: words.get(m[1], m[0]), text)


def asked_for(assignments: Iterable[Assignment]) -> frozenset[str]:
    """Return the names of all files that labs ask students for, their notebooks included."""
    return frozenset(
        name for lab in assignments for name in (*lab.submission.files, NOTEBOOK, ".dockerignore")
    )
