"""Builds an image again after a provided file changed, to see which steps the cache spares."""

from grader.build import Built, Workshop
from grader.engine.protocol import Engine
from grader.facts import NotSeen, RebuildFacts
from grader.observe.image import observe_steps
from grader.spec.model import RebuildSpec

# Always the same, so that a second grading finds these steps in the cache too.
_CHANGE = b"\n# This line was added to see which steps of the build run again.\n"


def observe_rebuild(
    engine: Engine, workshop: Workshop, spec: RebuildSpec, run_id: str
) -> RebuildFacts | NotSeen:
    """Return the steps of the image built with `spec.change` changed."""
    content = workshop.assignment.provided[spec.change] + _CHANGE
    built = workshop.build(spec.image, {spec.change: content})
    if not isinstance(built, Built):
        return built
    steps = observe_steps(engine, built, "/", (), run_id)
    return RebuildFacts(image=spec.image, changed=spec.change, steps=steps)
