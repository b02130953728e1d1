"""Starts one container, looks at it from outside, stops it, and takes it away."""

import hashlib
import posixpath
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from grader.build import Built
from grader.engine.profile import READY_DEADLINE
from grader.engine.protocol import ContainerRecord, ContainerSpec, Engine
from grader.errors import EngineFault, EngineRefusal
from grader.facts import (
    Ended,
    Fault,
    LogLine,
    NeighbourFacts,
    NotSeen,
    Place,
    Process,
    Program,
    RunFacts,
    StopFacts,
)
from grader.observe.image import shadowing
from grader.observe.program import find_program, read_python_command
from grader.observe.stop import observe_stop
from grader.spec.model import Aspect, Assignment, fill
from grader.spec.observations import RunSpec
from grader.text import shorten, visible

_POLL = 0.02
_LOG_LINES = 12  # kept at each end
# A container in which nothing runs the program by then is looked at as it is.
_NO_PROGRAM_DEADLINE = 5.0
# Docker's exit codes for a program that is not there or may not be executed.
_NOT_EXECUTABLE = 126
_NOT_STARTED = {_NOT_EXECUTABLE, 127}
_SHELL_WORDS = frozenset({"cd", "exec", "export", "set", "source", ".", "trap", "ulimit", "eval"})


@dataclass(frozen=True, slots=True)
class RunContext:
    """What every run of one lab shares. `faithful` waits docker stop's real ten seconds."""

    engine: Engine
    assignment: Assignment
    words: Mapping[str, str]
    run_id: str
    faithful: bool


def observe_run(
    context: RunContext, spec: RunSpec, built: Built, aspects: Collection[Aspect]
) -> RunFacts | NotSeen:
    """Return what one container did; NotSeen if the student's image cannot be started."""
    engine, image_id = context.engine, built.image_id
    args = tuple(fill(text, context.words) for text in spec.args)
    env = {name: fill(text, context.words) for name, text in spec.env.items()}
    request = ContainerSpec(image=image_id, args=args, env=env, run_id=context.run_id)
    try:
        container = engine.create(request)
    except EngineRefusal as refusal:
        if refusal.status == HTTPStatus.NOT_FOUND:
            raise EngineFault(f"the image just built is gone: {refusal}") from refusal
        return _not_created(context, spec, refusal)
    try:
        try:
            engine.start(container)
        except (EngineRefusal, EngineFault) as error:
            place = Place(file=context.assignment.images[spec.image].dockerfile)
            record = engine.inspect(container)
            return explain_start(context, built, record, place, args, error)
        return _look(context, spec, container, image_id, args, env, aspects)
    finally:
        engine.remove(container)


def _look(
    context: RunContext,
    spec: RunSpec,
    container: str,
    image_id: str,
    args: tuple[str, ...],
    env: Mapping[str, str],
    aspects: Collection[Aspect],
) -> RunFacts:
    engine = context.engine
    started, processes, ready = _wait_until_ready(context, container)
    changes = engine.changes(container)
    program = _program(context, container, image_id, started, processes, changes)
    processes = _with_digests(engine, container, processes)
    environment = None
    if Aspect.ENVIRONMENT in aspects and program is not None:
        environment = engine.environment(container, program.pid)
    neighbour = None
    if Aspect.NEIGHBOUR in aspects and ready:
        neighbour = _neighbour(context, container, image_id)
    stop: StopFacts | None = None
    if Aspect.STOP in aspects and ready:
        stop = observe_stop(engine, container, started, processes, faithful=context.faithful)
    return RunFacts(
        image=spec.image,
        args=args,
        env=env,
        command=started.command,
        ready=ready,
        init_pid=started.pid,
        processes=processes,
        program=program,
        environment=environment,
        ended=None if processes else _ended(engine, container),
        stop=stop,
        neighbour=neighbour,
        shadows=_new_shadows(context, program, changes),
        log=read_log(engine, container, started.started_at),
    )


def _wait_until_ready(
    context: RunContext, container: str
) -> tuple[ContainerRecord, tuple[Process, ...], bool]:
    """Poll until the program handles SIGTERM, has ended, or its time is up."""
    engine, name = context.engine, context.assignment.submission.program
    record = engine.inspect(container)
    begin = time.monotonic()
    while True:
        processes = engine.processes(container)
        if not processes and not engine.inspect(container).running:
            return record, (), False
        found = find_program(processes, name)
        if found and found.process.catches_term:
            return record, processes, True
        waited = time.monotonic() - begin
        if waited > READY_DEADLINE or (waited > _NO_PROGRAM_DEADLINE and not found):
            return record, processes, False
        time.sleep(_POLL)


def _program(
    context: RunContext,
    container: str,
    image_id: str,
    started: ContainerRecord,
    processes: tuple[Process, ...],
    changes: Collection[str],
) -> Program | None:
    found = find_program(processes, context.assignment.submission.program)
    if found is None:
        return None
    process, arguments, exact = found.process, found.arguments, found.exact
    if not exact and process.pid == started.pid and " ".join(started.command) == process.args:
        # What the engine itself executed keeps the boundaries that ps lost.
        (_, arguments), exact = read_python_command(started.command), True
    engine = context.engine
    record = engine.image(image_id)
    cwd = process.cwd or (record.workdir if record else "/")
    absolute = posixpath.normpath(posixpath.join(cwd, found.path))
    # Read from a container that is never started, where nothing can have changed it.
    pristine = engine.create(ContainerSpec(image=image_id, args=("true",), run_id=context.run_id))
    try:
        facts = engine.path(pristine, absolute)
    finally:
        engine.remove(pristine)
    given = context.assignment.provided[context.assignment.submission.program]
    digest = hashlib.sha256(given).hexdigest()
    # A volume's files are in no list of changes, so the running container's copy is read as well.
    now = engine.path(container, absolute)
    return Program(
        pid=process.pid,
        path=absolute,
        arguments=arguments,
        exact=exact,
        provided=facts is not None and facts.sha256 == digest,
        changed=absolute in changes or now is None or now.sha256 != digest,
    )


