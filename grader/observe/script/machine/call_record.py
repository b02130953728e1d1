"""Writes down which of a lab's commands a script called, as the kernel tells of them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Callable

import steps
from machine_files import groups

if TYPE_CHECKING:
    from tracing import StartedProgram
    from world_faults import Faults

HOME = "/usr/lib/machine/"
MOST_CALLS = 400


class Task:
    """A process in here, and which calls it is."""

    def __init__(self, *, quiet: bool, narrow: bool = False) -> None:
        self.quiet = quiet
        self.narrow = narrow  # it may write no file
        self.name = ""
        self.fault = ""
        self.calls: list[dict[str, Any]] = []


class CallRecord:
    """The calls of one run. `state` says what the machine looks like, as a number of its states.

    `done` is asked when a process has ended, with its program's name.
    """

    def __init__(
        self, script: int, faults: Faults, state: Callable[[], int], done: Callable[[str], None]
    ) -> None:
        self.script = script
        self.faults = faults
        self.state = state
        self.done = done
        self.tasks: dict[int, Task] = {script: Task(quiet=False)}
        self.calls: list[dict[str, Any]] = []
        self.counted = 0
        self.status: int | None = None
        self.reboot = False

    def seen(self, started: StartedProgram) -> None:
        """Take in that a program is started; it stands still until this returns."""
        task = self.tasks.setdefault(started.pid, Task(quiet=True))
        ours = started.program.startswith((*steps.PROGRAM_FOLDERS, HOME))
        name, words = steps.called(started.program, started.command) if ours else ("", [])
        if task.quiet or name not in steps.NAMES:
            task.name = name
            return
        # A program that becomes another keeps its number; only the first of a kind is a call.
        if task.name == name and task.calls:
            return
        task.name = name
        self.note(task, started, name, words)
        task.quiet = name in steps.QUIET
        if name in steps.ENDING and started.uid == 0:
            self.reboot = True

    def note(self, task: Task, started: StartedProgram, name: str, words: list[str]) -> None:
        """Write down a call, and let the world fail it where it is its turn."""
        self.counted += 1
        kind = steps.step(name, words)
        broken = self.faults.strikes(kind, words)
        by_number = {gid: group for group, (gid, _) in groups().items()}
        call = {
            "name": name[:40],
            "words": [word[:200] for word in words[:25]],
            "step": kind,
            "broken": broken,
            "uid": started.uid,
            "groups": [by_number[gid] for gid in sorted(started.gids) if gid in by_number][:30],
            "state": self.state(),
            "code": None,
            "pid": started.pid,
        }
        task.calls.append(call)
        if len(self.calls) < MOST_CALLS:
            self.calls.append(call)
        if broken:
            task.fault = steps.fault(kind, words)
            task.narrow = task.narrow or task.fault == "space"
            self.faults.harm(task.fault, started.pid)

    def forked(self, parent: int, child: int) -> None:
        """Take in that a process has a child."""
        task = self.tasks.get(parent)
        if task is None:
            self.tasks[child] = Task(quiet=True)
        else:
            self.tasks[child] = Task(quiet=task.quiet, narrow=task.narrow)

    def held(self, pid: int, number: int) -> bool:
        """Return whether a signal is kept from a process: without room a write just fails."""
        task = self.tasks.get(pid)
        return number == signal.SIGXFSZ and task is not None and task.narrow

    def gone(self, pid: int, code: int) -> None:
        """Take in that a process has ended."""
        task = self.tasks.pop(pid, None)
        if pid == self.script:
            self.status = code
        if task is None:
            return
        for call in task.calls:
            call["code"] = code
        if task.fault:
            self.faults.repair(task.fault)
        if task.calls or task.name == "dpkg":
            self.done(task.name)

    def told(self, hellos: set[int]) -> list[dict[str, Any]]:
        """Return the calls; a `docker run` that succeeded without the engine is none."""
        for call in self.calls:
            pid = call.pop("pid")
            if call["step"] == "docker run" and call["code"] == 0 and pid not in hellos:
                call["step"] = ""
        return self.calls
