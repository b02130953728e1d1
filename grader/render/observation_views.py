"""How the page shows an observation, a row for each kind.

The words are those of `spec/observation_kinds.py`; facts carry them, too. A kind also has a
template, `templates/observed/<kind>.html.j2`.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from grader.core.models import Frozen
from grader.render.rebuild_view import view_rebuild
from grader.render.run_view import view_run
from grader.render.scene_view import view_scene
from grader.render.script_view import view_script
from grader.render.view_input import ObservationView, ViewInput
from grader.spec.observations import ObservationSpec, RebuildSpec, RunSpec
from grader.spec.scenes import SceneSpec
from grader.spec.scripts import ScriptSpec

F = TypeVar("F", bound=Frozen)
S = TypeVar("S", bound=ObservationSpec)
_View = Callable[[ViewInput[Frozen, ObservationSpec]], ObservationView | None]


def _row(
    spec: type[S], view: Callable[[ViewInput[F, S]], ObservationView | None]
) -> tuple[str, _View]:
    # mypy holds each function to its own spec here; the table itself takes any.
    return spec.kind, cast("_View", view)


# None where there is nothing to show.
VIEWS: Mapping[str, _View] = dict(
    (
        _row(RunSpec, view_run),
        _row(RebuildSpec, view_rebuild),
        _row(SceneSpec, view_scene),
        _row(ScriptSpec, view_script),
    )
)
