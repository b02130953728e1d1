"""Facts of one container, from its start to its end."""

import posixpath
from collections.abc import Mapping
from typing import Literal

from grader.core.models import Frozen
from grader.core.signals import SIGTERM, mask_bit
from grader.facts.images import LayerStep

_TERM = mask_bit(SIGTERM)


class Process(Frozen):
    """One process of a container, as the kernel tells it outside of it: `EngineFacts.evidence`.

    - `pid`, `ppid`: as the place counts them that told: mostly the engine's machine, and the
      container itself where a helper had to join it.
    - `exe`: the file it runs (/proc/PID/exe); None where that may not be read.
    - `argv`: its words (/proc/PID/cmdline); None where only `args`, the words joined by spaces,
      could be read.
    - `caught`, `ignored`, `blocked`: signal masks (SigCgt, SigIgn and SigBlk of
      /proc/PID/status); bit n-1 stands for signal n.
    - `cwd`: its working directory (/proc/PID/cwd); `exe_sha256`: SHA-256, in hex, of the file it
      runs. Both are None where they may not be read.
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
    """The lab's provided program, as a process was found to run it.

    - `pid`: that process; `path`: the program's absolute path in the container.
    - `arguments`: the words behind it; `exact`: whether their boundaries are known, and were not
      guessed at spaces.
    - `provided`: whether the image has the provided bytes there, by SHA-256; `changed`: whether the
      container itself has written there since it was started.
    """

    pid: int
    path: str
    arguments: tuple[str, ...]
    exact: bool
    provided: bool
    changed: bool = False


class Ended(Frozen):
    """How a container ended by itself (`State` of `GET /containers/ID/json`).

    `after` is in seconds from its start. `oom_killed`: the kernel killed a process of it for its
    memory. `error` is the engine's own message, empty where there is none.
    """

    exit_code: int
    oom_killed: bool
    error: str
    after: float


class LogLine(Frozen):
    """A line that a container printed; `at`: seconds after its start, by the engine's clock.

    `stream`: standard output or standard error. The engine keeps the order within each; between
    the two it does not.
    """

    at: float
    text: str
    stream: Literal["stdout", "stderr"] = "stdout"


class Kill(Frozen):
    """A signal that the engine sent to PID 1, by its number; `at`: seconds after the start."""

    signal: int
    at: float


class StopFacts(Frozen):
    """What `docker stop` did, by the engine's events `kill` and its record of the end.

    - `grace`: seconds it had to wait before SIGKILL.
    - `kills`: the signals it sent, in order; empty when the container had ended just before.
    - `died_at`: seconds from the container's start to its end.
    - `exit_code`, `oom_killed`: as in `Ended`.
    - `queued`: seconds of it in which its processes were in line for a processor.
    """

    grace: float
    kills: tuple[Kill, ...]
    died_at: float
    exit_code: int
    oom_killed: bool
    queued: float = 0.0

    @property
    def took(self) -> float:
        """Return the seconds from the first signal to the end that were the container's own."""
        return max(0.0, self.died_at - self.kills[0].at - self.queued) if self.kills else 0.0


class NeighbourFacts(Frozen):
    """Where a file is that was put into one container, at `path`.

    `in_first`: in that container; `in_second`: in a second one of the same image.
    """

    path: str
    in_first: bool
    in_second: bool


class RunFacts(Frozen):
    """One container from its start to its removal.

    - `image`: the spec's name of it; `args`, `env`: what it was started with.
    - `command`: the words that the engine executed (`Path` and `Args` of its record).
    - `ready`: whether the provided program came to handle SIGTERM in time.
    - `init_pid`: the `pid` of the container's PID 1.
    - `processes`: all of them when the program was ready, or just before the wait for it ended;
      empty when the container had ended by then, and `ended` says how.
    - `program`: the provided program among them, None where none runs it; `environment`: the
      variables it was started with (/proc/PID/environ), None where nobody asked.
    - `stop`, `neighbour`: what was tried with the container, None where nobody asked.
    - `shadows`: names of files that appeared beside the program and hide modules of Python's own;
      `libraries`: paths that the container wrote in Python's library folders.
    - `log`: the first and the last lines of each stream it printed: a student can write any of
      them, so they are never a proof by themselves.
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
    """An image built twice: the steps of both, oldest first.

    `changed` is the provided file that was changed in between. A step whose `id` is the same in
    `before` and `after` came from the build cache.
    """

    kind: Literal["rebuild"] = "rebuild"
    image: str
    changed: str
    before: tuple[LayerStep, ...]
    after: tuple[LayerStep, ...]
