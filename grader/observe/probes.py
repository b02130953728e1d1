"""Every probe there is, by the kind of observation a spec can name."""

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
from grader.observe.scene.run_scene import observe_scene
from grader.observe.script.probe import observe_script
from grader.spec.assignment import Aspect
from grader.spec.observations import ObservationSpec, RebuildSpec, RunSpec
from grader.spec.scenes import SceneSpec
from grader.spec.scripts import ScriptSpec

S = TypeVar("S", bound=ObservationSpec)


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe may use: the lab's context, its images, and what of it is asked for.

    Of several images some may be `unbuilt`, by the student's fault; `images` holds one at least.
    """

    context: RunContext
    builder: ImageBuilder
    images: Mapping[str, Built]
    unbuilt: Mapping[str, NotSeen]
    aspects: frozenset[Aspect]
    makes: frozenset[str]


def _run(look: Look, spec: RunSpec) -> RunFacts | NotSeen:
    return observe_run(look.context, spec, look.images[spec.image], look.aspects)


def _rebuild(look: Look, spec: RebuildSpec) -> RebuildFacts | NotSeen:
    context = look.context
    return observe_rebuild(context.engine, look.builder, spec, look.makes, context.run_id)


def _scene(look: Look, spec: SceneSpec) -> SceneFacts:
    return observe_scene(look.context, spec, look.images, look.unbuilt)


def _script(look: Look, spec: ScriptSpec) -> ScriptFacts | NotSeen:
    return observe_script(look.context, look.builder, spec)


_Probe = Callable[[Look, ObservationSpec], Observation]


def _row(
    kind: type[S], probe: Callable[[Look, S], Observation]
) -> tuple[type[ObservationSpec], _Probe]:
    # mypy holds each probe to its own spec here; the table itself takes any.
    return kind, cast("_Probe", probe)


_RUN = _row(RunSpec, _run)
_REBUILD = _row(RebuildSpec, _rebuild)
_SCENE = _row(SceneSpec, _scene)
_SCRIPT = _row(ScriptSpec, _script)
PROBES: Mapping[type[ObservationSpec], _Probe] = dict((_RUN, _REBUILD, _SCENE, _SCRIPT))
