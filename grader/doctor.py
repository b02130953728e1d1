"""What is wrong with this machine, and how to mend it."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.engine.docker import connect
from grader.engine.protocol import Engine
from grader.errors import EngineError

_GIB = 1024**3
_DISK_FLOOR = 2 * _GIB
_SOCKET = Path("/var/run/docker.sock")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `fix` says what to do where it is not well."""

    well: bool
    seen: str
    fix: str = ""


def examine(bases: Sequence[str]) -> tuple[Finding, ...]:
    """Return what was found, in the order in which it should be mended."""
    findings = [_client()]
    try:
        engine = connect()
    except EngineError as error:
        findings.append(_no_engine(error))
        return (*findings, _disk())
    return (*findings, _engine(engine), _disk(), _bases(engine, bases))


def _well(seen: str) -> Finding:
    return Finding(well=True, seen=seen)


def _ill(seen: str, fix: str) -> Finding:
    return Finding(well=False, seen=seen, fix=fix)


def _client() -> Finding:
    if shutil.which("docker"):
        return _well("the docker command is installed")
    return _ill(
        "the docker command is not installed",
        "install Docker; on Debian or Ubuntu: sudo apt-get install docker.io",
    )


def _no_engine(error: EngineError) -> Finding:
    if _SOCKET.exists() and not os.access(_SOCKET, os.W_OK):
        return _ill(
            f"an engine is there, but you may not use {_SOCKET}",
            "sudo usermod -aG docker $USER, then log in again",
        )
    return _ill(
        str(error).partition(". ")[0],
        "sudo systemctl start docker, or start Docker Desktop",
    )


def _engine(engine: Engine) -> Finding:
    facts = engine.facts()
    return _well(f"{facts.name} {facts.version} answers (API {facts.api})")


def _disk() -> Finding:
    place = Path("/var/lib/docker")
    free = shutil.disk_usage(place if place.exists() else "/").free
    seen = f"{free / _GIB:.0f} GiB of disk are free"
    if free >= _DISK_FLOOR:
        return _well(seen)
    return _ill(seen, "make room: docker image ls, then docker image rm what you no longer need")


def _bases(engine: Engine, bases: Sequence[str]) -> Finding:
    missing = [name for name in bases if engine.image(name) is None]
    if missing:
        return _ill(f"base images are missing: {', '.join(missing)}", "grader prepare")
    return _well(f"all {len(bases)} base images are here")
