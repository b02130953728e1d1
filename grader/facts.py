"""What was observed, as plain values: the only thing a judge ever sees.

Saved as `facts.json` beside each result, so that a changed rubric or an appeal is judged again
without an engine. Times are seconds, sizes bytes, signal masks integers as the kernel prints them.
"""

import posixpath
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from grader.frozen import Frozen

_TERM = 1 << 14  # SIGTERM's bit in a signal mask


class Fault(StrEnum):
    """Whose doing it is that something could not be observed."""

    STUDENT = "student"
    ENGINE = "engine"


class Place(Frozen):
    """A line of a submitted file; `line` counts from 1."""

    file: str
    line: int | None = None


class NotSeen(Frozen):
    """Why there is nothing to judge: in words for a person, with the evidence behind them."""

    kind: Literal["not-seen"] = "not-seen"
    fault: Fault
    why: str
    hint: str = ""
    place: Place | None = None
    evidence: str = ""


# --- bases -----------------------------------------------------------------------------------


class BaseFacts(Frozen):
    """An allowed base image and what was measured on it before anything else ran.

    `shell_stays`: whether `/bin/sh -c "program"` keeps the shell as PID 1 (Debian's dash) or
    replaces it with the program (bash, BusyBox). `interpreters`: SHA-256 of the Python programs
    found in the base, by path.
    """

    name: str
    id: str
    standin: bool
    layers: tuple[str, ...]
    shell_exe: str
    shell_stays: bool
    interpreters: Mapping[str, str]


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
    """A built image, as the engine's own records describe it."""

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


# --- runs ------------------------------------------------------------------------------------


class Process(Frozen):
    """One process of a container, from the kernel's records outside of it.

    `argv` keeps the boundaries between words and is None where only the joined `args` could be
    read. `caught`, `ignored`, `blocked` are signal masks: bit n-1 stands for signal n.
    """

    pid: int
    ppid: int
    exe: str | None
    argv: tuple[str, ...] | None
    args: str
    caught: int
    ignored: int
    blocked: int
    cwd: str | None = None
    exe_sha256: str | None = None

    @property
    def name(self) -> str:
        """Return the file name of what runs, by the kernel's word where it can be had."""
        return posixpath.basename(self.exe or self.args.split(" ")[0])

    @property
    def is_python(self) -> bool:
        """Return whether it runs a file called python."""
        return self.name.startswith("python")

    @property
    def catches_term(self) -> bool:
        """Return whether it has a handler for SIGTERM, or blocks it as sigwait() wants it."""
        return bool((self.caught | self.blocked) & _TERM)

    @property
    def ignores_term(self) -> bool:
        """Return whether it ignores SIGTERM."""
        return bool(self.ignored & _TERM)


class Program(Frozen):
    """The provided program as it was found in the image a process runs it from."""

    pid: int
    path: str
    arguments: tuple[str, ...]
    exact: bool
    provided: bool


class Ended(Frozen):
    """How a container came to its end."""

    exit_code: int
    oom_killed: bool
    error: str
    after: float


class LogLine(Frozen):
    """A line a container printed; `at` counts from the container's start."""

    at: float
    text: str


class Kill(Frozen):
    """A signal the engine sent to PID 1; `at` counts from the container's start."""

    signal: int
    at: float


class StopFacts(Frozen):
    """What `docker stop` did with `grace` seconds to wait; times count from the container's start.

    `kills` is empty when the container had ended by itself just before.
    """

    grace: float
    kills: tuple[Kill, ...]
    died_at: float
    exit_code: int
    oom_killed: bool


class NeighbourFacts(Frozen):
    """Whether a file put into one container is there, and in a second of the same image."""

    path: str
    in_first: bool
    in_second: bool


class RunFacts(Frozen):
    """One container from start to removal.

    `processes` is the snapshot taken when the program was ready, or just before the wait for it
    ended; empty when the container had ended by then (`ended` says how). `log` holds the first
    and last lines the container printed: text that a student can forge, never a proof by itself.
    """

    kind: Literal["run"] = "run"
    image: str
    args: tuple[str, ...]
    env: Mapping[str, str]
    command: tuple[str, ...]
    ready: bool
    init_pid: int
    processes: tuple[Process, ...]
    program: Program | None
    environment: Mapping[str, str] | None
    ended: Ended | None
    stop: StopFacts | None
    neighbour: NeighbourFacts | None
    log: tuple[LogLine, ...]

    @property
    def init(self) -> Process | None:
        """Return PID 1 of the container."""
        return next((p for p in self.processes if p.pid == self.init_pid), None)


class RebuildFacts(Frozen):
    """The steps of an image, oldest first, before and after one provided file changed."""

    kind: Literal["rebuild"] = "rebuild"
    image: str
    changed: str
    before: tuple[LayerStep, ...]
    after: tuple[LayerStep, ...]


Observation = Annotated[ImageFacts | RunFacts | RebuildFacts | NotSeen, Field(discriminator="kind")]


class LabFacts(Frozen):
    """Everything observed for one lab of one submission.

    `words` are the random words this run used, by the name the spec gives them. `images` and
    `observations` are keyed by the spec's names. `missing` says why nothing was looked at.
    """

    lab: str
    words: Mapping[str, str]
    bases: Mapping[str, BaseFacts]
    images: Mapping[str, Annotated[ImageFacts | NotSeen, Field(discriminator="kind")]]
    observations: Mapping[str, Observation]
    missing: NotSeen | None = None
    seconds: float = 0.0


class EngineFacts(Frozen):
    """Which engine did the work."""

    name: str
    version: str
    api: str
    local: bool


class SubmissionFacts(Frozen):
    """The content of facts.json."""

    format: Literal["grader/facts/v1"] = "grader/facts/v1"
    submission: str
    digest: str
    grader: str
    engine: EngineFacts
    graded_at: str
    seconds: float
    labs: tuple[LabFacts, ...]
