"""Facts of a scene: what each of its steps saw."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from grader.core.models import Frozen
from grader.facts.not_seen import NotSeen
from grader.facts.runs import LogLine, StopFacts


class Started(Frozen):
    """A container that was started.

    - `container`: the id of the step that started it; `image`: the spec's name; `args`: its words.
    - `address`: its own in the network it was started in, empty without one.
    - `running`: whether it still ran when the step was over, else `exit_code` is its exit code.
    - `log`: the first and the last lines it has printed.
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
    """Whether a container printed a line that holds the text `line`.

    `after`: seconds from the beginning of the step to that line, by the engine's clock; 0 where it
    was printed before, None where it never was. `running`: whether the container still ran.
    """

    did: Literal["said"] = "said"
    container: str
    line: str
    after: float | None
    running: bool
    log: tuple[LogLine, ...]


class Answer(Frozen):
    """One answer to a request.

    - `status`: HTTP's, 0 over plain TCP or where there is no answer.
    - `body`: its beginning; `peer`: the address that answered.
    - `error`: why there is no answer, or empty; `seconds`: how long it took.
    """

    status: int
    body: str
    peer: str
    error: str
    seconds: float


class Answered(Frozen):
    """The answers to a request that was sent one or several times, in order.

    `source` is where it came from, a network or the host; `to` is HOST:PORT. `asked`: sentences on
    how the containers were that it was sent to, where an answer is missing.
    """

    did: Literal["answered"] = "answered"
    source: str
    to: str
    answers: tuple[Answer, ...]
    asked: str = ""


class Content(Frozen):
    """A text file of a container, a volume or a mounted folder.

    `lines`: the first hundred, each up to 400 characters; None where there is no such file.
    `asked`: where a text was waited for in vain, how the containers were that can write it.
    """

    did: Literal["content"] = "content"
    path: str
    lines: tuple[str, ...] | None
    asked: str = ""


class Counted(Frozen):
    """How many lines of a container's log hold the text `line`: `times`, of the whole log.

    `found` are the first four of them; `log` the first and the last lines of all.
    """

    did: Literal["counted"] = "counted"
    container: str
    line: str
    times: int
    found: tuple[str, ...] = ()
    log: tuple[LogLine, ...]


class Stopped(Frozen):
    """What `docker stop` did to a container; its times are seconds from the container's start.

    `printed_until`: when the last line before the stop was printed; None if there was none, or in
    facts of an older grader.
    """

    did: Literal["stopped"] = "stopped"
    container: str
    stop: StopFacts
    log: tuple[LogLine, ...]
    printed_until: float | None = None


class Done(Frozen):
    """A step that leaves nothing to look at, such as writing a file."""

    did: Literal["done"] = "done"


Seen = Started | Said | Answered | Content | Counted | Stopped | Done


class Missing(Frozen):
    """A step that could not be done, and why."""

    did: Literal["missing"] = "missing"
    why: NotSeen


StepFacts = Annotated[Seen | Missing, Field(discriminator="did")]


class SceneFacts(Frozen):
    """What the steps of a scene saw, by the steps' ids."""

    kind: Literal["scene"] = "scene"
    steps: Mapping[str, StepFacts]
