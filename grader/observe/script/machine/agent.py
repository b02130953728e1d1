"""Process 1 of a machine on which a student's script runs: starts it, watches it, says what it saw.

Reads questions from its standard input and answers each with one line; nothing the script starts
can open either, since that takes the capability to trace, which this process keeps to itself. It
imports nothing after the script has started and trusts no file that a script may have written.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

import machine_making
from archive_lists import Installed, Lists
from archive_server import Archive, ArchiveServer
from call_record import CallRecord
from engine_socket import PATH as SOCKET
from engine_socket import EngineSocket
from hello_engine import HelloEngine
from left_behind import left_behind
from machine_census import census, changes
from machine_files import groups
from machine_state import Eye
from script_clock import TICK, ScriptClock
from script_output import ScriptOutput, drain
from script_start import start
from tracing import Tracer
from world_faults import Faults

HOME = "/usr/lib/machine"
MOST_STATES = 400
OWN_UID = 65532
ENGINES = {"docker-ce", "docker.io"}
DATA = "/var/lib/docker"  # where an engine keeps its images and volumes


class Agent:
    """One machine, on which one script runs once or several times."""

    def __init__(self, world: dict[str, Any]) -> None:
        self.world = world
        self.wake = wake()
        with open(HOME + "/docker.asc", "rb") as file:
            key = file.read()
        with open(HOME + "/packages.json", encoding="utf-8") as file:
            self.manifest: dict[str, list[str]] = json.load(file)
        lists = Lists(HOME + "/archive")
        self.archive = Archive(lists, key)
        self.archive.lenient = world["lenient"]
        machine_making.make(world)
        if world["lenient"]:
            for name, content in lists.packages["distribution"].items():
                if machine_making.lendable(name):
                    machine_making.lend(content)
        ArchiveServer(self.archive, HOME + "/server.pem", HOME + "/server.key")
        if world["lenient"]:
            # Who forgets to fetch the lists does not find an empty machine.
            subprocess.run(
                ["/usr/bin/apt-get", "-qq", "update"], check=False, stdout=subprocess.DEVNULL
            )
            self.archive.told.clear()
        self.engine = HelloEngine()
        self.socket = EngineSocket(self.engine)
        self.engine_there = False
        forget()
        if world["docker"]:
            self.open_engine()
        self.packages = Installed(lists, self.archive.fetched)
        self.eye = Eye(world["user"], self.packages)
        self.faults = Faults(self.archive, self.engine)
        self.before = census()
        self.states: list[dict[str, Any]] = []
        self.state()

    def run(self, breaks: list[Any] | None) -> dict[str, Any]:
        """Run the script once and return what happened; `breaks` is the step that fails, if any."""
        told = len(self.states)
        self.faults.begin(breaks)
        child, outlet, gate = start(self.world)
        calls = CallRecord(child, self.faults, self.state, self.ended)
        tracer = Tracer(calls.seen, calls.forked, calls.gone, calls.held)
        tracer.follow(child)
        os.write(gate, b"x")
        os.close(gate)
        output = ScriptOutput(outlet)
        begin = time.monotonic()
        ended = self.watch(output, calls, tracer, begin)
        seconds = time.monotonic() - begin
        left = [] if ended else left_behind(child)
        kill_all(tracer)
        self.faults.repair()
        output.take()
        os.close(outlet)
        by_hand = any(call["name"] == "dpkg" for call in calls.calls)
        return {
            "ended": ended or "exit",
            "code": -1 if calls.status is None else calls.status,
            "seconds": round(seconds, 3),
            "state": self.state(last=True),
            "states": self.states[told:],
            "calls": calls.told(self.engine.hellos),
            "counted": calls.counted,
            "changed": self.changed(),
            "left": left,
            "doubts": self.packages.doubts(by_hand=by_hand),
            "fetched": self.archive.told,
            **output.told(),
        }

    def watch(self, output: ScriptOutput, calls: CallRecord, tracer: Tracer, begin: float) -> str:
        """Look on until the script has ended; return how it was ended from outside, if it was."""
        clock = ScriptClock(begin)
        poll = select.poll()
        poll.register(output.number, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        while calls.status is None:
            clock.tick()
            if ended := self.time_is_up(clock, begin):
                return ended
            for found, _ in poll.poll(TICK * 1000):
                if found != output.number:
                    drain(found)
                elif not output.take():
                    poll.unregister(found)
            tracer.look()
            if calls.reboot:
                return "reboot"
            if output.too_much():
                return "flood"
        return ""

    def time_is_up(self, clock: ScriptClock, begin: float) -> str:
        """Return how a run is ended from outside at this moment, empty if it goes on."""
        if clock.own > self.world["seconds"]:
            return "deadline"
        if clock.last - begin > self.world["patience"]:
            return "deadline" if clock.own > self.world["seconds"] / 4 else "starved"
        return ""

    def changed(self) -> list[list[str]]:
        """Return what the script changed, without what its packages brought."""
        if self.faults.step:
            return []
        brought = {path for name in self.packages.proven() for path in self.manifest.get(name, [])}
        found = changes(self.before, census(), brought)
        if self.engine_there and not os.path.isdir(DATA + "/image"):
            found.insert(0, ("gone", DATA))
        return [
            [how, os.fsencode(path).decode("utf-8", "replace")[:200]] for how, path in found[:60]
        ]

    def state(self, *, last: bool = False) -> int:
        """Look at the machine; return the number of what is seen among the states."""
        if len(self.states) >= MOST_STATES and not last:
            return len(self.states) - 1
        found = self.eye.look()
        if not self.states or self.states[-1] != found:
            self.states.append(found)
        return len(self.states) - 1

    def ended(self, name: str) -> None:
        """Take in that a program has ended: with a package of the engine's comes the engine."""
        if name == "dpkg" and not self.engine_there and self.packages.proven() & ENGINES:
            self.open_engine()
        if self.engine_there:
            follow_group()

    def open_engine(self) -> None:
        """Let there be an engine, as its package's installation does."""
        self.engine_there = True
        os.makedirs(DATA + "/image", exist_ok=True)
        self.socket.open(groups().get("docker", (0, []))[0])


