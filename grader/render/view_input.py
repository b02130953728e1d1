"""What a view of an observation is made from, and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from grader.core.models import Frozen
from grader.render.anchors import Link
from grader.render.status_sign import StatusSign
from grader.spec.assignment import Assignment
from grader.spec.observations import ObservationSpec

F_co = TypeVar("F_co", bound=Frozen, covariant=True)
S_co = TypeVar("S_co", bound=ObservationSpec, covariant=True)


@dataclass(frozen=True, slots=True)
class CheckLink:
    """A check by its sign and a link to it, for where it is named beside what it was judged by."""

    sign: StatusSign
    link: Link


@dataclass(frozen=True, slots=True)
class ViewInput(Generic[F_co, S_co]):
    """One observation: what was seen, what the spec asked for, and who was judged by it.

    `name` is the observation's in the spec. `words` are the random words of the run, by their
    names in the spec. `by_step` are the checks that were judged by single steps, by the step's
    id. `anchor` is the observation's own id on the page, `new_anchor` gives out further ones.
    """

    name: str
    facts: F_co
    spec: S_co
    assignment: Assignment
    words: Mapping[str, str]
    by_step: Mapping[str, tuple[CheckLink, ...]]
    anchor: str
    new_anchor: Callable[..., str]


@dataclass(frozen=True, slots=True)
class ObservationView:
    """An observation as the page shows it.

    `kind` chooses the template, `templates/observed/<kind>.html.j2`, which shows `body`. `title`
    is the text of links that lead here. `steps` holds links to single steps of it, by their ids.
    """

    anchor: str
    kind: str
    title: str
    body: object
    steps: Mapping[str, Link] = field(default_factory=dict)
