"""The steps of a scene that do something to a container."""

import secrets

from grader.core.errors import EngineFault
from grader.engine.protocol import ContainerSpec, Mount
from grader.facts import NotSeen, Place
from grader.facts.scenes import Done, Seen, Started, Stopped
from grader.observe.scene.state import CannotError, Stage, student
from grader.observe.start import begin, create
from grader.observe.stop import DOCKER_GRACE, observe_stop
from grader.spec.scenes import Occupy, Of, Start


def start(stage: Stage, step: str, wish: Start) -> Seen:
    """Start a container, and wait for its end where the step says so."""
    built = stage.image(wish.image)
    args = tuple(stage.fill(text) for text in wish.args)
    called = f"grader-{step}-{secrets.token_hex(4)}"
    network = stage.network(wish.network)
    request = ContainerSpec(
        image=built.image_id,
        args=args,
        env={name: stage.fill(text) for name, text in wish.env.items()},
        run_id=stage.context.run_id,
        network=network,
        name=called,
        aliases=wish.aliases,
        dns=stage.helpers.nameserver(network),
        mounts=tuple(_mount(stage, name, target) for name, target in wish.mounts.items()),
        publish=wish.publish,
    )
    container = create(stage.context, built, request, _place(stage, wish))
    if isinstance(container, NotSeen):
        raise CannotError(container)
    stage.containers[step] = container
    stage.names[step] = called
    stage.specs[step] = wish
    stage.requests[step] = request
    _begin(stage, step)
    if wish.elsewhere in stage.started and _same_address(stage, step, wish.elsewhere):
        raise EngineFault(f"the engine gave {step} the address that {wish.elsewhere} had")
    if wish.ends:
        _wait_for_end(stage, step)
    return _started(stage, step)


def again(stage: Stage, _: str, wish: Of) -> Seen:
    """Kill a container and start it again."""
    container = stage.container(wish.of)
    stage.engine.kill(container)
    _wait_for_end(stage, wish.of)
    _begin(stage, wish.of)
    return _started(stage, wish.of)


def wait(stage: Stage, _: str, wish: Of) -> Seen:
    """Wait until a container has ended, or its time is up."""
    stage.container(wish.of)
    _wait_for_end(stage, wish.of)
    return _started(stage, wish.of)


def stop(stage: Stage, _: str, wish: Of) -> Seen:
    """Run `docker stop`."""
    container = stage.container(wish.of)
    engine = stage.engine
    processes = engine.processes(container)
    if not processes:
        raise CannotError(student(f"{wish.of} had already ended: {stage.end(wish.of)}"))
    # The times of a stop count from this start, also of a container that was started again.
    record = engine.inspect(container)
    before = stage.log(wish.of)
    with stage.waiting(DOCKER_GRACE):
        found = observe_stop(engine, container, record, processes, faithful=stage.context.faithful)
    return Stopped(
        container=wish.of,
        stop=found,
        log=stage.log(wish.of),
        printed_until=before[-1].at if before else None,
    )


def remove(stage: Stage, _: str, wish: Of) -> Seen:
    """Remove a container with its volumes without a name."""
    stage.engine.remove(stage.container(wish.of))
    del stage.containers[wish.of]
    return Done()


def occupy(stage: Stage, step: str, wish: Occupy) -> Seen:
    """Start a container of the grader's own that does nothing."""
    stage.containers[step] = stage.helpers.idle(stage.network(wish.network), wish.aliases)
    return Done()


def _begin(stage: Stage, step: str) -> None:
    container, wish = stage.containers[step], stage.specs[step]
    built, request = stage.image(wish.image), stage.requests[step]
    if missing := begin(stage.context, built, container, request, _place(stage, wish)):
        raise CannotError(missing)
    stage.started[step] = record = stage.engine.inspect(container)
    if record.running and not record.ports.keys() >= set(wish.publish):
        raise EngineFault(f"the engine did not publish the ports of {step}")


def _wait_for_end(stage: Stage, step: str) -> None:
    within = stage.specs[step].within
    with stage.waiting(within):
        stage.engine.wait(stage.containers[step], within)


def _started(stage: Stage, step: str) -> Started:
    wish, record = stage.specs[step], stage.engine.inspect(stage.containers[step])
    return Started(
        container=step,
        image=wish.image,
        args=tuple(stage.fill(text) for text in wish.args),
        address=next(iter(stage.started[step].addresses.values()), ""),
        running=record.running,
        exit_code=None if record.running else record.exit_code,
        log=stage.log(step),
    )


def _place(stage: Stage, wish: Start) -> Place:
    return Place(file=stage.context.assignment.images[wish.image].dockerfile)


def _same_address(stage: Stage, one: str, other: str) -> bool:
    first, second = stage.started[one].addresses, stage.started[other].addresses
    return any(first.values()) and first == second


def _mount(stage: Stage, name: str, target: str) -> Mount:
    path, _, mode = target.partition(":")
    if name in stage.volumes:
        return Mount("volume", path, stage.volumes[name], read_only=mode == "ro")
    return Mount("bind", path, str(stage.folders[name]), read_only=mode == "ro")
