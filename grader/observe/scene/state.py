"""What exists while a scene runs: its networks, volumes, folders and containers."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from grader.build.image_builder import Built
from grader.core.printed import last_line
from grader.engine.protocol import ContainerRecord, ContainerSpec, Engine
from grader.facts import Fault, NotSeen
from grader.facts.runs import LogLine
from grader.observe.log import read_log
from grader.observe.own_time import OwnTime
from grader.observe.run_context import RunContext
from grader.observe.scene.helpers import Helpers
from grader.spec.assignment import fill
from grader.spec.scenes import SceneSpec, Start


class CannotError(Exception):
    """A step cannot be done, and that is the student's fault; `why` goes into its facts."""

    def __init__(self, why: NotSeen) -> None:
        super().__init__(why.why)
        self.why = why


def student(why: str) -> NotSeen:
    """Return a NotSeen that is the student's fault."""
    return NotSeen(fault=Fault.STUDENT, why=why)


@dataclass
class SceneState:
    """What exists while a scene runs. Keys are names of the spec, values are the engine's own.

    A folder of the host is a volume that stays empty until a container writes into it: the engine
    may be on another machine, where nothing of this one can be mounted.

    A container is called by the id of the step that started it. `containers` are those that were
    not removed yet; `started` are the engine's records from their start, `specs` what the step
    asked for, `requests` what the engine was given, `names` the engine's names of them. `undone`
    says of steps that could not be done why not, `unwritten` the same of lines that could not be
    appended, by the line. `waited` are the seconds that the student's containers have kept the
    grader waiting so far.
    """

    context: RunContext
    images: Mapping[str, Built]
    unbuilt: Mapping[str, NotSeen]
    helpers: Helpers
    networks: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    containers: dict[str, str] = field(default_factory=dict)
    started: dict[str, ContainerRecord] = field(default_factory=dict)
    specs: dict[str, Start] = field(default_factory=dict)
    requests: dict[str, ContainerSpec] = field(default_factory=dict)
    unwritten: dict[str, NotSeen] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    undone: dict[str, NotSeen] = field(default_factory=dict)
    waited: float = 0.0

    @property
    def engine(self) -> Engine:
        """Return the engine that the scene runs on."""
        return self.context.engine

    def network(self, name: str) -> str:
        """Return the engine's name of one of the scene's networks; others keep their own."""
        return self.networks.get(name, name)

    def fill(self, text: str) -> str:
        """Return the text with words, `{ip:…}`, `{name:…}` and `{port:…:PORT}` filled in."""
        text = fill(text, self.context.words)
        text = re.sub(r"\{name:([a-z0-9-]+)\}", lambda m: self._name(m[1]), text)
        text = re.sub(r"\{ip:([a-z0-9-]+)\}", lambda m: self.address(m[1]), text)
        return re.sub(
            r"\{port:([a-z0-9-]+):(\d+)\}",
            lambda m: str(self._port(m[1], int(m[2]))),
            text,
        )

    def address(self, name: str) -> str:
        """Return a container's address in the network it was started in."""
        record = self.started.get(name)
        if record is None:
            raise CannotError(self.undone.get(name) or student(f"{name} was not started."))
        if not any(record.addresses.values()):
            raise CannotError(student(f"{name} had ended as soon as it began: {self.end(name)}."))
        return next(iter(record.addresses.values()))

    def _name(self, name: str) -> str:
        if name not in self.names:
            raise CannotError(self.undone.get(name) or student(f"{name} was not started."))
        return self.names[name]

    def _port(self, name: str, port: int) -> int:
        record = self.started.get(name)
        if record is None:
            raise CannotError(self.undone.get(name) or student(f"{name} was not started."))
        if port not in record.ports:
            raise CannotError(student(f"{name} had ended as soon as it began: {self.end(name)}."))
        return record.ports[port]

    def image(self, name: str) -> Built:
        """Return a student's image; raises CannotError if it was not built."""
        if name in self.unbuilt:
            raise CannotError(self.unbuilt[name])
        return self.images[name]

    def container(self, name: str) -> str:
        """Return the engine's id of a container that was started and is still there."""
        if name not in self.containers or name not in self.started:
            gone = student(f"The container {name} is not there any more.")
            raise CannotError(self.undone.get(name) or gone)
        return self.containers[name]

    def log(self, name: str) -> tuple[LogLine, ...]:
        """Return the first and last lines that a container printed."""
        record = self.engine.inspect(self.containers[name])
        return read_log(self.engine, self.containers[name], record.started_at)

    def end(self, name: str) -> str:
        """Return in words how a container ended."""
        code = self.engine.inspect(self.containers[name]).exit_code
        words = last_line(self.log(name), 400)
        return f"exit code {code}, its last line was: {words}" if words else f"exit code {code}"

    @contextmanager
    def waiting(self, within: float) -> Iterator[OwnTime]:
        """Add the containers' own seconds in the block to `waited`, `within` at most.

        What takes longer than the step allows was the engine's, and not the student's. Raises
        EngineFault where all the time was taken, and the containers were in line for a processor
        in much of it: then nobody knows what they would have done.
        """
        own = OwnTime(self.engine, self._waited_for)
        with own.followed():
            yield own
        took, lost = own.passed(), own.lost()
        self.waited += min(took - lost, within)
        if took >= within:
            own.check(took, within)

    def _waited_for(self) -> list[str]:
        return [*self.containers.values(), *self.helpers.containers()]


@contextmanager
def scene_state(
    context: RunContext,
    spec: SceneSpec,
    images: Mapping[str, Built],
    unbuilt: Mapping[str, NotSeen],
) -> Iterator[SceneState]:
    """Make a scene's networks, volumes and folders and yield them; remove all of it afterwards."""
    engine, run_id = context.engine, context.run_id
    base = next(iter(images.values())).base.id
    with ExitStack() as stack:
        # Last in, first out: containers go before the networks and volumes they use.
        networks = {}
        for name, kind in spec.networks.items():
            networks[name] = engine.create_network(run_id, internal=kind == "internal")
            stack.callback(engine.remove_network, networks[name])
        volumes = {}
        for name in spec.volumes:
            volumes[name] = engine.create_volume(run_id)
            stack.callback(engine.remove_volume, volumes[name])
        folders = {}
        for name in spec.folders:
            folders[name] = engine.create_volume(run_id)
            stack.callback(engine.remove_volume, folders[name])
        helpers = stack.enter_context(Helpers(engine, base, run_id))
        for folder in folders.values():
            helpers.open_to_all(folder)
        state = SceneState(context, images, unbuilt, helpers, networks, volumes, folders)
        stack.callback(_remove_all, state)
        yield state


def _remove_all(state: SceneState) -> None:
    with ExitStack() as stack:  # one that cannot be removed keeps none of the others
        for container in state.containers.values():
            stack.callback(state.engine.remove, container)
