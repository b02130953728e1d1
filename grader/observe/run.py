"""Observes one container from outside: starts it, reads its processes, stops and removes it."""

import posixpath
import time
from collections.abc import Collection, Mapping

from grader.build.image_builder import Built
from grader.core.text import shorten
from grader.engine.profile import READY_DEADLINE
from grader.engine.protocol import ContainerRecord, ContainerSpec, Engine
from grader.facts import (
    Ended,
    NeighbourFacts,
    NotSeen,
    Place,
    Process,
    Program,
    RunFacts,
    StopFacts,
)
from grader.observe.image import shadowing, shadows_in
from grader.observe.log import read_log
from grader.observe.own_time import OwnTime
from grader.observe.program import (
    FoundProgram,
    find_program,
    holds_program,
    read_python_command,
)
from grader.observe.run_context import RunContext
from grader.observe.start import begin, create
from grader.observe.stop import observe_stop
from grader.spec.assignment import Aspect, fill
from grader.spec.observations import RunSpec

_POLL = 0.02
_FIRST_LINE = 4096  # bytes that a `#!` line above the program may have
# A container in which nothing runs the program by then is looked at as it is.
_NO_PROGRAM_DEADLINE = 5.0


def observe_run(
    context: RunContext, spec: RunSpec, built: Built, aspects: Collection[Aspect]
) -> RunFacts | NotSeen:
    """Return what one container did; NotSeen if the student's image cannot be started.

    Which `aspects` are asked for decides how much is done: without STOP, for instance, it is not
    stopped but killed. Nothing runs inside the container that the student did not put there.
    """
    engine, image_id = context.engine, built.image_id
    args = tuple(fill(text, context.words) for text in spec.args)
    env = {name: fill(text, context.words) for name, text in spec.env.items()}
    request = ContainerSpec(image=image_id, args=args, env=env, run_id=context.run_id)
    place = Place(file=context.assignment.images[spec.image].dockerfile)
    container = create(context, built, request, place)
    if isinstance(container, NotSeen):
        return container
    try:
        if missing := begin(context, built, container, request, place):
            return missing
        return _look(context, spec, container, built, args, env, aspects)
    finally:
        engine.remove(container)


def _look(
    context: RunContext,
    spec: RunSpec,
    container: str,
    built: Built,
    args: tuple[str, ...],
    env: Mapping[str, str],
    aspects: Collection[Aspect],
) -> RunFacts:
    engine, image_id = context.engine, built.image_id
    scripts = _Scripts(context, image_id)
    try:
        started, processes, ready = _wait_until_ready(context, container, scripts)
        changes = engine.changes(container)
        program = _program(context, container, scripts, started, processes, changes)
        shadows = scripts.shadows(program) if program else ()
    finally:
        scripts.close()
    processes = _with_digests(engine, container, processes)
    environment = None
    if Aspect.ENVIRONMENT in aspects and program is not None:
        environment = engine.environment(container, program.pid)
    neighbour = None
    if Aspect.NEIGHBOUR in aspects and ready:
        neighbour = _neighbour(context, container, image_id)
    stop: StopFacts | None = None
    if Aspect.STOP in aspects and ready:
        stop = observe_stop(
            *(engine, container, started, processes),
            faithful=context.faithful,
            trial=context.trial,
            base=built.base.id,
        )
    return RunFacts(
        image=spec.image,
        args=args,
        env=env,
        command=started.command,
        ready=ready,
        init_pid=processes[0].pid if processes else started.pid,
        processes=processes,
        program=program,
        environment=environment,
        ended=None if processes else _ended(engine, container),
        stop=stop,
        neighbour=neighbour,
        shadows=(*shadows, *_new_shadows(context, program, changes)),
        libraries=tuple(p for p in changes if posixpath.dirname(p) in built.base.libraries),
        log=read_log(engine, container, started.started_at),
    )


class _Scripts:
    """What the image holds where processes say that their scripts are.

    Read from a container that is never started, where nothing can have changed it.
    """

    def __init__(self, context: RunContext, image_id: str) -> None:
        self._engine = context.engine
        self._given = context.assignment.provided.get(context.assignment.submission.program, b"")
        self._names = context.assignment.submission.provided
        record = self._engine.image(image_id)
        self._workdir = (record and record.workdir) or "/"
        self._request = ContainerSpec(image=image_id, args=("true",), run_id=context.run_id)
        self._pristine: str | None = None
        self._provided: dict[str, bool] = {}

    def path(self, found: FoundProgram) -> str:
        """Return the absolute path of a process's script."""
        cwd = found.process.cwd or self._workdir
        return posixpath.normpath(posixpath.join(cwd, found.path))

    def is_provided(self, found: FoundProgram) -> bool:
        """Return whether the image holds the provided program there."""
        path = self.path(found)
        if path not in self._provided:
            if self._pristine is None:
                self._pristine = self._engine.create(self._request)
            self._provided[path] = self.holds(self._pristine, path)
        return self._provided[path]

    def holds(self, container: str, path: str) -> bool:
        """Return whether a container holds the provided program at a path."""
        most = len(self._given) + _FIRST_LINE
        content = self._engine.read(container, path, most, follow=True)
        return content is not None and holds_program(content, self._given)

    def shadows(self, program: Program) -> tuple[str, ...]:
        """Return what beside the program hides Python's own modules, outside of WORKDIR."""
        folder = posixpath.dirname(program.path)
        # What stands in WORKDIR is told of the image.
        if self._pristine is None or folder == self._workdir:
            return ()
        return shadows_in(self._engine, self._pristine, folder, self._names)

    def close(self) -> None:
        """Remove the container that was read from."""
        if self._pristine is not None:
            self._engine.remove(self._pristine)


def _wait_until_ready(
    context: RunContext, container: str, scripts: _Scripts
) -> tuple[ContainerRecord, tuple[Process, ...], bool]:
    """Wait until the program has a handler for SIGTERM, has ended, or its own time is up.

    Return the container's record, its processes then, and whether the program was ready. Raises
    EngineFault where it had hardly any time of its own.
    """
    engine, name = context.engine, context.assignment.submission.program
    record = engine.inspect(container)
    own = OwnTime(engine, lambda: [container])
    with own.followed():
        while True:
            processes = engine.processes(container)
            if not processes and not engine.inspect(container).running:
                return record, (), False
            found = find_program(processes, name, scripts.is_provided)
            if found and found.process.catches_term:
                return record, processes, True
            took = own.passed()
            waited = took - own.lost()
            if waited > READY_DEADLINE or (waited > _NO_PROGRAM_DEADLINE and not found):
                return record, processes, False
            if own.too_long():
                own.check(took)
            time.sleep(_POLL)


def _program(
    context: RunContext,
    container: str,
    scripts: _Scripts,
    started: ContainerRecord,
    processes: tuple[Process, ...],
    changes: Collection[str],
) -> Program | None:
    name = context.assignment.submission.program
    found = find_program(processes, name, scripts.is_provided)
    if found is None:
        return None
    process, arguments, exact = found.process, found.arguments, found.exact
    if not exact and process == processes[0] and " ".join(started.command) == process.args:
        # What the engine itself executed keeps the boundaries that ps lost.
        (_, arguments), exact = read_python_command(started.command), True
    absolute = scripts.path(found)
    return Program(
        pid=process.pid,
        path=absolute,
        arguments=arguments,
        exact=exact,
        provided=scripts.is_provided(found),
        # A volume's files are in no list of changes, so the running container's is read as well.
        changed=absolute in changes or not scripts.holds(container, absolute),
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
    """Put a file into the running container and look for it in a second one of the same image."""
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
