"""Facts of base images and of built ones."""

from collections.abc import Mapping
from typing import Literal

from grader.core.models import Frozen


class BaseFacts(Frozen):
    """A base image that labs may build on, and what was measured in a container of it.

    - `name`: the reference as a Dockerfile writes it; `id`: the image's digest, and `layers` the
      digests of its file systems, lowest first (`Id` and `RootFS.Layers` of the engine's
      `GET /images/NAME/json`).
    - `standin`: whether the grader made it itself because no registry gave the real one.
    - `shell_stays`: whether `/bin/sh -c "program"` keeps the shell as PID 1 (Debian's dash) or
      replaces it with the program (bash, BusyBox); `shell_exe`: that shell's file if it stays, by
      /proc/PID/exe, else empty.
    - `interpreters`: SHA-256, in hex, of the Python that ran there, by its path.
    - `libraries`: the paths from which that Python runs code by itself when it starts, each with
      its time of change as the engine writes it; empty for a path that is not there.
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
    """One instruction of the Dockerfile, of the stages that the image is made of.

    - `name`: in capitals, such as RUN; `line`: where it begins, counted from 1.
    - `form`: `exec` for a JSON list of words, `shell` for anything else.
    - `text`: what follows the name, up to 400 characters.
    """

    name: str
    line: int
    form: Literal["exec", "shell"]
    text: str


class LayerStep(Frozen):
    """One step of an image's history above its base (`GET /images/ID/history`).

    - `id`: the intermediate image, None where the engine keeps none.
    - `created_by`: the command by the engine's record, up to 400 characters.
    - `size`: bytes that the step added.
    - `makes`: those of the paths asked for that exist in this step's image and in none before.
    """

    id: str | None
    created_by: str
    size: int
    makes: tuple[str, ...] = ()


class PathFacts(Frozen):
    """A path in an image, read from a container that was never started.

    `size` is in bytes. `sha256` is in hex and of regular files only; None for a large one too.
    """

    type: Literal["file", "directory", "link", "other"]
    size: int
    sha256: str | None = None


class ImageFacts(Frozen):
    """A built image, by the engine's records (`GET /images/ID/json`) and by its files.

    - `id`: the image's digest; `dockerfile`: the file's path in the lab's folder.
    - `base`: the allowed base it is built on, and `base_env` that one's environment; `on_base`:
      whether its lowest layers are really those of the base.
    - `entrypoint`, `cmd`, `env`, `workdir`, `stop_signal`, `user`, `volumes`, `ports`: the
      configuration as the engine keeps it. A command is a list of words, None where there is none.
    - `written`: the instructions it is made of, oldest first; `steps`: its history, oldest first.
    - `paths`: what is at the paths that checks ask for, None for nothing; relative ones start at
      `workdir`.
    - `shadows`: names of files beside the program that hide modules of Python's own.
    - `libraries`: those of the base's library paths that were changed.
    - `remarks`: sentences about what is odd in the Dockerfile and was built all the same.
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
