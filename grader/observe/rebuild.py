"""Builds an image, and again with a provided file changed, to see which steps are cached."""

from collections.abc import Iterable

from grader.build.image_builder import Built, ImageBuilder
from grader.core.errors import EngineFault
from grader.engine.protocol import Engine
from grader.facts import LayerStep, NotSeen, RebuildFacts
from grader.observe.image import observe_steps
from grader.spec.observations import RebuildSpec

# Always the same, so that a second grading finds these steps in the cache too.
_CHANGE = b"\n# This line was added to see which steps of the build run again.\n"


def observe_rebuild(
    engine: Engine, builder: ImageBuilder, spec: RebuildSpec, makes: Iterable[str], run_id: str
) -> RebuildFacts | NotSeen:
    """Return the steps of the image before and after the provided file `spec.change` was changed.

    `makes` are paths of which it is asked which step made them. NotSeen if a build fails by the
    student's fault; raises EngineFault if another build got in between.
    """
    content = builder.assignment.provided[spec.change] + _CHANGE
    # Afresh: what was built before may stand on other twins of the same steps than what is next.
    before = builder.build(spec.image, fresh=True)
    after = builder.build(spec.image, {spec.change: content}, fresh=True)
    if not isinstance(before, Built):
        return before
    if not isinstance(after, Built):
        return after
    facts = RebuildFacts(
        image=spec.image,
        changed=spec.change,
        before=observe_steps(engine, before, tuple(makes), run_id),
        after=observe_steps(engine, after, (), run_id),
    )
    _refuse_a_race(facts.before, facts.after)
    return facts


def _refuse_a_race(before: tuple[LayerStep, ...], after: tuple[LayerStep, ...]) -> None:
    """Raise EngineFault where the two builds differ at a step that the change does not explain.

    Builds that run side by side on an empty cache each make the same step; the next build then
    stands on the newest of the twins, and nothing below it is in the cache.
    """
    for one, other in zip(before, after, strict=False):
        if one.id != other.id:
            if one.created_by == other.created_by:
                raise EngineFault("another build made the same steps at the same moment")
            return
