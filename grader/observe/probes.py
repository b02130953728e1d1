"""What is done to observe something, a row for each kind of observation.

The words are those of `spec/observation_kinds.py`, which says what an author can write for each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from grader.build.image_builder import Built, ImageBuilder
from grader.facts import NotSeen, Observation, RebuildFacts, RunFacts
from grader.facts.scenes import SceneFacts
from grader.facts.scripts import ScriptFacts
from grader.observe.rebuild import observe_rebuild
from grader.observe.run import observe_run
from grader.observe.run_context import RunContext
from grader.observe.scene.run_scene import observe_scene, scene_without_engine
from grader.observe.script.probe import observe_script, script_without_engine
from grader.observe.unseen import first_lost
from grader.spec.assignment import Aspect
from grader.spec.observations import ObservationSpec, RebuildSpec, RunSpec
from grader.spec.scenes import SceneSpec
from grader.spec.scripts import ScriptSpec
from grader.submission.snapshot import LabFiles

S = TypeVar("S", bound=ObservationSpec)


@dataclass(frozen=True, slots=True)
class ProbeInput:
    """What a probe gets beside its spec.

    `images` holds the images it needs and that could be built, by the spec's names: one at least
    if it needs any. `unbuilt` says of the others why not; that is always the student's fault.
    `aspects` are the parts of the observation that a check will look at, `makes` the paths that
    are followed through a build's steps: what no check needs is not observed.
    """

    context: RunContext
    builder: ImageBuilder
    images: Mapping[str, Built]
    unbuilt: Mapping[str, NotSeen]
    aspects: frozenset[Aspect]
    makes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of observation.

    `observe` uses the engine. It returns NotSeen for what is the student's fault and raises
    EngineError for what is not. `without_engine` returns what the files alone show; its mapping
    says of each image that the observation needs why there is none, by name.
    """

    observe: Callable[[ProbeInput, ObservationSpec], Observation]
    without_engine: Callable[[ObservationSpec, LabFiles, Mapping[str, NotSeen]], Observation]


def _run(given: ProbeInput, spec: RunSpec) -> RunFacts | NotSeen:
    return observe_run(given.context, spec, given.images[spec.image], given.aspects)


def _rebuild(given: ProbeInput, spec: RebuildSpec) -> RebuildFacts | NotSeen:
    context = given.context
    return observe_rebuild(context.engine, given.builder, spec, given.makes, context.run_id)


def _scene(given: ProbeInput, spec: SceneSpec) -> SceneFacts:
    return observe_scene(given.context, spec, given.images, given.unbuilt)


def _script(given: ProbeInput, spec: ScriptSpec) -> ScriptFacts | NotSeen:
    return observe_script(given.context, given.builder, spec)


def _from_images(_: ObservationSpec, __: LabFiles, images: Mapping[str, NotSeen]) -> NotSeen:
    return first_lost(images)


def _row(
    spec: type[S],
    observe: Callable[[ProbeInput, S], Observation],
    without_engine: Callable[[S, LabFiles, Mapping[str, NotSeen]], Observation],
) -> tuple[str, Probe]:
    # mypy holds both functions to their own spec here; the table itself takes any.
    row = Probe(cast("_Observe", observe), cast("_WithoutEngine", without_engine))
    return spec.kind, row


_Observe = Callable[[ProbeInput, ObservationSpec], Observation]
_WithoutEngine = Callable[[ObservationSpec, LabFiles, Mapping[str, NotSeen]], Observation]
PROBES: Mapping[str, Probe] = dict(
    (
        _row(RunSpec, _run, _from_images),
        _row(RebuildSpec, _rebuild, _from_images),
        _row(SceneSpec, _scene, scene_without_engine),
        _row(ScriptSpec, _script, script_without_engine),
    )
)
