"""The steps of a scene that do something to a container.

Each takes the scene's state, the step's id and the step's parameters, and returns its facts. It
raises CannotError for what is the student's fault and EngineError for what is the engine's.
"""

import secrets
import time

from grader.core.errors import EngineFault
from grader.core.signals import number_of
from grader.engine.protocol import ContainerSpec, Mount
from grader.facts import NotSeen, Place
from grader.facts.scenes import Done, Seen, Started, Stopped
from grader.observe.scene.state import CannotError, SceneState, student
from grader.observe.start import begin, create
from grader.observe.stop import DOCKER_GRACE, observe_stop
from grader.spec.scenes import Occupy, Of, Start

# Seconds: for a program of the grader's own to come up on a busy machine, and between two looks.
_OWN_BEGINS, _POLL = 30.0, 0.05


def start(state: SceneState, step: str, todo: Start) -> Seen:
    """Start a container under a new random name; with `ends`, wait for its end."""
    image = state.image(todo.image).image_id if todo.image else state.helpers.base
    args = tuple(state.fill(text) for text in todo.args)
    called = f"grader-{step}-{secrets.token_hex(4)}"
    network = state.network(todo.network)
    request = ContainerSpec(
        image=image,
        args=(*_own_program(state, todo), *args),
        env={name: state.fill(text) for name, text in todo.env.items()},
        run_id=state.context.run_id,
        network=network,
        name=called,
        aliases=todo.aliases,
        dns=state.helpers.nameserver(network),
        mounts=tuple(_mount(state, name, target) for name, target in todo.mounts.items()),
        publish=todo.publish,
        stop_signal=_stop_signal(state, image),
    )
    container = _create(state, todo, request)
    state.containers[step] = container
    state.names[step] = called
    state.specs[step] = todo
    state.requests[step] = request
    _begin(state, step)
    if todo.elsewhere in state.started and _same_address(state, step, todo.elsewhere):
        raise EngineFault(f"the engine gave {step} the address that {todo.elsewhere} had")
    if todo.ends:
        _wait_for_end(state, step)
    return _started(state, step)


def again(state: SceneState, _: str, todo: Of) -> Seen:
    """Kill a container and start it again."""
    container = state.container(todo.of)
    state.engine.kill(container)
    _wait_for_end(state, todo.of)
    _begin(state, todo.of)
    return _started(state, todo.of)


def wait(state: SceneState, _: str, todo: Of) -> Seen:
    """Wait until a container has ended, or its time is up."""
    state.container(todo.of)
    _wait_for_end(state, todo.of)
    return _started(state, todo.of)


def stop(state: SceneState, _: str, todo: Of) -> Seen:
    """Run `docker stop`; a container that has already ended cannot be stopped."""
    container = state.container(todo.of)
    engine = state.engine
    processes = engine.processes(container)
    if not processes:
        raise CannotError(student(f"{todo.of} had already ended: {state.end(todo.of)}"))
    # The times of a stop count from this start, also of a container that was started again.
    record = engine.inspect(container)
    before = state.log(todo.of)
    sends = number_of(state.requests[todo.of].stop_signal)
    with state.waiting(DOCKER_GRACE):
        found = observe_stop(
            *(engine, container, record, processes),
            faithful=state.context.faithful,
            sends=sends,
            trial=state.context.trial,
            base=state.helpers.base,
        )
    return Stopped(
        container=todo.of,
        stop=found,
        log=state.log(todo.of),
        printed_until=before[-1].at if before else None,
    )


def remove(state: SceneState, _: str, todo: Of) -> Seen:
    """Remove a container, running or not, together with its anonymous volumes."""
    state.engine.remove(state.container(todo.of))
    del state.containers[todo.of]
    return Done()


def occupy(state: SceneState, step: str, todo: Occupy) -> Seen:
    """Start an idle container of the grader's own, so that it takes an address or a name."""
    state.containers[step] = state.helpers.idle(state.network(todo.network), todo.aliases)
    return Done()


def _own_program(state: SceneState, todo: Start) -> tuple[str, ...]:
    """Return the command of a container of the grader's own, () for a student's image."""
    if not todo.program:
        return ()
    text = state.context.assignment.provided[todo.program].decode()
    return ("python3", "-u", "-c", text)


def _create(state: SceneState, todo: Start, request: ContainerSpec) -> str:
    if not todo.image:
        return state.engine.create(request)
    container = create(state.context, state.image(todo.image), request, _place(state, todo))
    if isinstance(container, NotSeen):
        raise CannotError(container)
    return container


def _begin(state: SceneState, step: str) -> None:
    container, todo = state.containers[step], state.specs[step]
    if not todo.image:
        state.engine.start(container)
        _wait_for_own(state, container)
    else:
        built, request = state.image(todo.image), state.requests[step]
        if missing := begin(state.context, built, container, request, _place(state, todo)):
            raise CannotError(missing)
    state.started[step] = record = state.engine.inspect(container)
    if record.running and not record.ports.keys() >= set(todo.publish):
        raise EngineFault(f"the engine did not publish the ports of {step}")


def _wait_for_own(state: SceneState, container: str) -> None:
    """Wait until a program of the grader's own has printed its first line: it listens by then.

    Raises EngineFault where it does not, which is nothing of the student's.
    """
    begin = time.monotonic()
    while not state.engine.log(container):
        if time.monotonic() - begin > _OWN_BEGINS or not state.engine.inspect(container).running:
            raise EngineFault("a program of the grader's own did not begin to listen")
        time.sleep(_POLL)


def _stop_signal(state: SceneState, image: str) -> str:
    record = state.engine.image(image)
    return (record and record.stop_signal) or "SIGTERM"


def _wait_for_end(state: SceneState, step: str) -> None:
    within = state.specs[step].within
    with state.waiting(within) as own:
        left = within
        while not state.engine.wait(state.containers[step], left) and not own.too_long():
            left = within - (own.passed() - own.lost())
            if left <= 0:
                break


def _started(state: SceneState, step: str) -> Started:
    todo, record = state.specs[step], state.engine.inspect(state.containers[step])
    return Started(
        container=step,
        image=todo.image or todo.program,
        args=tuple(state.fill(text) for text in todo.args),
        address=next(iter(state.started[step].addresses.values()), ""),
        running=record.running,
        exit_code=None if record.running else record.exit_code,
        log=state.log(step),
    )


def _place(state: SceneState, todo: Start) -> Place:
    return Place(file=state.context.assignment.images[todo.image].dockerfile)


def _same_address(state: SceneState, one: str, other: str) -> bool:
    first, second = state.started[one].addresses, state.started[other].addresses
    return any(first.values()) and first == second


def _mount(state: SceneState, name: str, target: str) -> Mount:
    path, _, mode = target.partition(":")
    source = state.volumes.get(name) or state.folders[name]
    alone = name in state.folders
    return Mount("volume", path, source, read_only=mode == "ro", as_it_is=alone)
