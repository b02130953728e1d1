"""Observes a lab without an engine: what the files alone show, and nothing of what they do."""

from collections.abc import Mapping

from grader.build.image_builder import refusal
from grader.facts import EngineFacts, Fault, LabFacts, NotSeen, Observation
from grader.facts.scenes import Missing, SceneFacts, StepFacts
from grader.observe.notebook_answers import observe_answers
from grader.observe.plan import make_plan
from grader.observe.script.probe import handed_in
from grader.spec.assignment import Assignment
from grader.spec.scenes import SceneSpec
from grader.spec.scripts import ScriptSpec
from grader.submission.snapshot import LabFiles

NO_ENGINE = EngineFacts(name="no Docker engine", version="", api="", local=True)

_NOT_LOOKED_AT = NotSeen(
    fault=Fault.NOBODY,
    why="This run had no Docker engine: nothing was built or started, and no point is lost by it.",
)


def observe_files(assignment: Assignment, files: LabFiles) -> LabFacts:
    """Return what needs no engine: files that are missing or refused, and the answers.

    The rest is NotSeen and nobody's fault: it waits for a run with an engine.
    """
    images = {
        name: refusal(assignment, files, name) or _NOT_LOOKED_AT for name in assignment.images
    }
    observations: dict[str, Observation] = {}
    for name in make_plan(assignment).observations:
        spec = assignment.observe[name]
        found = {image: images[image] for image in spec.images()}
        if isinstance(spec, ScriptSpec) and isinstance(lost := handed_in(files, spec), NotSeen):
            found[spec.file] = lost
        theirs = [seen for seen in found.values() if seen.fault is Fault.STUDENT]
        if not theirs:
            observations[name] = _NOT_LOOKED_AT
        elif isinstance(spec, SceneSpec) and len(theirs) < len(found):
            observations[name] = _in_part(spec, found)
        else:
            observations[name] = theirs[0]
    return LabFacts(
        lab=assignment.id,
        words={},
        bases={},
        images=images,
        observations=observations,
        answers=observe_answers(assignment, files),
    )


def _in_part(spec: SceneSpec, images: Mapping[str, NotSeen]) -> SceneFacts:
    """Return a scene of which those steps are known to fail whose image is not built."""
    steps: dict[str, StepFacts] = {}
    for step in spec.steps:
        image = spec.image_of(step.id)
        steps[step.id] = Missing(why=images[image] if image else _NOT_LOOKED_AT)
    return SceneFacts(steps=steps)