def kill_all(tracer: Tracer) -> None:
    """End everything else in here."""
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)
        if not tracer.look():
            break
        time.sleep(0.005)


def follow_group() -> None:
    """Give the untouched socket to a docker group that was made since, as a restart would."""
    found = groups().get("docker")
    with contextlib.suppress(OSError):
        state = os.lstat(SOCKET)
        if found and (state.st_uid, state.st_gid) == (0, 0):
            os.chown(SOCKET, 0, found[0])


def forget() -> None:
    """Take away from the disk what is in this process's memory now."""
    for name in os.listdir(HOME):
        path = "{}/{}".format(HOME, name)
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif name.endswith((".py", ".json", ".pem", ".key", ".asc", ".gpg")):
            os.unlink(path)


def wake() -> int:
    """Return a number that becomes readable when a child's state has changed."""
    reader, writer = os.pipe()
    for number in (reader, writer):
        os.set_blocking(number, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def say(answer: dict[str, Any]) -> None:
    """Write one line to whoever made this machine."""
    content = json.dumps(answer).encode() + b"\n"
    while content:
        content = content[os.write(1, content) :]


def main() -> None:
    """Answer one question after the other until there are no more."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    # What process 1 has no handler for does not reach it; Python has one for this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    agent: Agent | None = None
    for line in sys.stdin.buffer:
        question = json.loads(line)
        if "make" in question:
            agent = Agent(question["make"])
            # With another real uid than root's, root in here can set no limit for this process.
            os.setresuid(OWN_UID, 0, OWN_UID)
            # From here on nothing is imported any more: the files may be the script's.
            sys.path[:] = []
            sys.meta_path[:] = []
            say({"state": agent.states[0]})
        elif agent is not None:
            say(agent.run(question.get("breaks")))


if __name__ == "__main__":
    main()
