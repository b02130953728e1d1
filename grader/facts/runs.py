"""Facts of one container, from its start to its end."""

import posixpath
from collections.abc import Mapping
from typing import Literal

from grader.core.models import Frozen
from grader.core.signals import SIGTERM, mask_bit
from grader.facts.images import LayerStep

_TERM = mask_bit(SIGTERM)


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
        return self.catches(SIGTERM)

    def catches(self, signal: int) -> bool:
        """Return whether it has a handler for a signal, by its number, or blocks it."""
        return bool((self.caught | self.blocked) & mask_bit(signal))

    @property
    def ignores_term(self) -> bool:
        """Return whether it ignores SIGTERM."""
        return bool(self.ignored & _TERM)


class Program(Frozen):
    """The provided program as it was found in the image a process runs it from.

    `changed`: whether the container itself wrote to that path after it was started.
    """

    pid: int
    path: str
    arguments: tuple[str, ...]
    exact: bool
    provided: bool
    changed: bool = False


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

    `shadows` names files that appeared beside the program at run time and hide modules of
    Python's own, `libraries` paths that the container wrote into Python's library folders.
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
    shadows: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
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
