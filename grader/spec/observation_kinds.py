"""The kinds of observation a spec can name under `observe`, by the word an author writes."""

from collections.abc import Mapping

from grader.spec.observations import ObservationSpec, RebuildSpec, RunSpec
from grader.spec.scenes import SceneSpec
from grader.spec.scripts import ScriptSpec

OBSERVATIONS: Mapping[str, type[ObservationSpec]] = {
    "rebuild": RebuildSpec,
    "run": RunSpec,
    "scene": SceneSpec,
    "script": ScriptSpec,
}
