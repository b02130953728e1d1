"""The view of a second build: which of its steps came from the cache."""

import re
from dataclasses import dataclass
from itertools import zip_longest

from grader.core.text import shorten
from grader.facts import RebuildFacts
from grader.render.view_input import ObservationView, ViewInput
from grader.spec.observations import RebuildSpec

_STEP_LENGTH = 160
_DIGEST = re.compile(r"\b(?:file|dir|multi):([0-9a-f]{6})[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class BuildStepView:
    """A step of a second build: taken from the cache, or run again."""

    text: str
    again: bool


@dataclass(frozen=True, slots=True)
class RebuildView:
    """What `templates/observed/rebuild.html.j2` shows: an image built again, and all its steps."""

    image: str
    changed: str
    steps: tuple[BuildStepView, ...]


def view_rebuild(given: ViewInput[RebuildFacts, RebuildSpec]) -> ObservationView | None:
    """Return the view of a second build.

    None where the engine keeps no intermediate images (containerd's image store keeps none):
    without their ids nobody can say which step ran again.
    """
    rebuild = given.facts
    if any(step.id is None for step in (*rebuild.before, *rebuild.after)) or not rebuild.after:
        return None
    pairs = zip_longest(rebuild.after, rebuild.before[: len(rebuild.after)])
    steps = tuple(
        BuildStepView(_instruction(new.created_by), old is None or old.id != new.id)
        for new, old in pairs
    )
    title = f"docker build of {rebuild.image}, again"
    body = RebuildView(rebuild.image, rebuild.changed, steps)
    return ObservationView(given.anchor, RebuildSpec.kind, title, body)


def _instruction(created_by: str) -> str:
    """Return a line of an image's history as it stood in the Dockerfile, as far as it shows."""
    plain = re.sub(r"^(?:/bin/sh -c )?#\(nop\)\s+", "", created_by)
    if plain != created_by:
        return shorten(_DIGEST.sub(r"\1…", plain), _STEP_LENGTH)
    return shorten(re.sub(r"^/bin/sh -c ", "RUN ", created_by), _STEP_LENGTH)
