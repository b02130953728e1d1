"""Facts of a scene: what each of its steps saw."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from grader.core.models import Frozen
from grader.facts.common import NotSeen
from grader.facts.runs import LogLine, StopFacts


class Started(Frozen):
    """A container that was started; `exit_code` and `log` where the step waited for its end.

    `address` is its own in the network it was started in, empty without one.
    """

    did: Literal["started"] = "started"
    container: str
    image: str
    args: tuple[str, ...]
    address: str
    running: bool
    exit_code: int | None
    log: tuple[LogLine, ...]


class Said(Frozen):
    """Whether a line was printed, and how long after the step began; None if it never was."""

    did: Literal["said"] = "said"
    container: str
    line: str
    after: float | None
    running: bool
    log: tuple[LogLine, ...]


class Answer(Frozen):
    """One answer: HTTP status (0 over plain TCP), the body's beginning, and who gave it.

    `error` says why there is none. `peer` is the address that answered.
    """

    status: int
    body: str
    peer: str
    error: str
    seconds: float


class Answered(Frozen):
    """The answers to a request, in order.

    `asked` says, where an answer is missing, how the containers it was put to were doing.
    """

    did: Literal["answered"] = "answered"
    source: str
    to: str
    answers: tuple[Answer, ...]
    asked: str = ""


class Content(Frozen):
    """The lines of a text file, capped; None where there is no such file.

    `asked` says, where a text was waited for in vain, how the containers were doing that have it.
    """

    did: Literal["content"] = "content"
    path: str
    lines: tuple[str, ...] | None
    asked: str = ""


class Counted(Frozen):
    """How many lines of a log hold a text, the first of them, and the log's two ends."""

    did: Literal["counted"] = "counted"
    container: str
    line: str
    times: int
    found: tuple[str, ...] = ()
    log: tuple[LogLine, ...]


class Stopped(Frozen):
    """What `docker stop` did to a container.

    `printed_until` is when the last line was printed before the stop, in seconds from the
    container's start; None if there was none, or in facts of an older grader.
    """

    did: Literal["stopped"] = "stopped"
    container: str
    stop: StopFacts
    log: tuple[LogLine, ...]
    printed_until: float | None = None


class Done(Frozen):
    """A step that only had to be done."""

    did: Literal["done"] = "done"


Seen = Started | Said | Answered | Content | Counted | Stopped | Done


class Missing(Frozen):
    """A step that could not be done, and why."""

    did: Literal["missing"] = "missing"
    why: NotSeen


StepFacts = Annotated[Seen | Missing, Field(discriminator="did")]


class SceneFacts(Frozen):
    """What the steps of a scene saw, by their ids."""

    kind: Literal["scene"] = "scene"
    steps: Mapping[str, StepFacts]
