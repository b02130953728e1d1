"""Observes a lab without a Docker engine: only what its files show, and nothing they would do."""

from grader.build.image_builder import refusal
from grader.facts import EngineFacts, LabFacts, Observation
from grader.observe.notebook_answers import observe_answers
from grader.observe.plan import make_plan
from grader.observe.probes import PROBES
from grader.observe.sources import observe_sources
from grader.observe.unseen import NO_ENGINE_HERE
from grader.spec.assignment import Assignment
from grader.submission.snapshot import LabFiles

NO_ENGINE = EngineFacts(name="no Docker engine", version="", api="", local=True)


def observe_files(assignment: Assignment, files: LabFiles) -> LabFacts:
    """Return what needs no engine: files that are missing or refused, and the answers.

    The rest is NotSeen and nobody's fault: it waits for a run with an engine.
    """
    images = {
        name: refusal(assignment, files, name) or NO_ENGINE_HERE for name in assignment.images
    }
    observations: dict[str, Observation] = {}
    for name in make_plan(assignment).observations:
        spec = assignment.observe[name]
        needed = {image: images[image] for image in spec.images()}
        observations[name] = PROBES[spec.kind].without_engine(spec, files, needed)
    return LabFacts(
        lab=assignment.id,
        words={},
        bases={},
        images=images,
        observations=observations,
        answers=observe_answers(assignment, files),
        left_out=dict(files.left_out),
        sources=observe_sources(assignment, files),
    )
