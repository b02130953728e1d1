"""What a spec can say of a scene: containers, networks and volumes, and steps that use them."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field, model_validator

from grader.core.models import Frozen
from grader.spec.observations import FileName, Id, ObservationSpec

HOST = "host"


class Start(Frozen):
    """Start a container of a student's image; the step's id is its name in later steps.

    With `program` in the place of `image` it is one of the grader's own, of the first base, that
    runs this provided program: what one image does then shows whatever the other one does.
    `network` is one of the scene's, `bridge` (Docker's default) or none. `mounts` maps a volume or
    folder of the scene to a path, `:ro` behind it for read-only. Where it should not keep running,
    `ends` says so and the step waits for its end. `elsewhere` names an earlier step whose address
    this container must not have; one that has it is the engine's fault.
    """

    image: Id | Literal[""] = ""
    program: FileName | Literal[""] = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = Field(default_factory=dict)
    network: str = "none"
    aliases: tuple[str, ...] = ()
    mounts: Mapping[Id, str] = Field(default_factory=dict)
    publish: tuple[int, ...] = ()
    ends: bool = False
    elsewhere: Id | None = None
    within: float = Field(default=10.0, gt=0, le=30)

    @model_validator(mode="after")
    def _one_to_start(self) -> "Start":
        if bool(self.image) == bool(self.program):
            message = "start takes one of: image, program"
            raise ValueError(message)
        return self


class Says(Frozen):
    """Wait until a container has printed a line that holds `line`."""

    of: Id
    line: str
    within: float = Field(default=5.0, gt=0, le=30)


class Request(Frozen):
    """Ask over HTTP, or with `send` over plain TCP, from inside a network or from the host.

    `to` is HOST:PORT, with `{ip:NAME}` for a container's address, `{name:NAME}` for its name and
    `{port:NAME:PORT}` for a published port. It is tried until `within` is over; `times` repeats
    it, each with a new lookup. From the host nothing but the host's own 127.0.0.1 can be asked.
    """

    source: str = Field(alias="from")
    to: str
    method: str = "GET"
    path: str = "/"
    body: str | None = None
    send: str | None = None
    within: float = Field(default=5.0, gt=0, le=30)
    times: int = Field(default=1, ge=1, le=50)
    once: bool = False


class Append(Frozen):
    """Append a line to a file of a volume, from a container of the grader's own."""

    volume: Id
    path: str
    line: str


class Read(Frozen):
    """Read a text file: of a volume or folder of the scene, or of a container.

    With `holding` it is read again until it holds that text or `within` is over.
    """

    volume: Id | None = None
    folder: Id | None = None
    of: Id | None = None
    path: str
    holding: str = ""
    within: float = Field(default=5.0, gt=0, le=30)


class Of(Frozen):
    """The container that a step is about, by the id of the step that started it."""

    of: Id


class Count(Frozen):
    """Count the lines of a container's log that hold `line`, but not `without` if it is given."""

    of: Id
    line: str
    without: str = ""


class Occupy(Frozen):
    """Start an idle container of the grader's own, so that addresses move.

    With `aliases` it has these names, and nothing listens behind them.
    """

    network: str
    aliases: tuple[str, ...] = ()


class Step(Frozen):
    """One step: an id for the checks, and exactly one thing to do."""

    id: Id
    start: Start | None = None
    says: Says | None = None
    request: Request | None = None
    append: Append | None = None
    read: Read | None = None
    stop: Of | None = None
    remove: Of | None = None
    again: Of | None = None
    wait: Of | None = None
    occupy: Occupy | None = None
    count: Count | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Step":
        if len(self.todo()) != 1:
            known = ", ".join(name for name in type(self).model_fields if name != "id")
            message = f"a step does exactly one of: {known}"
            raise ValueError(message)
        return self

    def todo(self) -> dict[str, Frozen]:
        """Return what the step does as its one key and value, as in the spec."""
        fields = (name for name in type(self).model_fields if name != "id")
        return {name: getattr(self, name) for name in fields if getattr(self, name) is not None}


class SceneSpec(ObservationSpec):
    """A scene: what it has, and the steps in the order in which they happen.

    A network is `internal` (nothing outside can be reached) or `open` (ports can be published).
    `folders` stand for folders of the host: empty at first, whatever the image holds there.
    """

    kind = "scene"

    networks: Mapping[Id, Literal["internal", "open"]] = Field(default_factory=dict)
    volumes: tuple[Id, ...] = ()
    folders: tuple[Id, ...] = ()
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _everything_is_named_before_it_is_used(self) -> "SceneSpec":
        places = {*self.networks, "bridge", "none", HOST}
        started: set[str] = set()
        for step in self.steps:
            for thing in step.todo().values():
                for name in _networks(thing):
                    _require(name in places, step, f"there is no network '{name}'")
                _require(_within_bounds(thing), step, "only a request to 127.0.0.1 is from host")
                for name in _storage(thing):
                    known = name in (*self.volumes, *self.folders)
                    _require(known, step, f"there is no volume or folder '{name}'")
                of = getattr(thing, "of", None) or getattr(thing, "elsewhere", None)
                _require(of is None or of in started, step, f"no earlier step starts '{of}'")
            if step.start is not None:
                started.add(step.id)
        ids = [step.id for step in self.steps]
        _require(len(set(ids)) == len(ids), self.steps[-1], "two steps have the same id")
        return self

    def images(self) -> tuple[str, ...]:
        started = (step.start.image for step in self.steps if step.start)
        return tuple(dict.fromkeys(image for image in started if image))

    def provided(self) -> tuple[str, ...]:
        started = (step.start.program for step in self.steps if step.start)
        return tuple(dict.fromkeys(program for program in started if program))

    def image_of(self, step: str) -> str | None:
        """Return the image of the container that a step starts or looks at, if it does."""
        steps = {each.id: each for each in self.steps}
        for thing in steps[step].todo().values():
            of = getattr(thing, "of", None)
            start = steps[of].start if of else steps[step].start
            if start is not None:
                return start.image or None
        return None

    def texts(self) -> Iterator[str]:
        for step in self.steps:
            for thing in step.todo().values():
                yield from _texts(thing)


def _require(fine: bool, step: Step, text: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not fine:
        message = f"step '{step.id}': {text}"
        raise ValueError(message)


def _networks(thing: Frozen) -> Iterator[str]:
    if isinstance(thing, Start | Occupy):
        yield thing.network
    if isinstance(thing, Request):
        yield thing.source


def _within_bounds(thing: Frozen) -> bool:
    """Return whether a step leaves the host's network alone.

    No container joins it, and a request from it goes to the host's own 127.0.0.1 only.
    """
    if isinstance(thing, Request):
        return thing.source != HOST or thing.to.startswith("127.0.0.1:")
    return HOST not in _networks(thing)


def _texts(thing: Frozen) -> Iterator[str]:
    if isinstance(thing, Start):
        yield from (*thing.args, *thing.env.values())
    if isinstance(thing, Says | Append | Count):
        yield thing.line
    if isinstance(thing, Read):
        yield thing.holding
    if isinstance(thing, Request):
        yield from (thing.to, thing.path, thing.body or "", thing.send or "")


def _storage(thing: Frozen) -> Iterator[str]:
    if isinstance(thing, Start):
        yield from thing.mounts
    if isinstance(thing, Append):
        yield thing.volume
    if isinstance(thing, Read):
        yield from (name for name in (thing.volume, thing.folder) if name)
