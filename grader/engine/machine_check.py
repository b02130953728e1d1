"""What is wrong with this machine, and how to mend it: labs 02 and 03, live."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import EngineError
from grader.engine.docker import connect
from grader.engine.engine_trial import TRAITS, Trait, try_all
from grader.engine.housekeeping import remove_run
from grader.engine.known_holes import known_holes
from grader.engine.mending import (
    SOCKET,
    install_engine,
    not_in_group,
    restart_engine,
    start_engine,
    user_name,
)
from grader.engine.protocol import ContainerSpec, Engine
from grader.facts import Evidence

_GIB = 1024**3
_DISK_FLOOR = 2 * _GIB
_OLDEST = (20, 10)
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Examined:
    """One line of the examination; `fix` says what to do where it is not well.

    One that is well and has a `fix` all the same is a note: grading goes on without it.
    """

    well: bool
    seen: str
    fix: str = ""


def examine(bases: Sequence[str]) -> Iterator[Examined]:
    """Yield what is found, in the order in which it should be mended."""
    yield _client()
    try:
        engine = connect()
    except EngineError as error:
        yield _no_engine(error)
        yield _disk()
        return
    yield _version(engine)
    yield from _group()
    yield _disk()
    yield _bases(engine, bases)
    yield _container(engine, bases)
    engine.close()


_READ_BY: Mapping[Evidence, str] = {
    "proc": "in this machine's /proc",
    "helper": "by a container in the PID namespace of the engine's host",
    "joined helper": "by a container in the PID namespace of each container",
    "ps": "by the engine's ps, which knows less: what it does not tell is not graded",
}
# What a grading can do without: when a container ended says which signals it got.
_INFERRED: frozenset[Trait] = frozenset({"signals"})
_LIMITS: frozenset[Trait] = frozenset({"memory", "processes", "build network"})


def measure(bases: Sequence[str]) -> Iterator[Examined]:
    """Yield what programs of the grader's own showed of the engine, and which holes it may have.

    EngineError where the engine is away, or has no base image yet.
    """
    engine = connect()
    image = next((found.id for name in bases if (found := engine.image(name))), None)
    if image is None:
        yield _ill("no program was tried, there is no base image", "grader prepare")
        return
    run_id = f"doctor-{secrets.token_hex(4)}"
    try:
        tried = try_all(engine, image, run_id)
        yield _well(f"processes are read {_READ_BY.get(engine.facts().evidence, 'nowhere')}")
        for trait, fault in tried.items():
            if not fault:
                yield _well(TRAITS[trait])
            elif trait in _INFERRED:
                yield _note(fault, "nothing: when a container ended says which signals it got")
            elif trait in _LIMITS:
                yield _ill(fault, "grade only work that you trust on this engine")
            else:
                yield _ill(fault, "use another engine: what rests on this is not graded here")
        for hole in known_holes(engine.versions()):
            yield _note(hole, "update it, or grade on a machine that you can throw away")
    finally:
        remove_run(engine, run_id)
        engine.close()


def _note(seen: str, fix: str) -> Examined:
    return Examined(well=True, seen=seen, fix=fix)


def _well(seen: str) -> Examined:
    return Examined(well=True, seen=seen)


def _ill(seen: str, fix: str) -> Examined:
    return Examined(well=False, seen=seen, fix=fix)


def _client() -> Examined:
    if shutil.which("docker"):
        return _well("the docker command is installed")
    return _ill(
        "the docker command is not installed",
        install_engine(),
    )


def _no_engine(error: EngineError) -> Examined:
    if trouble := not_in_group():
        return _ill(
            f"an engine is there, but you may not use {SOCKET}: {trouble.seen}", trouble.fix
        )
    seen = str(error).partition(". ")[0]
    if "DOCKER_HOST" in os.environ:
        return _ill(seen, "start the engine that DOCKER_HOST names, or: unset DOCKER_HOST")
    if "the default socket" not in seen:
        return _ill(seen, "docker context use default, or start the engine of this context")
    return _ill(seen, start_engine())


def _version(engine: Engine) -> Examined:
    facts = engine.facts()
    how = "answers root" if os.geteuid() == 0 else "answers without sudo"
    seen = f"{facts.name} {facts.version} {how} (API {facts.api})"
    numbers = tuple(int(number) for number in re.findall(r"\d+", facts.version)[:2])
    if numbers and numbers < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        return _ill(seen, f"this engine is too old; install {wanted} or newer (lab 02)")
    return _well(seen)


def _group() -> Iterator[Examined]:
    """Yield what stands between this user and the socket; nothing for root or another engine."""
    trouble = not_in_group()
    if trouble:
        yield _ill(trouble.seen, trouble.fix)
    elif os.geteuid() != 0 and "DOCKER_HOST" not in os.environ and SOCKET.exists():
        yield _well(f"{user_name()} may use {SOCKET}")


def _disk() -> Examined:
    place = Path("/var/lib/docker")
    free = shutil.disk_usage(place if place.exists() else "/").free
    seen = f"{free / _GIB:.0f} GiB of disk are free"
    if free >= _DISK_FLOOR:
        return _well(seen)
    return _ill(seen, "make room: docker image ls, then docker image rm what you no longer need")


def _bases(engine: Engine, bases: Sequence[str]) -> Examined:
    missing = [name for name in bases if engine.image(name) is None]
    if missing:
        return _ill(f"base images are missing: {', '.join(missing)}", "`grader prepare`")
    return _well(f"all {len(bases)} base images are here")


def _container(engine: Engine, bases: Sequence[str]) -> Examined:
    """Run what hello-world would show: that a container starts, prints, and ends."""
    image = next((name for name in bases if engine.image(name)), None)
    if image is None:
        return _ill("no container was tried, there is no base image", "`grader prepare`")
    try:
        said = _hello(engine, image)
    except EngineError as error:
        return _ill(f"a container could not be run: {error}", restart_engine())
    if said:
        return _well("a container runs and says hello")
    return _ill("a container ran, but said nothing", restart_engine())


def _hello(engine: Engine, image: str) -> bool:
    container = engine.create(ContainerSpec(image, ("echo", "hello"), run_id="doctor"))
    try:
        engine.start(container)
        engine.wait(container, _PATIENCE)
        return [line.text for line in engine.log(container)] == ["hello"]
    finally:
        engine.remove(container)
