"""Runs a scene: makes its networks and volumes, does its steps in order, removes everything."""

from collections.abc import Callable, Mapping
from typing import cast

from grader.build.image_builder import Built
from grader.core.models import Frozen
from grader.facts import Fault, NotSeen
from grader.facts.scenes import Missing, SceneFacts, Seen, StepFacts
from grader.observe.run_context import RunContext
from grader.observe.scene import container_steps, queries
from grader.observe.scene.state import CannotError, SceneState, scene_state, student
from grader.observe.unseen import NO_ENGINE_HERE, first_lost
from grader.spec.scenes import SceneSpec
from grader.submission.snapshot import LabFiles

# Seconds that a scene's containers may keep the grader waiting, all steps together. What the engine
# needs on top, on a busy machine much, is not theirs; each of its calls has a deadline of its own.
PATIENCE = 90.0


def observe_scene(
    context: RunContext,
    spec: SceneSpec,
    images: Mapping[str, Built],
    unbuilt: Mapping[str, NotSeen],
) -> SceneFacts:
    """Return what every step of a scene saw, by the steps' ids.

    `images` and `unbuilt` together are all images the scene names: those that were built, and why
    the others were not. A step that cannot be done, because of the student, is Missing with the
    reason, and the next ones are tried nevertheless. Raises EngineError for the engine's faults.
    """
    found: dict[str, StepFacts] = {}
    with scene_state(context, spec, images, unbuilt) as state:
        for step in spec.steps:
            ((word, thing),) = step.todo().items()
            if state.waited > PATIENCE:
                why = f"The containers of this scene were waited for more than {PATIENCE:.0f} s."
                found[step.id] = Missing(why=student(why))
                continue
            try:
                found[step.id] = _STEPS[word](state, step.id, thing)
            except CannotError as cannot:
                found[step.id] = Missing(why=cannot.why)
                state.undone[step.id] = cannot.why
    return SceneFacts(steps=found)


def scene_without_engine(
    spec: SceneSpec, _: LabFiles, images: Mapping[str, NotSeen]
) -> SceneFacts | NotSeen:
    """Return which steps are known to fail because the student's files have no image for them.

    Where that is so for none or for all of the scene's images, it is said of the scene as a whole.
    """
    theirs = [lost for lost in images.values() if lost.fault is Fault.STUDENT]
    if len(theirs) in {0, len(images)}:
        return first_lost(images)
    steps: dict[str, StepFacts] = {}
    for step in spec.steps:
        image = spec.image_of(step.id)
        steps[step.id] = Missing(why=images[image] if image else NO_ENGINE_HERE)
    return SceneFacts(steps=steps)


_Do = Callable[[SceneState, str, Frozen], Seen]
# What does each step, by the word an author writes; pydantic has matched word and type.
_STEPS: Mapping[str, _Do] = {
    "start": cast("_Do", container_steps.start),
    "again": cast("_Do", container_steps.again),
    "wait": cast("_Do", container_steps.wait),
    "stop": cast("_Do", container_steps.stop),
    "remove": cast("_Do", container_steps.remove),
    "occupy": cast("_Do", container_steps.occupy),
    "says": cast("_Do", queries.says),
    "request": cast("_Do", queries.request),
    "append": cast("_Do", queries.append),
    "read": cast("_Do", queries.read),
    "count": cast("_Do", queries.count),
}
