"""Facts of a student's script: what it called, and what the machine looked like at each call."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from grader.core.models import Frozen


class Folder(Frozen):
    """A directory: its permission bits, as stat(2) gives them, and its owner's uid."""

    mode: int
    uid: int


class KeyFile(Frozen):
    """A file where the key of a package repository belongs.

    `mode` holds its permission bits. `kind`: in which form of OpenPGP it is, `other` for none,
    `none` for no file. `genuine`: whether these are the bytes of Docker's own key.
    """

    path: str
    mode: int
    kind: Literal["armored", "binary", "empty", "other", "none"]
    genuine: bool


class SocketFacts(Frozen):
    """The engine's socket: its permission bits, and the names of its owner and group."""

    mode: int
    owner: str
    group: str


class MachineState(Frozen):
    """A machine at one moment, as it was before or after a call.

    - `folders`: the directories that matter, by path.
    - `keys`, `sources`: what the script added where apt looks for keys and repositories;
      `sources` maps a path to its text.
    - `groups`: the groups that have members, and `docker`, with the names of the members;
      `primary`: the user's own group.
    - `socket`: None where there is none; `packages`: the names of what was installed since, as a
      word shows that only the packages of this one machine carry.
    """

    folders: Mapping[str, Folder] = Field(default_factory=dict)
    keys: tuple[KeyFile, ...] = ()
    sources: Mapping[str, str] = Field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    primary: str = ""
    socket: SocketFacts | None = None
    packages: tuple[str, ...] = ()


class Call(Frozen):
    """A command of the lab that a script called.

    - `name`, `words`: the command and its arguments.
    - `step`: what it does to the machine, such as adding a key; empty if it only asks.
    - `broken`: whether it was made to fail.
    - `uid`, `groups`: who called, as the kernel says.
    - `state`: the machine just before, as an index of the world's `states`.
    - `code`: its exit code, None where it is not known.
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
    """A path that a run of the script made (`new`), removed (`gone`) or changed.

    `open`: one that it made or changed, and that everybody may write to.
    """

    how: Literal["new", "gone", "changed", "open"]
    path: str


class Doubt(Frozen):
    """A package of which a machine's records disagree, by what is lacking.

    dpkg's list calls it installed, but it was never `fetched` from the machine's archives, or was
    fetched and never `unpacked`; or it is installed, and the `logged` history of dpkg's and apt's
    does not say so.
    """

    package: str
    lacks: Literal["fetched", "unpacked", "logged"]


class ScriptRun(Frozen):
    """One run of a script.

    - `ended`: `exit` by itself, `deadline` its time was up, `flood` it printed too much, `reboot`
      it took the machine down, `starved` it got no processor, `lost` no end was recorded.
    - `exit_code`: -1 where it is not known; `seconds`: from start to end.
    - `calls`: in order, up to a limit; `calls_in_all`: how many there were.
    - `state`: the machine afterwards, as an index of the world's `states`.
    - `output`: the beginning and the end of what it printed, `printed` bytes in all. A student can
      write any of it, so it is never a proof.
    - `changes`: what else of the machine is not as it was.
    - `doubts`: the packages of which the machine's records disagree afterwards.
    - `left`: the command lines of what still ran, independent of the script's session.
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
    doubts: tuple[Doubt, ...] = ()
    left: tuple[str, ...] = ()


class ScriptWorld(Frozen):
    """A throw-away machine: how it was when the script came, and each run in it.

    `breaks` is the step that was made to fail there: its kind, and 1 for the first of that kind.
    A `lenient` machine takes an early mistake for none: apt installs without a key, every suite is
    there, and so are programs that were never installed.
    """

    name: str
    release: str
    arch: str
    umask: int
    user: str
    uid: int
    sudo: bool
    lenient: bool = False
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
    """What a script did in each world; `broken` are those in which one step was made to fail.

    Where something failed on a machine as it is in reality, `worlds` holds what the script did on
    a lenient one, and `strict` what it did in reality. `machine` names the image that the machines
    stand for; with `standin` they were made of another distribution's packages.
    """

    kind: Literal["script"] = "script"
    file: str
    windows_lines: bool
    worlds: Mapping[str, ScriptWorld]
    strict: Mapping[str, ScriptWorld] = Field(default_factory=dict)
    broken: tuple[ScriptWorld, ...]
    machine: str = ""
    standin: bool = False
