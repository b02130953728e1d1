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
    return (*findings, *_engine(engine), _disk(), *_bases(engine, bases))


def _client() -> Finding:
    if shutil.which("docker"):
        return Finding(True, "the docker command is installed")  # noqa: FBT003 - reads as a verdict
    return Finding(
        False,  # noqa: FBT003
        "the docker command is not installed",
        "Install Docker as lab 02 shows; on Debian or Ubuntu also: sudo apt-get install docker.io",
    )


def _no_engine(error: EngineError) -> Finding:
    if _SOCKET.exists() and not os.access(_SOCKET, os.W_OK):
        return Finding(
            False,  # noqa: FBT003
            f"an engine is there, but you may not use {_SOCKET}",
            "sudo usermod -aG docker $USER, then log in again (lab 03)",
        )
    return Finding(
        False,  # noqa: FBT003
        str(error).partition(". ")[0],
        "sudo systemctl start docker, or start Docker Desktop",
    )


def _engine(engine: Engine) -> list[Finding]:
    facts = engine.facts()
    return [Finding(True, f"{facts.name} {facts.version} answers (API {facts.api})")]  # noqa: FBT003


def _disk() -> Finding:
    place = Path("/var/lib/docker")
    free = shutil.disk_usage(place if place.exists() else "/").free
    seen = f"{free / _GIB:.0f} GiB of disk are free"
    if free >= _DISK_FLOOR:
        return Finding(True, seen)  # noqa: FBT003
    return Finding(
        False, seen, "Make room: docker image ls, then docker image rm what you no longer need"
    )  # noqa: FBT003


def _bases(engine: Engine, bases: Sequence[str]) -> list[Finding]:
    missing = [name for name in bases if engine.image(name) is None]
    if missing:
        return [Finding(False, f"base images are missing: {', '.join(missing)}", "grader prepare")]  # noqa: FBT003
    return [Finding(True, f"all {len(bases)} base images are here")]  # noqa: FBT003
