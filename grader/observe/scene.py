"""Plays a scene: makes its networks and volumes, does its steps, takes everything away."""

import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from grader.build import Built
from grader.engine.protocol import ContainerRecord, ContainerSpec, Engine, Mount
from grader.errors import EngineFault, EngineRefusal
from grader.facts import Fault, NotSeen, Place
from grader.facts.runs import LogLine
from grader.facts.scenes import (
    Content,
    Counted,
    Done,
    Missing,
    Said,
    SceneFacts,
    Seen,
    Started,
    StepFacts,
    Stopped,
)
from grader.frozen import Frozen
from grader.observe.helpers import Helpers
from grader.observe.run import RunContext, explain_start, read_log
from grader.observe.start import explain_script, wait_for_program
from grader.observe.stop import observe_stop
from grader.spec.model import fill
from grader.spec.scenes import (
    HOST,
    Append,
    Count,
    Occupy,
    Of,
    Read,
    Request,
    Says,
    SceneSpec,
    Start,
)
from grader.text import shorten, visible

# Seconds that a scene's containers may keep the grader waiting, all steps together. What the engine
# needs on top, on a busy machine much, is not theirs; each of its calls has a deadline of its own.
_PATIENCE = 90.0
_POLL = 0.05
# Every look into a container is an event, and the engine keeps only its last 256 events.
_READ_POLL = 0.25
_CONTENT_LIMIT = 64 * 1024
_CONTENT_LINES = 100


class _CannotError(Exception):
    """A step cannot be done, and it is the student's doing."""

    def __init__(self, why: NotSeen) -> None:
        super().__init__(why.why)
        self.why = why


@dataclass
class _Stage:
    """What is there while a scene is played; names are the spec's, values the engine's."""

    context: RunContext
    images: Mapping[str, Built]
    helpers: Helpers
    networks: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    containers: dict[str, str] = field(default_factory=dict)
    started: dict[str, ContainerRecord] = field(default_factory=dict)
    specs: dict[str, Start] = field(default_factory=dict)
    unwritten: dict[str, NotSeen] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    undone: dict[str, NotSeen] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        return self.context.engine

    def network(self, name: str) -> str:
        return self.networks.get(name, name)

    def fill(self, text: str) -> str:
        """Return the text with words, `{ip:…}`, `{name:…}` and `{port:…:PORT}` filled in."""
        text = fill(text, self.context.words)
        text = re.sub(r"\{name:([a-z0-9-]+)\}", lambda m: self._name(m[1]), text)
        text = re.sub(r"\{ip:([a-z0-9-]+)\}", lambda m: self.address(m[1]), text)
        return re.sub(
            r"\{port:([a-z0-9-]+):(\d+)\}",
            lambda m: str(self._ports(m[1]).get(int(m[2]), 9)),
            text,
        )

    def address(self, name: str) -> str:
        """Return a container's address in the network it was started in."""
        record = self.started.get(name)
        if record is None:
            raise _CannotError(self.undone.get(name) or _student(f"{name} was not started."))
        if not any(record.addresses.values()):
            raise _CannotError(_student(f"{name} ended as soon as it began: {_end(self, name)}."))
        return next(iter(record.addresses.values()))

    def _name(self, name: str) -> str:
        if name not in self.names:
            raise _CannotError(self.undone.get(name) or _student(f"{name} was not started."))
        return self.names[name]

    def _ports(self, name: str) -> Mapping[int, int]:
        record = self.started.get(name)
        return record.ports if record else {}


def observe_scene(context: RunContext, spec: SceneSpec, images: Mapping[str, Built]) -> SceneFacts:
    """Return what every step of a scene saw; raises EngineError for the engine's own faults."""
    found: dict[str, StepFacts] = {}
    waited = 0.0
    with ExitStack() as stack:
        stage = stack.enter_context(_staged(context, spec, images))
        for step in spec.steps:
            ((word, thing),) = step.todo().items()
            if waited > _PATIENCE:
                why = f"The containers of this scene were waited for more than {_PATIENCE:.0f} s."
                found[step.id] = Missing(why=_student(why))
                continue
            begin = time.monotonic()
            try:
                found[step.id] = _STEPS[word](stage, step.id, thing)
            except _CannotError as cannot:
                found[step.id] = Missing(why=cannot.why)
                stage.undone[step.id] = cannot.why
            waited += min(time.monotonic() - begin, getattr(thing, "within", 0.0))
    return SceneFacts(steps=found)


