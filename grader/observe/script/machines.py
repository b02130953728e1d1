"""Makes the throw-away machines a script runs on, each a container with a real sudo, apt and gpg.

Process 1 in there is `machine/agent.py`; docs/isolation.md says why nothing in there can speak in
its name. Everything is in the image: no folder of this host is mounted, so the engine may be
elsewhere.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from grader.core.errors import EngineFault
from grader.engine.profile import MACHINE_CAPABILITIES, SCRIPT_DEADLINE, SCRIPT_PATIENCE
from grader.engine.protocol import ContainerSpec, Conversation, Engine
from grader.facts.scripts import ScriptRun, ScriptWorld
from grader.observe.script.recording import lost_run, run_of, state_of

_AGENT = "import sys; sys.path.insert(0, '/usr/lib/machine'); import agent; agent.main()"
# -I and -S: no variable of the image's and no file of the site's decides what it runs.
_COMMAND = ("python3", "-IS", "-c", _AGENT)
# For making the machine, and for ending what a script left running.
_MARGIN = 40.0
# A step's kind, and 1 for the first of that kind.
Step = tuple[str, int]
# The uid of the user in there: the kernel counts a user's processes over all containers.
_FIRST_UID, _UIDS = 20_000, 40_000


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """The machine to make, as the agent is told of it.

    A `lenient` one takes an early mistake for none: apt installs without a key, every suite is
    there, and so are programs that were never installed.
    """

    name: str
    release: str
    arch: str
    umask: int
    user: str
    others: tuple[str, ...]
    groups: tuple[str, ...]
    engine: bool
    members: tuple[str, ...] | None
    sudo: bool
    runs: int
    terminal: bool = False
    lenient: bool = False


class Machines:
    """Runs one script on as many machines as are asked for, from several threads."""

    def __init__(self, engine: Engine, image: str, run_id: str, file: str, script: bytes) -> None:
        self._engine = engine
        self._image = image
        self._run_id = run_id
        self._file = file
        self._script = script

    def run(self, machine: MachineSpec) -> ScriptWorld:
        """Return what happened on one machine; it is gone when this returns."""
        with self._made(machine) as play:
            runs: list[ScriptRun] = []
            while len(runs) < machine.runs and not (runs and runs[-1].ended == "lost"):
                runs.append(play.run())
            return play.world(runs, None)

    def run_failing(self, machine: MachineSpec, steps: Sequence[Step]) -> list[ScriptWorld]:
        """Return what happened when each of these steps was made to fail, in a world for each.

        All of it is on one machine: a right script stops where a step fails and can be run again,
        and what it has done by then takes no time any more. A step that did not fail there, since
        something was there already or the script did not get to it, fails on a machine of its own.
        """
        found: list[ScriptWorld] = []
        missed: list[Step] = []
        with self._made(machine) as play:
            for step in steps:
                run = play.run(step)
                if run.ended == "lost":
                    return [*found, play.world([run], step)]
                if struck(run):
                    found.append(play.world([run], step))
                else:
                    missed.append(step)
        for step in missed if len(steps) > 1 else ():
            found += self.run_failing(machine, [step])
        return found

    @contextmanager
    def _made(self, machine: MachineSpec) -> Iterator["_Play"]:
        uid = _FIRST_UID + secrets.randbelow(_UIDS)
        container = self._engine.create(
            ContainerSpec(
                image=self._image,
                args=_COMMAND,
                run_id=self._run_id,
                user="0:0",
                capabilities=MACHINE_CAPABILITIES,
                talking=True,
                machine=True,
            )
        )
        try:
            self._engine.start(container)
            talk = self._engine.converse(container)
            try:
                yield _Play(self._engine, container, talk, machine, self._wish(machine, uid))
            finally:
                talk.close()
        finally:
            self._engine.remove(container)

    def _wish(self, machine: MachineSpec, uid: int) -> dict[str, Any]:
        """Return the machine as the agent is told of it."""
        return {
            "file": self._file,
            "script": self._script.decode("latin-1"),
            "release": machine.release,
            "arch": machine.arch,
            "umask": machine.umask,
            "user": machine.user,
            "uid": uid,
            "others": machine.others,
            "groups": machine.groups,
            "docker": machine.engine,
            "members": machine.members,
            "sudo": machine.sudo,
            "terminal": machine.terminal,
            "lenient": machine.lenient,
            "seconds": SCRIPT_DEADLINE,
            "patience": SCRIPT_PATIENCE,
        }


class _Play:
    """A machine that is up, and all that was seen of it so far."""

    def __init__(
        self,
        engine: Engine,
        container: str,
        talk: Conversation,
        machine: MachineSpec,
        wish: Mapping[str, Any],
    ) -> None:
        self._engine = engine
        self._container = container
        self._talk = talk
        self._machine = machine
        self._uid = wish["uid"]
        self._states = [state_of(self._ask({"make": wish}, _MARGIN)["state"])]

    def run(self, breaks: Step | None = None) -> ScriptRun:
        """Run the script once more."""
        try:
            answer = self._ask({"run": True, "breaks": breaks}, SCRIPT_PATIENCE + _MARGIN)
        except EngineFault:
            if self._engine.inspect(self._container).running:
                raise
            return lost_run(len(self._states) - 1)
        self._states += [state_of(found) for found in answer["states"]]
        run = run_of(answer)
        if run.ended == "starved":
            raise EngineFault("this machine is too busy: a script hardly got a processor")
        return run

    def world(self, runs: Sequence[ScriptRun], breaks: Step | None) -> ScriptWorld:
        """Return what was seen in these of the runs, with the states that they name."""
        machine = self._machine
        named = {run.state for run in runs} | {call.state for run in runs for call in run.calls}
        kept = sorted({0, *named})
        place = {number: at for at, number in enumerate(kept)}
        return ScriptWorld(
            name=machine.name,
            release=machine.release,
            arch=machine.arch,
            umask=machine.umask,
            user=machine.user,
            uid=self._uid,
            sudo=machine.sudo,
            lenient=machine.lenient,
            breaks=breaks,
            states=tuple(self._states[number] for number in kept),
            start=0,
            runs=tuple(_moved(run, place) for run in runs),
        )

    def _ask(self, question: Mapping[str, Any], deadline: float) -> Any:
        return json.loads(self._talk.ask(json.dumps(question), deadline))


def _moved(run: ScriptRun, place: Mapping[int, int]) -> ScriptRun:
    """Return a run whose states stand elsewhere now."""
    calls = [call.model_copy(update={"state": place[call.state]}) for call in run.calls]
    return run.model_copy(update={"state": place[run.state], "calls": tuple(calls)})


def struck(run: ScriptRun) -> bool:
    """Return whether a step that was to fail was taken and did fail.

    A server's error page is a failure, too, where curl is content with it.
    """
    return any(call.broken and (call.code or call.step == "curl") for call in run.calls)
