"""Facts of a student's script: what it called, and what the machine looked like at each call."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from grader.core.models import Frozen


class Folder(Frozen):
    """A directory's mode and its owner's uid."""

    mode: int
    uid: int


class KeyFile(Frozen):
    """A file where a repository's key belongs; `genuine`: these are the bytes of Docker's key."""

    path: str
    mode: int
    kind: Literal["armored", "binary", "empty", "other", "none"]
    genuine: bool


class SocketFacts(Frozen):
    """The engine's socket."""

    mode: int
    owner: str
    group: str


class MachineState(Frozen):
    """A machine at one moment: only what a script added to `keys` and `sources`, by path.

    `groups` are those with members, and `docker`; `primary` is the user's own group.
    """

    folders: Mapping[str, Folder] = Field(default_factory=dict)
    keys: tuple[KeyFile, ...] = ()
    sources: Mapping[str, str] = Field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    primary: str = ""
    socket: SocketFacts | None = None
    packages: tuple[str, ...] = ()


class Call(Frozen):
    """A command of the lab that was called, by whom as the kernel says; `state` is from before it.

    `step` names what it does to the machine, empty if it only asks. `broken`: it was made to fail.
    `code` is its exit code, where known.
    """

    name: str
    words: tuple[str, ...]
    step: str
    broken: bool
    uid: int
    groups: tuple[str, ...]
    state: int
    code: int | None = None


class Change(Frozen):
    """A path of the machine that a script made, removed or altered."""

    how: Literal["new", "gone", "changed"]
    path: str


class ScriptRun(Frozen):
    """One run of a script from its start to its end.

    `ended`: by itself, or because its time was up, it printed too much, it took the machine down,
    or it never got a processor. `state` is from after it; the states are the world's. `output` is
    text that a student can write: never a proof.
    """

    ended: Literal["exit", "deadline", "flood", "reboot", "starved", "lost"]
    exit_code: int
    seconds: float
    calls: tuple[Call, ...]
    calls_in_all: int
    state: int
    output: str
    printed: int
    changes: tuple[Change, ...]


class ScriptWorld(Frozen):
    """A throw-away machine: how it was when the script came, and each run in it.

    `breaks` is the step that was made to fail there (its kind, and the how manieth of it).
    """

    name: str
    release: str
    arch: str
    umask: int
    user: str
    uid: int
    sudo: bool
    breaks: tuple[str, int] | None
    states: tuple[MachineState, ...]
    start: int
    runs: tuple[ScriptRun, ...]

    def before(self, call: Call) -> MachineState:
        """Return the machine as a call found it."""
        return self.states[call.state]

    def after(self, run: ScriptRun) -> MachineState:
        """Return the machine as a run left it."""
        return self.states[run.state]


class ScriptFacts(Frozen):
    """What a script did in each world; `broken` are those in which one step was made to fail."""

    kind: Literal["script"] = "script"
    file: str
    windows_lines: bool
    worlds: Mapping[str, ScriptWorld]
    broken: tuple[ScriptWorld, ...]