@contextmanager
def _staged(context: RunContext, spec: SceneSpec, images: Mapping[str, Built]) -> Iterator[_Stage]:
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
        folders = {
            name: stack.enter_context(_folder(engine, base, run_id)) for name in spec.folders
        }
        helpers = stack.enter_context(Helpers(engine, base, run_id))
        stage = _Stage(context, images, helpers, networks, volumes, folders)
        stack.callback(_remove_all, stage)
        yield stage


def _remove_all(stage: _Stage) -> None:
    for container in stage.containers.values():
        stage.engine.remove(container)


@contextmanager
def _folder(engine: Engine, base: str, run_id: str) -> Iterator[Path]:
    """Yield a folder of this host that containers may write to, as any user."""
    folder = Path(tempfile.mkdtemp(prefix="grader-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder)
        except PermissionError:  # files of the container's root, and we are not root
            Helpers.empty_folder(engine, base, run_id, folder)
            shutil.rmtree(folder, ignore_errors=True)


# --- steps -----------------------------------------------------------------------------------


def _start(stage: _Stage, step: str, wish: Start) -> Seen:
    engine, built = stage.engine, stage.images[wish.image]
    place = Place(file=stage.context.assignment.images[wish.image].dockerfile)
    args = tuple(stage.fill(text) for text in wish.args)
    called = f"grader-{step}-{secrets.token_hex(4)}"
    request = ContainerSpec(
        image=built.image_id,
        args=args,
        env={name: stage.fill(text) for name, text in wish.env.items()},
        run_id=stage.context.run_id,
        network=stage.network(wish.network),
        name=called,
        aliases=wish.aliases,
        mounts=tuple(_mount(stage, name, target) for name, target in wish.mounts.items()),
        publish=wish.publish,
    )
    try:
        container = engine.create(request)
    except EngineRefusal as refusal:
        why = _not_created(stage, request, refusal)
        raise _CannotError(NotSeen(fault=Fault.STUDENT, why=why, place=place)) from refusal
    stage.containers[step] = container
    stage.names[step] = called
    stage.specs[step] = wish
    _begin(stage, step, place, args)
    if wish.elsewhere in stage.started and _same_address(stage, step, wish.elsewhere):
        raise EngineFault(f"the engine gave {step} the address that {wish.elsewhere} had")
    if wish.ends:
        engine.wait(container, wish.within)
    return _started(stage, step)


def _not_created(stage: _Stage, request: ContainerSpec, refusal: EngineRefusal) -> str:
    """Return why a container could not be made; EngineFault if one of the bare base cannot."""
    if "No command specified" in str(refusal):
        return "The image says nothing to run: it has neither ENTRYPOINT nor CMD."
    base = next(b.base.id for b in stage.images.values() if b.image_id == request.image)
    try:
        stage.engine.remove(
            stage.engine.create(replace(request, image=base, args=("true",), name=None))
        )
    except EngineRefusal:
        raise EngineFault(str(refusal)) from refusal
    return f"The engine refused to make a container of it: {shorten(str(refusal), 300)}"


def _begin(stage: _Stage, step: str, place: Place, args: tuple[str, ...]) -> None:
    engine, container = stage.engine, stage.containers[step]
    built = stage.images[stage.specs[step].image]
    try:
        engine.start(container)
    except (EngineRefusal, EngineFault) as error:
        why = explain_start(stage.context, built, engine.inspect(container), place, args, error)
        raise _CannotError(explain_script(engine, container, built, why)) from error
    if missing := wait_for_program(engine, container, place):
        raise _CannotError(explain_script(engine, container, built, missing))
    stage.started[step] = engine.inspect(container)


def _started(stage: _Stage, step: str) -> Started:
    engine, container, wish = stage.engine, stage.containers[step], stage.specs[step]
    record = engine.inspect(container)
    return Started(
        container=step,
        image=wish.image,
        args=tuple(stage.fill(text) for text in wish.args),
        address=next(iter(stage.started[step].addresses.values()), ""),
        running=record.running,
        exit_code=None if record.running else record.exit_code,
        log=_log(stage, step),
    )


def _same_address(stage: _Stage, one: str, other: str) -> bool:
    first, second = stage.started[one].addresses, stage.started[other].addresses
    return any(first.values()) and first == second


def _mount(stage: _Stage, name: str, target: str) -> Mount:
    path, _, mode = target.partition(":")
    if name in stage.volumes:
        return Mount("volume", path, stage.volumes[name], read_only=mode == "ro")
    return Mount("bind", path, str(stage.folders[name]), read_only=mode == "ro")


def _says(stage: _Stage, _: str, wish: Says) -> Seen:
    container = _container(stage, wish.of)
    line, begin, clock = stage.fill(wish.line), time.monotonic(), stage.engine.now()
    if line in stage.unwritten:
        raise _CannotError(stage.unwritten[line])
    while True:
        running = stage.engine.inspect(container).running
        log = stage.engine.log(container)
        printed = next((entry.at for entry in log if line in entry.text), None)
        waited = time.monotonic() - begin
        if printed is not None or waited > wish.within or not running:
            return Said(
                container=wish.of,
                line=line,
                # By the engine's record: how long it took us to look is not the container's.
                after=None if printed is None else min(waited, max(0.0, printed - clock)),
                running=running,
                log=_log(stage, wish.of),
            )
        time.sleep(_POLL)


def _request(stage: _Stage, _: str, wish: Request) -> Seen:
    to = stage.fill(wish.to)
    source = HOST if wish.source == HOST else stage.network(wish.source)
    seen = stage.helpers.ask(
        source,
        wish.source,
        {
            "to": to,
            "method": wish.method,
            "path": stage.fill(wish.path),
            "body": None if wish.body is None else stage.fill(wish.body),
            "send": None if wish.send is None else stage.fill(wish.send),
            "within": wish.within,
            "times": wish.times,
            "once": wish.once,
        },
    )
    if any(answer.error or not (answer.status or answer.body) for answer in seen.answers):
        host, _, port = to.rpartition(":")
        return seen.model_copy(update={"asked": _asked(stage, host, port)})
    return seen


def _asked(stage: _Stage, host: str, port: str) -> str:
    """Return how the containers called `host` are doing; nothing if there are none.

    At the host's own address it is those that have published their port there as `port`.
    """
    known = [
        name
        for name, record in stage.started.items()
        if name in stage.containers
        if (host == "127.0.0.1" and port in map(str, record.ports.values()))
        or host in (name, stage.names[name], *stage.specs[name].aliases, *record.addresses.values())
    ]
    return " ".join(_doing(stage, name) for name in known)


def _doing(stage: _Stage, name: str) -> str:
    if not stage.engine.inspect(stage.containers[name]).running:
        return f"{name} had ended: {_end(stage, name)}."
    words = [line.text for line in _log(stage, name) if re.search("[A-Za-z]", line.text)]
    last = f"the last it printed was: {shorten(words[-1], 160)}" if words else "it printed nothing"
    return f"{name} was running; {last}."


def _append(stage: _Stage, _: str, wish: Append) -> Seen:
    problem = stage.helpers.append(stage.volumes[wish.volume], wish.path, stage.fill(wish.line))
    if problem:
        why = _student(f"Nothing could be appended to {wish.path} in the volume: {problem}.")
        stage.unwritten[stage.fill(wish.line)] = why
        raise _CannotError(why)
    return Done()


def _read(stage: _Stage, _: str, wish: Read) -> Seen:
    holding, ends = stage.fill(wish.holding).encode(), time.monotonic() + wish.within
    raw = _raw(stage, wish)
    while holding not in (raw or b"") and time.monotonic() < ends:
        time.sleep(_READ_POLL)
        raw = _raw(stage, wish)
    lines = None
    if raw is not None:
        text = raw.decode("utf-8", errors="replace")
        lines = tuple(visible(row, keep="\t")[:400] for row in text.split("\n")[:_CONTENT_LINES])
        lines = lines[:-1] if lines and lines[-1] == "" else lines
    return Content(path=wish.path, lines=lines)


def _raw(stage: _Stage, wish: Read) -> bytes | None:
    if wish.folder is not None:
        return _read_local(stage.folders[wish.folder], wish.path)
    if wish.volume is not None:
        return stage.helpers.read(stage.volumes[wish.volume], wish.path, _CONTENT_LIMIT)
    return stage.engine.read(_container(stage, wish.of or ""), wish.path, _CONTENT_LIMIT)


def _read_local(folder: Path, path: str) -> bytes | None:
    # A container may put a link or a pipe there at any moment, so no step of the way is looked at
    # first and opened then.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in Path(path).parts:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            inner = os.open(part, flags, dir_fd=handle)
            os.close(handle)
            handle = inner
        return os.read(handle, _CONTENT_LIMIT) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except OSError:
        return None
    finally:
        os.close(handle)


def _stop(stage: _Stage, _: str, wish: Of) -> Seen:
    container = _container(stage, wish.of)
    engine = stage.engine
    processes = engine.processes(container)
    if not processes:
        raise _CannotError(_student(f"{wish.of} had already ended: {_end(stage, wish.of)}"))
    # The times of a stop count from this start, also of a container that was started again.
    record = engine.inspect(container)
    stop = observe_stop(engine, container, record, processes, faithful=stage.context.faithful)
    return Stopped(container=wish.of, stop=stop, log=_log(stage, wish.of))


def _remove(stage: _Stage, _: str, wish: Of) -> Seen:
    stage.engine.remove(_container(stage, wish.of))
    del stage.containers[wish.of]
    return Done()


def _again(stage: _Stage, _: str, wish: Of) -> Seen:
    container = _container(stage, wish.of)
    spec = stage.specs[wish.of]
    stage.engine.kill(container)
    stage.engine.wait(container, spec.within)
    place = Place(file=stage.context.assignment.images[spec.image].dockerfile)
    _begin(stage, wish.of, place, spec.args)
    return _started(stage, wish.of)


def _wait(stage: _Stage, _: str, wish: Of) -> Seen:
    container = _container(stage, wish.of)
    stage.engine.wait(container, stage.specs[wish.of].within)
    return _started(stage, wish.of)


def _occupy(stage: _Stage, step: str, wish: Occupy) -> Seen:
    stage.containers[step] = stage.helpers.idle(stage.network(wish.network), wish.aliases)
    return Done()


def _count(stage: _Stage, _: str, wish: Count) -> Seen:
    container = _container(stage, wish.of)
    line, without = stage.fill(wish.line), stage.fill(wish.without)
    texts = [entry.text for entry in stage.engine.log(container)]
    found = [text for text in texts if line in text and not (without and without in text)]
    return Counted(container=wish.of, line=line, times=len(found), log=_log(stage, wish.of))


def _container(stage: _Stage, name: str) -> str:
    if name not in stage.containers or name not in stage.started:
        why = stage.undone.get(name) or _student(f"The container {name} is not there any more.")
        raise _CannotError(why)
    return stage.containers[name]


def _log(stage: _Stage, name: str) -> tuple[LogLine, ...]:
    record = stage.engine.inspect(stage.containers[name])
    return read_log(stage.engine, stage.containers[name], record.started_at)


def _end(stage: _Stage, name: str) -> str:
    code = stage.engine.inspect(stage.containers[name]).exit_code
    words = [line.text for line in _log(stage, name) if line.text.strip()]
    return f"exit code {code}, its last line was: {words[-1]}" if words else f"exit code {code}"


def _student(why: str) -> NotSeen:
    return NotSeen(fault=Fault.STUDENT, why=why)


_Do = Callable[[_Stage, str, Frozen], Seen]
# What does each step, by the word an author writes; pydantic has matched word and type.
_STEPS: Mapping[str, _Do] = {
    "start": cast("_Do", _start),
    "says": cast("_Do", _says),
    "request": cast("_Do", _request),
    "append": cast("_Do", _append),
    "read": cast("_Do", _read),
    "stop": cast("_Do", _stop),
    "remove": cast("_Do", _remove),
    "again": cast("_Do", _again),
    "wait": cast("_Do", _wait),
    "occupy": cast("_Do", _occupy),
    "count": cast("_Do", _count),
}
