"""Process 1 of a machine on which a student's script runs: starts it, watches it, says what it saw.

Reads questions from its standard input and answers each with one line; nothing the script starts
can open either, since that takes the capability to trace, which this process keeps to itself. It
imports nothing after the script has started and trusts no file that a script may have written.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

import machine_making
import steps
from archive_server import Archive, ArchiveServer, load
from engine_socket import PATH as SOCKET
from engine_socket import EngineSocket
from machine_census import census, changes
from machine_files import gids_of, groups, installed
from machine_state import Eye
from script_clock import TICK, ScriptClock
from spawning import PATH, spawn
from tracing import Started, Tracer

HOME = "/usr/lib/machine"
MOST_OUTPUT = 1 << 20
KEPT_OUTPUT = 2000
MOST_CALLS = 400
MOST_STATES = 400
LOCKS = ("/etc/group.lock", "/etc/gshadow.lock", "/etc/passwd.lock", "/etc/shadow.lock")
OWN_UID = 65532
ENGINES = {"docker-ce", "docker.io"}


class Task:
    """A process in here, and which calls it is."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.name = ""
        self.calls: list[dict[str, Any]] = []
        self.fault = ""
        self.narrow = False


class Agent:
    """One machine, on which one script runs once or twice."""

    def __init__(self, world: dict[str, Any]) -> None:
        self.world = world
        files = load(HOME + "/archive")
        with open(HOME + "/docker.asc", "rb") as file:
            key = file.read()
        with open(HOME + "/docker.gpg", "rb") as file:
            binary = file.read()
        with open(HOME + "/packages.json", encoding="utf-8") as file:
            self.manifest: dict[str, list[str]] = json.load(file)
        self.archive = Archive(files, key)
        self.archive.lenient = world["lenient"]
        machine_making.make(world)
        if world["lenient"]:
            for name, content in files.items():
                if name.startswith("distribution/pool/") and machine_making.lendable(name):
                    machine_making.lend(content)
        ArchiveServer(self.archive, HOME + "/server.pem", HOME + "/server.key")
        if world["lenient"]:
            # Who forgets to fetch the lists does not find an empty machine.
            subprocess.run(
                ["/usr/bin/apt-get", "-qq", "update"], check=False, stdout=subprocess.DEVNULL
            )
            self.archive.told.clear()
        self.engine = EngineSocket()
        self.engine_there = False
        forget()
        if world["docker"]:
            self.open_engine()
        self.eye = Eye(world["user"], binary, self.archive.fetched)
        self.tracer = Tracer(self.seen, self.forked, self.gone, self.held)
        self.before = census()
        self.states: list[dict[str, Any]] = []
        self.begin_run()

    def begin_run(self) -> None:
        """Forget the run before."""
        self.tasks: dict[int, Task] = {}
        self.calls: list[dict[str, Any]] = []
        self.counted = 0
        self.kinds: dict[str, int] = {}
        self.fails: list[str] | None = None
        self.breaks: list[Any] | None = None
        self.status: int | None = None
        self.script = 0
        self.ended = ""

    # --- a run -----------------------------------------------------------------------------

    def run(self, breaks: list[Any] | None) -> dict[str, Any]:
        """Run the script once and return what happened; `breaks` is the step that fails, if any."""
        self.begin_run()
        self.breaks = breaks
        told = len(self.states)
        output = self.start()
        begin = time.monotonic()
        head, tail, total = b"", b"", 0
        clock = ScriptClock(begin)
        poll = select.poll()
        poll.register(output, select.POLLIN)
        poll.register(self.world["wake"], select.POLLIN)
        while self.status is None and not self.ended:
            clock.tick()
            self.ended = self.time_is_up(clock, begin)
            for found, _ in poll.poll(TICK * 1000):
                if found != output:
                    drain(found)
                    continue
                piece = drain(output)
                if not piece:
                    poll.unregister(output)
                total += len(piece)
                room = max(0, KEPT_OUTPUT - len(head))
                head, tail = head + piece[:room], (tail + piece[room:])[-KEPT_OUTPUT:]
                if total > MOST_OUTPUT:
                    self.ended = "flood"
            self.tracer.look()
        seconds = time.monotonic() - begin
        self.kill_all()
        piece = drain(output)
        room = max(0, KEPT_OUTPUT - len(head))
        head, tail = head + piece[:room], (tail + piece[room:])[-KEPT_OUTPUT:]
        os.close(output)
        self.judge_hellos()
        return {
            "ended": self.ended or "exit",
            "code": -1 if self.status is None else self.status,
            "seconds": round(seconds, 3),
            "state": self.state(last=True),
            "states": self.states[told:],
            "calls": self.calls,
            "counted": self.counted,
            "bytes": total + len(piece),
            "head": head.decode("utf-8", "replace"),
            "tail": tail.decode("utf-8", "replace"),
            "changed": self.changed(),
            "fetched": self.archive.told,
        }

    def start(self) -> int:
        """Start the script as the user; return where its output comes."""
        world = self.world
        user, uid = world["user"], world["uid"]
        command = ["/bin/bash", world["file"]]
        if world["sudo"]:
            command = ["/usr/bin/sudo", "bash", world["file"]]
        env = {
            b"HOME": b"/home/" + user.encode(), b"USER": user.encode(), b"LOGNAME": user.encode(),
            b"SHELL": b"/bin/bash", b"PATH": PATH.encode(), b"LANG": b"C.UTF-8", b"TERM": b"xterm",
        }  # fmt: skip
        if world["terminal"]:
            outlet, inlet = pty.openpty()
            files = [inlet, inlet, inlet]
        else:
            outlet, inlet = os.pipe()
            files = [os.open("/dev/null", os.O_RDONLY), inlet, inlet]
        ids = (uid, uid, gids_of(user, uid))
        home = "/home/" + user
        terminal = bool(world["terminal"])
        child, gate = spawn(command, env, files, ids, world["umask"], home, terminal=terminal)
        self.script = child
        self.tasks[child] = Task(quiet=False)
        self.tracer.follow(child)
        os.write(gate, b"x")
        for number in {gate, inlet, files[0]}:
            os.close(number)
        os.set_blocking(outlet, False)
        return outlet

    def time_is_up(self, clock: ScriptClock, begin: float) -> str:
        """Return how a run is ended from outside at this moment, empty if it goes on."""
        if self.ended:
            return self.ended
        if clock.own > self.world["seconds"]:
            return "deadline"
        if clock.last - begin > self.world["patience"]:
            return "deadline" if clock.own > self.world["seconds"] / 4 else "starved"
        return ""

    def kill_all(self) -> None:
        """End everything else in here."""
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)
            if not self.tracer.look():
                break
            time.sleep(0.005)
        self.repair("")

    def changed(self) -> list[list[str]]:
        """Return what the script changed, without what its packages brought."""
        if self.breaks:
            return []
        there = installed() & self.archive.fetched
        brought = {path for name in there for path in self.manifest.get(name, [])}
        found = changes(self.before, census(), brought)
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

    # --- what the kernel says ---------------------------------------------------------------

    def seen(self, started: Started) -> None:
        """Take in that a program is started; it stands still until this returns."""
        task = self.tasks.setdefault(started.pid, Task(quiet=True))
        ours = started.program.startswith((*steps.PROGRAM_FOLDERS, HOME + "/"))
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
            self.ended = "reboot"

    def note(self, task: Task, started: Started, name: str, words: list[str]) -> None:
        """Write down a call, and let the world fail it where it is its turn."""
        self.counted += 1
        kind = steps.step(name, words)
        broken = self.broken(kind, words)
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
            self.harm(task, started.pid, steps.fault(kind, words))

    def broken(self, kind: str, words: list[str]) -> bool:
        """Return whether this step is the one that fails here: the n-th of its kind, or again."""
        wanted = self.breaks
        if not kind or not wanted or kind != wanted[0]:
            return False
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.kinds[kind] == wanted[1]:
            self.fails = words
        return self.fails == words

    def harm(self, task: Task, pid: int, fault: str) -> None:
        """Let something be wrong with the world for as long as a process lives."""
        task.fault = fault
        if fault in ("lists", "packages", "page"):
            self.archive.fault = fault
        elif fault == "engine":
            self.engine.fault = True
        elif fault == "lock":
            for path in LOCKS:
                with contextlib.suppress(OSError), open(path, "w", encoding="utf-8") as file:
                    file.write("1")
        elif fault == "space":
            task.narrow = True
            leave_no_room(pid)

    def repair(self, fault: str) -> None:
        """Put the world right again."""
        self.archive.fault = ""
        self.engine.fault = False
        if fault in ("lock", "") and self.breaks:
            for path in LOCKS:
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def forked(self, parent: int, child: int) -> None:
        """Take in that a process has a child."""
        task = self.tasks.get(parent)
        made = Task(quiet=task is None or task.quiet)
        made.narrow = task is not None and task.narrow
        self.tasks[child] = made

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
            self.repair(task.fault)
        if task.name == "dpkg" and not self.engine_there and installed() & ENGINES:
            self.open_engine()
        if task.calls and self.engine_there:
            follow_group()

    def open_engine(self) -> None:
        """Let there be an engine, as its package's installation does."""
        self.engine_there = True
        self.engine.open(groups().get("docker", (0, []))[0])

    def judge_hellos(self) -> None:
        """Take a `docker run` that succeeded without the engine for none."""
        for call in self.calls:
            pid = call.pop("pid")
            if call["step"] == "docker run" and call["code"] == 0 and pid not in self.engine.hellos:
                call["step"] = ""


