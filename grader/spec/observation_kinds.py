"""The kinds of observation a spec can name under `observe`, by the word an author writes.

A kind is a row here, one in `observe/probes.py` and one in `render/observation_views.py`: imports
run from the spec to the probes and to the page, so it cannot be one row for all three.
"""

from collections.abc import Mapping

from grader.spec.observations import ObservationSpec, RebuildSpec, RunSpec
from grader.spec.scenes import SceneSpec
from grader.spec.scripts import ScriptSpec

_SPECS: tuple[type[ObservationSpec], ...] = (RebuildSpec, RunSpec, SceneSpec, ScriptSpec)
OBSERVATIONS: Mapping[str, type[ObservationSpec]] = {spec.kind: spec for spec in _SPECS}