def _new_shadows(
    context: RunContext, program: Program | None, changes: Collection[str]
) -> tuple[str, ...]:
    folder = posixpath.dirname(program.path) if program else None
    beside = [posixpath.basename(path) for path in changes if posixpath.dirname(path) == folder]
    return shadowing(beside, context.assignment.submission.provided)


def _with_digests(
    engine: Engine, container: str, processes: tuple[Process, ...]
) -> tuple[Process, ...]:
    return tuple(
        process.model_copy(update={"exe_sha256": engine.program_sha256(container, process.pid)})
        for process in processes
    )


def _neighbour(context: RunContext, container: str, image_id: str) -> NeighbourFacts:
    """Put a file into the running container and look for it in a second one, running too."""
    engine = context.engine
    name = f"note-{context.run_id[:8]}.txt"
    request = ContainerSpec(image=image_id, run_id=context.run_id)
    second = engine.create(request)
    try:
        engine.start(second)
        # Into the root: the one directory that no image can lack or turn into a volume.
        engine.put_file(container, "/", name, b"written in the first container\n")
        path = f"/{name}"
        return NeighbourFacts(
            path=path,
            in_first=engine.exists(container, path),
            in_second=engine.exists(second, path),
        )
    finally:
        engine.remove(second)


def _ended(engine: Engine, container: str) -> Ended:
    record = engine.inspect(container)
    return Ended(
        exit_code=record.exit_code,
        oom_killed=record.oom_killed,
        error=shorten(record.error, 300),
        after=max(0.0, record.finished_at - record.started_at),
    )


def read_log(engine: Engine, container: str, started_at: float) -> tuple[LogLine, ...]:
    """Return the first and last lines a container printed, times from its start, all visible."""
    kept = engine.log(container)
    if len(kept) > 2 * _LOG_LINES:
        kept = (*kept[:_LOG_LINES], *kept[-_LOG_LINES:])
    return tuple(
        LogLine(at=line.at - started_at, text=visible(line.text, keep="\t")[:400]) for line in kept
    )


def _starts(context: RunContext, base_id: str) -> bool:
    """Return whether a container of the bare base starts: then it is not the engine that cannot."""
    engine = context.engine
    container = engine.create(
        ContainerSpec(image=base_id, args=("/bin/true",), run_id=context.run_id)
    )
    try:
        engine.start(container)
    except (EngineRefusal, EngineFault):
        return False
    finally:
        engine.remove(container)
    return True


def _not_created(context: RunContext, spec: RunSpec, refusal: EngineRefusal) -> NotSeen:
    place = Place(file=context.assignment.images[spec.image].dockerfile)
    if "No command specified" in str(refusal):
        why = "The image says nothing to run: it has neither ENTRYPOINT nor CMD."
    else:
        why = f"The engine refused to make a container of it: {shorten(str(refusal), 300)}"
    return NotSeen(fault=Fault.STUDENT, why=why, place=place)


def explain_start(
    context: RunContext,
    built: Built,
    record: ContainerRecord,
    place: Place,
    args: tuple[str, ...],
    error: Exception,
) -> NotSeen:
    """Return why a container could not be started; EngineFault when none can be."""
    if record.exit_code not in _NOT_STARTED and not _starts(context, built.base.id):
        raise EngineFault(f"no container can be started: {error}") from error
    words = (record.error or str(error)).rpartition("process:")[2].removesuffix(": unknown")
    why = f"The container could not be started (exit {record.exit_code}): {shorten(words, 300)}."
    image = context.engine.image(built.image_id)
    cause, hint = _why_not_started(args, record, bare=image is None or image.entrypoint is None)
    return NotSeen(fault=Fault.STUDENT, why=f"{why} {cause}".strip(), hint=hint, place=place)


def _why_not_started(
    args: tuple[str, ...], record: ContainerRecord, *, bare: bool
) -> tuple[str, str]:
    """Return the mistake behind a command that cannot be executed, and what to do about it."""
    program = record.command[0] if record.command else ""
    if bare:
        taken = f"Docker took the first of them, «{shorten(program)}», for the program."
        if args:
            behind = "the words behind the image's name in docker run replaced CMD"
            why = f"The image has no ENTRYPOINT: {behind}, and {taken}"
        else:
            why = f"The image has no ENTRYPOINT, only words in CMD: {taken}"
        return why, "Put the program in ENTRYPOINT and its default arguments in CMD."
    if " " in program:
        why = f"«{shorten(program)}» is one element of the list, so Docker takes it for one name."
        return why, "Make each word an element of its own."
    if program in _SHELL_WORDS:
        return (
            f"«{program}» is a word of the shell's, and a JSON list is run without a shell.",
            "Name the program itself, or use shell form.",
        )
    if "$" in program:
        return "In a JSON list no shell replaces variables.", "Write the program's name out."
    if record.exit_code == _NOT_EXECUTABLE:
        return (
            f"{shorten(program)} is there, but it is no program that can be executed.",
            "Start Python and give it the script: python3 main.py.",
        )
    return "", ""
