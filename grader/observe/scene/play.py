"""Plays a scene: makes its networks and volumes, does its steps, takes everything away."""

from collections.abc import Callable, Mapping
from typing import cast

from grader.build import Built
from grader.facts import NotSeen
from grader.facts.scenes import Missing, SceneFacts, Seen, StepFacts
from grader.frozen import Frozen
from grader.observe.context import RunContext
from grader.observe.scene import containers, looks
from grader.observe.scene.stage import CannotError, Stage, staged, student
from grader.spec.scenes import SceneSpec

# Seconds that a scene's containers may keep the grader waiting, all steps together. What the engine
# needs on top, on a busy machine much, is not theirs; each of its calls has a deadline of its own.
PATIENCE = 90.0


def observe_scene(
    context: RunContext,
    spec: SceneSpec,
    images: Mapping[str, Built],
    unbuilt: Mapping[str, NotSeen],
) -> SceneFacts:
    """Return what every step of a scene saw; raises EngineError for the engine's own faults.

    A step that needs an image of `unbuilt` cannot be done, the others can.
    """
    found: dict[str, StepFacts] = {}
    with staged(context, spec, images, unbuilt) as stage:
        for step in spec.steps:
            ((word, thing),) = step.todo().items()
            if stage.waited > PATIENCE:
                why = f"The containers of this scene were waited for more than {PATIENCE:.0f} s."
                found[step.id] = Missing(why=student(why))
                continue
            try:
                found[step.id] = _STEPS[word](stage, step.id, thing)
            except CannotError as cannot:
                found[step.id] = Missing(why=cannot.why)
                stage.undone[step.id] = cannot.why
    return SceneFacts(steps=found)


_Do = Callable[[Stage, str, Frozen], Seen]
# What does each step, by the word an author writes; pydantic has matched word and type.
_STEPS: Mapping[str, _Do] = {
    "start": cast("_Do", containers.start),
    "again": cast("_Do", containers.again),
    "wait": cast("_Do", containers.wait),
    "stop": cast("_Do", containers.stop),
    "remove": cast("_Do", containers.remove),
    "occupy": cast("_Do", containers.occupy),
    "says": cast("_Do", looks.says),
    "request": cast("_Do", looks.request),
    "append": cast("_Do", looks.append),
    "read": cast("_Do", looks.read),
    "count": cast("_Do", looks.count),
}