def leave_no_room(pid: int) -> None:
    """Let a process write no file any more.

    Only its own user may set such a limit from outside; a child of this process becomes that user.
    """
    state = os.stat("/proc/{}".format(pid))
    child = os.fork()
    if child == 0:
        try:
            os.setresgid(state.st_gid, state.st_gid, state.st_gid)
            os.setresuid(state.st_uid, state.st_uid, state.st_uid)
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def follow_group() -> None:
    """Give the untouched socket to a docker group that was made since, as a restart would."""
    found = groups().get("docker")
    with contextlib.suppress(OSError):
        state = os.lstat(SOCKET)
        if found and (state.st_uid, state.st_gid) == (0, 0):
            os.chown(SOCKET, 0, found[0])


def drain(number: int) -> bytes:
    """Read what is there; empty at the end, or where nothing is."""
    try:
        return os.read(number, 65536)
    except OSError:
        return b""


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
            world = question["make"]
            world["wake"] = wake()
            agent = Agent(world)
            # With another real uid than root's, root in here can set no limit for this process.
            os.setresuid(OWN_UID, 0, OWN_UID)
            # From here on nothing is imported any more: the files may be the script's.
            sys.path[:] = []
            sys.meta_path[:] = []
            agent.state()
            say({"state": agent.states[0]})
        elif agent is not None:
            say(agent.run(question.get("breaks")))


if __name__ == "__main__":
    main()
