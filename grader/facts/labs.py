"""Facts of a lab and of a whole submission: the content of facts.json."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from grader.core.models import Frozen
from grader.facts.answers import AnswerFacts
from grader.facts.images import BaseFacts, ImageFacts
from grader.facts.not_seen import NotSeen
from grader.facts.runs import RebuildFacts, RunFacts
from grader.facts.scenes import SceneFacts
from grader.facts.scripts import ScriptFacts

Observation = Annotated[
    ImageFacts | RunFacts | RebuildFacts | SceneFacts | ScriptFacts | NotSeen,
    Field(discriminator="kind"),
]


class LabFacts(Frozen):
    """Everything observed for one lab of one submission.

    - `lab`: the lab's id.
    - `words`: the random words that this run used in arguments and files, by the spec's names.
    - `bases`: the base images, by reference. `images` and `observations`: by the spec's names.
    - `answers`: by the ids of the lab's questions; facts from before a question was asked have
      none.
    - `missing`: why nothing was looked at, as when the lab was not handed in; None otherwise.
    - `left_out`: what of the lab's folder was not read, by path, with the reason.
    - `sources`: the text of the files handed in that a person writes by hand, by path: what
      causes are looked for in. Facts of an older grader have none.
    - `seconds`: how long the lab took; `phases`: how much of that `build` and `observe` did.
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
    left_out: Mapping[str, str] = {}
    sources: Mapping[str, str] = {}
    seconds: float = 0.0
    phases: Mapping[str, float] = {}


Evidence = Literal["", "proc", "helper", "joined helper", "ps"]


class EngineFacts(Frozen):
    """Which engine did the work.

    `name` and `version` are its own (`GET /version`), `api` the version of the API that was spoken.
    `local`: its containers' processes could be read in this machine's /proc. `evidence`: what told
    of them: that /proc (`proc`), a container of the grader's own that reads the /proc of the
    engine's host (`helper`) or the one in each container (`joined helper`), or the engine's `ps`,
    which knows less; empty where nothing was asked, and in older facts.
    """

    name: str
    version: str
    api: str
    local: bool
    evidence: Evidence = ""


class SubmissionFacts(Frozen):
    """The content of facts.json: all that was observed of one submission.

    - `submission`: its id, the name of its folder; `digest`: a SHA-256 in hex over what was read.
    - `grader`: the version that observed it; `engine`: what it ran on.
    - `graded_at`: when it began, ISO 8601 in UTC; `seconds`: how long it took.
    - `labs`: in the order they were asked for, also those not handed in.
    - `observed`: a SHA-256 in hex over all that an observation follows from. While it is the same,
      these facts are as good as new ones. Empty where nothing was observed.
    - `same_as`: the submission of equal content that was observed in this one's place, or empty.
    - `distrust`: why none of it must count, or empty.
    - `changed`: files that were given to students and are not as they were given.
    """

    format: Literal["grader/facts/v1"] = Field(
        default="grader/facts/v1", validation_alias=AliasChoices("format", "schema")
    )
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
