"""The view of a script: what it called on each machine, and how it left the machine.

Built by one function from the facts alone, so that other facts of a script need other facts here
and nothing else on the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from grader.core.text import lines, shorten
from grader.facts.scripts import Call, MachineState, ScriptFacts, ScriptRun, ScriptWorld
from grader.render.view_input import ObservationView, ViewInput
from grader.spec.scripts import ScriptSpec

_CALLS, _WIDTH = 40, 200
_OUTPUT_LINES, _OUTPUT_WIDTH = 12, 200
# These only start another command as somebody else; the command itself stands below them.
_WRAPPERS = {"sudo", "sg", "newgrp"}
_ENDED = {
    "deadline": "its time was up",
    "flood": "it printed too much and was ended",
    "reboot": "it took the machine down",
    "starved": "it never got a processor",
    "lost": "the machine was gone before its end",
}


@dataclass(frozen=True, slots=True)
class CallView:
    """A command that was called: by whom, and with which exit code, empty if it is not known."""

    command: str
    user: str
    code: str


@dataclass(frozen=True, slots=True)
class ScriptRunView:
    """One run of the script: how it ended, what it called, and the ends of what it printed."""

    title: str
    ended: str
    calls: tuple[CallView, ...]
    more: int
    output: str


@dataclass(frozen=True, slots=True)
class MachineView:
    """One machine: its runs in order, and how the last one left it, as label and lines."""

    title: str
    runs: tuple[ScriptRunView, ...]
    left: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class BrokenView:
    """A run with one step made to fail: how the script ended, and what it called after that."""

    step: str
    machine: str
    ended: str
    after: tuple[CallView, ...]


@dataclass(frozen=True, slots=True)
class ScriptView:
    """What `templates/observed/script.html.j2` shows.

    `base` says what the machines are made from, empty in facts that do not know it; `worlds` are
    the kinds of machines, of which one that passes over mistakes is none.
    """

    file: str
    base: str
    worlds: int
    machines: tuple[MachineView, ...]
    broken: tuple[BrokenView, ...]


def view_script(given: ViewInput[ScriptFacts, ScriptSpec]) -> ObservationView:
    """Return the view of a script's runs."""
    facts = given.facts
    # Where something failed: first what was seen in reality, then where the points come from.
    machines = tuple(
        _machine(world)
        for name, last in facts.worlds.items()
        for world in (*([facts.strict[name]] if name in facts.strict else []), last)
    )
    broken = tuple(_broken(world) for world in facts.broken)
    base = f"a stand-in for {facts.machine}" if facts.standin else facts.machine
    body = ScriptView(facts.file, shorten(base), len(facts.worlds), machines, broken)
    return ObservationView(given.anchor, ScriptSpec.kind, f"bash {facts.file}", body)


def _machine(world: ScriptWorld) -> MachineView:
    how = "through sudo" if world.sudo else f"as {shorten(world.user)}"
    title = f"{world.name}: {world.release}, {world.arch}, umask {world.umask:03o}, started {how}"
    if world.lenient:
        title += ", passing over early mistakes"
    runs = tuple(_run(run, number, world) for number, run in enumerate(world.runs, 1))
    left = tuple(_left(world.after(world.runs[-1]))) if world.runs else ()
    return MachineView(title, runs, left)


def _run(run: ScriptRun, number: int, world: ScriptWorld) -> ScriptRunView:
    shown = [call for call in run.calls if call.name not in _WRAPPERS]
    return ScriptRunView(
        title=f"Run {number}" if len(world.runs) > 1 else "The run",
        ended=_ended(run),
        calls=tuple(_call(call, world) for call in shown[:_CALLS]),
        more=max(0, len(shown) - _CALLS),
        output=lines(run.output.strip("\n"), _OUTPUT_LINES, _OUTPUT_WIDTH),
    )


def _ended(run: ScriptRun) -> str:
    return _ENDED.get(run.ended, f"exit code {run.exit_code}")


def _call(call: Call, world: ScriptWorld) -> CallView:
    users = {0: "root", world.uid: world.user}
    return CallView(
        command=shorten(" ".join((call.name, *call.words)), _WIDTH),
        user=users.get(call.uid, f"uid {call.uid}"),
        code="" if call.code is None else str(call.code),
    )


def _broken(world: ScriptWorld) -> BrokenView:
    kind, number = world.breaks or ("", 1)
    run = next(iter(world.runs), None)
    calls = run.calls if run else ()
    failed = next((place for place, call in enumerate(calls) if call.broken), len(calls))
    after = [call for call in calls[failed + 1 :] if call.name not in _WRAPPERS]
    return BrokenView(
        step=kind if number == 1 else f"{kind} (number {number})",
        machine=world.name,
        ended=_ended(run) if run else "it never ran",
        after=tuple(_call(call, world) for call in after[:_CALLS]),
    )


def _left(state: MachineState) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what a machine has after the last run, a label and lines for each thing it has."""
    folders = [
        f"{path}, mode {folder.mode:04o}, owner {folder.uid or 'root'}"
        for path, folder in state.folders.items()
    ]
    keys = [
        f"{key.path}, mode {key.mode:04o}, {key.kind}, "
        + ("Docker's key" if key.genuine else "not Docker's key")
        for key in state.keys
    ]
    sources = [f"{path}: {text.strip()}" for path, text in state.sources.items()]
    groups = [f"{name}: {', '.join(members) or 'nobody'}" for name, members in state.groups.items()]
    socket = state.socket
    sockets = [f"{socket.owner}:{socket.group}, mode {socket.mode:04o}"] if socket else []
    for label, texts in (
        ("Folders", folders),
        ("Keys", keys),
        ("Sources", sources),
        ("Groups", groups),
        ("The engine's socket", sockets),
        ("Packages", [", ".join(state.packages)] if state.packages else []),
    ):
        if texts:
            yield label, tuple(shorten(text, 400) for text in texts)
