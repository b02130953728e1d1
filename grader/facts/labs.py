"""Facts of a lab and of a whole submission: the content of facts.json."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from grader.core.models import Frozen
from grader.facts.answers import AnswerFacts
from grader.facts.common import NotSeen
from grader.facts.images import BaseFacts, ImageFacts
from grader.facts.runs import RebuildFacts, RunFacts
from grader.facts.scenes import SceneFacts
from grader.facts.scripts import ScriptFacts

Observation = Annotated[
    ImageFacts | RunFacts | RebuildFacts | SceneFacts | ScriptFacts | NotSeen,
    Field(discriminator="kind"),
]


class LabFacts(Frozen):
    """Everything observed for one lab of one submission.

    `words` are the random words this run used, by the name the spec gives them. `images` and
    `observations` are keyed by the spec's names, `answers` by the ids of its questions: none is
    there in facts from before the question was asked. `missing` says why nothing was looked at.
    `phases` are the seconds that `build` and `observe` took of all `seconds`.
    """

    lab: str
    words: Mapping[str, str]
    bases: Mapping[str, BaseFacts]
    images: Mapping[str, Annotated[ImageFacts | NotSeen, Field(discriminator="kind")]]
    observations: Mapping[str, Observation]
    answers: Mapping[str, Annotated[AnswerFacts | NotSeen, Field(discriminator="kind")]] = Field(
        default_factory=dict
    )
    missing: NotSeen | None = None
    seconds: float = 0.0
    phases: Mapping[str, float] = {}


class EngineFacts(Frozen):
    """Which engine did the work."""

    name: str
    version: str
    api: str
    local: bool


class SubmissionFacts(Frozen):
    """The content of facts.json.

    `observed` is a SHA-256 over all that an observation rests on: while it is the same, these
    facts are as good as new ones. `same_as` names the submission of equal content that was
    observed in this one's place. `distrust` says why the whole must not count. `changed` names
    files that were given and are not as they were given.
    """

    format: Literal["grader/facts/v1"] = "grader/facts/v1"
    submission: str
    digest: str
    grader: str
    engine: EngineFacts
    graded_at: str
    seconds: float
    labs: tuple[LabFacts, ...]
    observed: str = ""
    same_as: str = ""
    distrust: str = ""
    changed: tuple[str, ...] = ()
