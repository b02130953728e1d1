"""Facts of base images and of built ones."""

from collections.abc import Mapping
from typing import Literal

from grader.core.models import Frozen


class BaseFacts(Frozen):
    """An allowed base image and what was measured on it before anything else ran.

    `shell_stays`: whether `/bin/sh -c "program"` keeps the shell as PID 1 (Debian's dash) or
    replaces it with the program (bash, BusyBox). `interpreters`: SHA-256 of the Python programs
    found in the base, by path. `libraries`: the paths from which that Python runs code when it
    starts, each with the time it was last changed, empty for one that is not there.
    """

    name: str
    id: str
    standin: bool
    layers: tuple[str, ...]
    shell_exe: str
    shell_stays: bool
    interpreters: Mapping[str, str]
    libraries: Mapping[str, str] = {}


# --- images ----------------------------------------------------------------------------------


class WrittenInstruction(Frozen):
    """One instruction of the stage that becomes the image, as the student wrote it."""

    name: str
    line: int
    form: Literal["exec", "shell"]
    text: str


class LayerStep(Frozen):
    """One step of an image's history above its base, oldest first.

    `id` is the intermediate image, None where the engine keeps none. `makes` names those of the
    asked paths that exist from this step on and did not before.
    """

    id: str | None
    created_by: str
    size: int
    makes: tuple[str, ...] = ()


class PathFacts(Frozen):
    """A path in an image that was never started; `sha256` for regular files only."""

    type: Literal["file", "directory", "link", "other"]
    size: int
    sha256: str | None = None


class ImageFacts(Frozen):
    """A built image, as the engine's own records describe it.

    `libraries` names those of the base's library paths that are not as they were. `remarks`
    are sentences about what is odd in the Dockerfile and was built all the same, each with its
    line.
    """

    kind: Literal["image"] = "image"
    id: str
    dockerfile: str
    base: str
    on_base: bool
    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    env: Mapping[str, str]
    base_env: Mapping[str, str]
    workdir: str
    stop_signal: str | None
    user: str
    written: tuple[WrittenInstruction, ...]
    steps: tuple[LayerStep, ...]
    paths: Mapping[str, PathFacts | None]
    shadows: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
