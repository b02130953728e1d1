"""Process 1 of a machine in which a student's script runs: starts it, answers, writes down.

Evidence is what this process has seen itself: who called (SO_PEERCRED), and what the machine
looked like at that moment. It leaves at once through this process's own standard output, which
nothing else in here can open: everything it starts has neither its user nor SYS_PTRACE, nor a
way to get them. A call is what is asked through the socket, whichever program asks: a shim that
was replaced loses calls and wins none.

Everything is imported before the script starts: later the script may own the files.
"""

from __future__ import annotations

import _socket
import contextlib
import json
import os
import select
import signal
import sys
import time
from typing import Any, Tuple

sys.path.insert(0, "/usr/lib/lab")
import answers
import database
import machine
import process
import sudo
import tools
from callers import Link, Somebody
from clock import TICK, Clock

ADDRESS = b"\0lab"
SO_PEERGROUPS = 59

MOST_OUTPUT = 1024 * 1024
KEPT_OUTPUT = 1500
MOST_CALLS = 150
MOST_MESSAGE = 256 * 1024
MOST_LINKS = 30
RECORD_PIECE = 6000
# The engine keeps 1 MiB of what is told, its own wrapping included.
MOST_TOLD = 300 * 1000
REAL = (
    "tee", "install", "mkdir", "chmod", "groupadd", "addgroup", "usermod", "gpasswd", "adduser",
)  # fmt: skip
LENDING = ("sudo", "sg", "newgrp")
TOOLS = {
    "curl": "curl", "wget": "wget", "gpg": "gpg", "apt-key": "apt_key", "sleep": "sleep",
}  # fmt: skip


# What a shim is to do, exit code, output, complaint.
Verdict = Tuple[bytes, int, str, str]


class Recorder:
    """Runs a script as often as the world asks, and tells what happened."""

    def __init__(self, world: dict[str, Any]) -> None:
        self.world = world
        self.secret = world["secret"]
        self.packages = set(database.FROM_DOCKER) if world["docker"] else set()
        self.states: list[dict[str, Any]] = []
        self.sequence = 0
        self.told = 0
        self.known = machine.known_files()
        database.write(self.packages)
        self.before = machine.census() if world["census"] else {}
        self.wake, self.waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.door = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_NONBLOCK)
        self.door.bind(ADDRESS)
        self.door.listen(64)
        self.reset()

    def reset(self) -> None:
        self.links: dict[int, Link] = {}
        self.running: dict[int, tuple[Link, int]] = {}
        self.calls = 0
        self.seen: dict[str, int] = {}
        self.fails: list[str] | None = None
        self.ended = ""

    # --- records ---------------------------------------------------------------------------

    def tell(self, what: dict[str, Any]) -> None:
        """Write one record, in pieces that no log driver splits."""
        text = json.dumps(what)
        self.told += len(text)
        pieces = [text[at : at + RECORD_PIECE] for at in range(0, len(text), RECORD_PIECE)]
        for at, piece in enumerate(pieces):
            last = "." if at + 1 == len(pieces) else "+"
            line = "{} {} {}{}\n".format(self.secret, self.sequence, last, piece)
            tools.put(1, line.encode())
            self.sequence += 1

    def state(self, *, last: bool = False) -> int:
        """Return the number of the machine's present state, told once."""
        machine.follow_group()
        found = machine.look(self.world["user"], self.known)
        found["packages"] = sorted(self.packages)[:40]
        if found not in self.states and (last or self.told < MOST_TOLD):
            self.states.append(found)
            self.tell({"state": len(self.states) - 1, "is": found})
        return self.states.index(found) if found in self.states else len(self.states) - 1

    # --- one run ---------------------------------------------------------------------------

    def run(self, number: int) -> None:
        """Start the script, serve it until it ends or has to be ended, and tell the outcome."""
        self.reset()
        world = self.world
        begin = time.monotonic()
        output, inlet = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(output, False)
        script = self.start(inlet)
        os.close(inlet)
        self.tell({"run": number})
        status: int | None = None
        total, head, tail = 0, b"", b""
        poll = select.poll()
        for found in (self.door.fileno(), self.wake, output):
            poll.register(found, select.POLLIN)
        clock = Clock(begin)
        while status is None and not self.ended:
            clock.tick()
            if clock.own > world["seconds"]:
                self.ended = "deadline"
                break
            if clock.last - begin > world["patience"]:
                self.ended = "deadline" if clock.own > world["seconds"] / 4 else "starved"
                break
            for found, _ in poll.poll(TICK * 1000):
                if found == self.door.fileno():
                    self.welcome(poll)
                elif found == output:
                    piece = self.drain(output)
                    if not piece:
                        poll.unregister(output)
                    total += len(piece)
                    room = KEPT_OUTPUT - len(head)
                    head, tail = head + piece[:room], (tail + piece[room:])[-KEPT_OUTPUT:]
                    if total > MOST_OUTPUT:
                        self.ended = "flood"
                elif found != self.wake:
                    self.listen(found, poll)
            status = self.reap(script, status)
        seconds = time.monotonic() - begin
        self.kill_all()
        piece = self.drain(output)
        head, tail = head + piece[: KEPT_OUTPUT - len(head)], (tail + piece)[-KEPT_OUTPUT:]
        os.close(output)
        for link in self.links.values():
            link.close()
        self.turn_away()
        changed = machine.changes(self.before, machine.census()) if world["census"] else []
        self.tell(
            {
                "ended": self.ended or "exit",
                "code": -1 if status is None else status,
                "seconds": round(seconds, 3),
                "state": self.state(last=True),
                "calls": self.calls,
                "bytes": total,
                "head": head.decode("utf-8", "replace"),
                "tail": tail.decode("utf-8", "replace") if total > KEPT_OUTPUT else "",
                "changed": [[how, shown(path)] for how, path in changed[:40]],
            }
        )

    def turn_away(self) -> None:
        """Close what knocked and was not let in yet: it is no part of the next run."""
        with contextlib.suppress(OSError):
            while True:
                os.close(self.door._accept()[0])  # type: ignore[attr-defined]

    def start(self, inlet: int) -> int:
        """Start the script as the user, or as root where the world says that sudo did."""
        world = self.world
        user, uid = world["user"], world["uid"]
        gids = machine.gids_of(user, uid)
        env = sudo.session(user, uid)
        command = ["/bin/bash", world["file"]]
        if world["sudo"]:
            env = dict(sudo.session("root", 0))
            env.update(sudo.sudo_names(user, uid, uid, command))
            uid, gids = 0, [0]
        null = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
        home = os.open("/home/" + user, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        files = [null, inlet, inlet, home]
        child: int = process.spawn(
            command, env, files, (uid, gids[0] if uid == 0 else uid, gids), world["umask"]
        )
        os.close(null)
        os.close(home)
        return child

    def drain(self, output: int) -> bytes:
        try:
            return os.read(output, 65536)
        except OSError:
            return b""

    def reap(self, script: int, status: int | None) -> int | None:
        """Take in every child that ended; answer those that wait for one."""
        try:
            while os.read(self.wake, 512):
                pass
        except OSError:
            pass
        while True:
            try:
                pid, raw = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return status
            if pid == 0:
                return status
            code = os.WEXITSTATUS(raw) if os.WIFEXITED(raw) else 128 + os.WTERMSIG(raw)
            if pid == script:
                status = code
            elif pid in self.running:
                link, call = self.running.pop(pid)
                if call and self.told < MOST_TOLD:
                    self.tell({"done": call, "code": code})
                self.answer(link, b"say", code, b"", b"")

    def kill_all(self) -> None:
        """End everything else in here."""
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.005)

    # --- calls -----------------------------------------------------------------------------

    def welcome(self, poll: select.poll) -> None:
        try:
            number, _ = self.door._accept()  # type: ignore[attr-defined]
        except OSError:
            return
        link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, number)
        if len(self.links) >= MOST_LINKS:
            link.close()
            return
        link.setblocking(False)
        raw = link.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
        uid, gid = (int.from_bytes(raw[at : at + 4], "little") for at in (4, 8))
        try:
            more = link.getsockopt(_socket.SOL_SOCKET, SO_PEERGROUPS, 1024)
        except OSError:
            more = b""
        gids = {
            gid,
            *(int.from_bytes(more[at : at + 4], "little") for at in range(0, len(more), 4)),
        }
        self.links[number] = Link(link, uid, gids)
        poll.register(number, select.POLLIN)

    def listen(self, number: int, poll: select.poll) -> None:
        link = self.links.get(number)
        if link is None:
            return
        try:
            piece, extra, _, _ = link.link.recvmsg(65536, 256, _socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return
        except OSError:
            piece, extra = b"", []
        for level, kind, content in extra:
            if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
                for at in range(0, len(content) - 3, 4):
                    link.files.append(int.from_bytes(content[at : at + 4], sys.byteorder))
        link.body += piece
        size = int.from_bytes(link.body[:4], "little") if len(link.body) >= 4 else 0
        if not piece or size > MOST_MESSAGE or len(link.files) > 4:
            poll.unregister(number)
            if link not in [waiting for waiting, _ in self.running.values()]:
                del self.links[number]
                link.close()
            return
        if len(link.body) >= 4 and len(link.body) >= 4 + size:
            fields = link.body[4 : 4 + size].split(b"\0")
            link.body = link.body[4 + size :]
            try:
                self.take(link, fields)
            except Exception:  # whatever is asked, this process goes on
                self.answer(link, b"say", 1, b"", b"this cannot be done here\n")

    def take(self, link: Link, fields: list[bytes]) -> None:
        """Take one whole message."""
        if fields[0] == b"done" and link.call:
            if fields[1:] and fields[1].isdigit() and self.told < MOST_TOLD:
                self.tell({"done": link.call, "code": int(fields[1][:3])})
            return
        try:
            name, mask, count = fields[1].decode(), int(fields[2]) & 0o777, int(fields[3])
        except (IndexError, ValueError):
            return
        if fields[0] != b"call" or link.call:
            return
        raw, environment = fields[4 : 4 + count], fields[4 + count :]
        words = [word.decode("utf-8", "replace") for word in raw]
        self.calls += 1
        link.call = self.calls
        if name in LENDING:
            self.note(link, name, words, "", self.state(), None, broken=False)
            self.lend(link, name, raw, mask, environment)
            return
        verb, code, out, err = self.ask(link, name, words)
        self.answer(link, verb, code, out.encode(), err.encode())

    def ask(self, who: Link | Somebody, name: str, words: list[str]) -> Verdict:
        """Write down a call and return what is to come of it."""
        kind = answers.step(name, words)
        broken = self.broken(kind, words)
        at = self.state()
        verb, code, out, err = self.decide(who, name, words, kind, broken=broken)
        self.note(who, name, words, kind, at, code if verb == b"say" else None, broken=broken)
        if name in ("reboot", "shutdown", "poweroff") and who.uid == 0:
            self.ended = "reboot"
        return verb, code, out, err

    def note(
        self,
        who: Link | Somebody,
        name: str,
        words: list[str],
        kind: str,
        at: int,
        code: int | None,
        *,
        broken: bool,
    ) -> None:
        if self.calls > MOST_CALLS or self.told > MOST_TOLD:
            return
        names = [n for n, (gid, _) in machine.groups().items() if gid in who.gids]
        self.tell(
            {
                "call": who.call,
                "name": name[:40],
                "words": [word[:200] for word in words[:25]],
                "step": kind,
                "broken": broken,
                "uid": who.uid,
                "groups": names[:30],
                "state": at,
                "code": code,
            }
        )

    def broken(self, kind: str, words: list[str]) -> bool:
        """Return whether this step is the one that fails here: the n-th of its kind, or again."""
        wanted = self.world["breaks"]
        if not kind or not wanted or kind != wanted[0]:
            return False
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self.seen[kind] == wanted[1]:
            self.fails = words
        return self.fails == words

    def decide(
        self, who: Link | Somebody, name: str, words: list[str], kind: str, *, broken: bool
    ) -> Verdict:
        """Return verb, exit code, output and complaint for a call."""
        world = self.world
        if broken and name in answers.FETCHING:
            return b"curl" if name == "curl" else b"wget", 0, answers.STATUS_OF_BROKEN_PAGE, ""
        if broken:
            code, err = answers.BROKEN.get(kind, (1, name + ": cannot do that\n"))
            return b"say", code, "", err
        if name in TOOLS:
            return TOOLS[name].encode(), 0, "", ""
        if name in REAL:
            return b"real", 0, "", ""
        if name in ("apt", "apt-get"):
            return (b"say", *answers.apt(name, words, who.uid, self.packages, world))
        if name == "docker":
            engine = world["docker"]
            said = answers.docker(words, who.uid, who.gids, self.packages, engine=engine)
            return (b"say", *said)
        if name == answers.ADDING:
            said = answers.add_repository(words, who.uid, world["release"])
            if said[0] == 0 and not {"-n", "--no-update"} & set(words):
                self.calls += 1
                root = Somebody(self.calls, (who.uid, who.uid, sorted(who.gids)))
                return self.ask(root, "apt-get", ["update"])
            return (b"say", *said)
        found = answers.about_machine(name, words, world, self.packages)
        if name == "dpkg" and found is None:
            return b"real", 0, "", ""
        return (b"say", *(found or (0, "", "")))

    def answer(self, link: Link, verb: bytes, code: int, out: bytes, err: bytes) -> None:
        body = b"\0".join([verb, str(code).encode(), out, err])
        try:
            link.link.sendall(len(body).to_bytes(4, "little") + body)
        except OSError:
            return

    # --- sudo, sg, newgrp ------------------------------------------------------------------

    def lend(
        self, link: Link, name: str, raw: list[bytes], mask: int, environment: list[bytes]
    ) -> None:
        """Run a command as somebody else, with the caller's own files."""
        pairs = (entry.partition(b"=") for entry in environment)
        env = {key: value for key, found, value in pairs if key and found}
        caller = next((row for row in machine.accounts() if row[1] == link.uid), None)
        if len(link.files) != 4 or caller is None:
            self.answer(link, b"say", 1, b"", name.encode() + b": you do not exist here\n")
            return
        plan = sudo.sudo(raw, env, caller, link.gids, mask)
        if name != "sudo":
            plan = sudo.other_group(name, raw, env, caller, link.gids, mask)
        if plan.problem:
            self.answer(link, b"say", 1, b"", plan.problem.encode())
            return
        if not plan.command:
            self.answer(link, b"say", 0, b"", b"")
            return
        words = plan.command
        program: str | None = None
        path = plan.env.get(b"PATH", process.PATH.encode()).decode("utf-8", "replace")
        place = process.find_program(words[0], path)
        name = os.path.basename(place or "")
        call = 0
        if self.is_shim(place) and name not in LENDING and name not in TOOLS:
            # The shim would come back with the same question: answer it without starting it.
            self.calls += 1
            who = Somebody(self.calls, plan.ids)
            verb, code, out, err = self.ask(who, name, [shown(word) for word in words[1:]])
            if verb == b"say":
                self.answer(link, verb, code, out.encode(), err.encode())
                return
            program, call = "/usr/lib/lab/real/" + name, who.call
        try:
            child = process.spawn(
                words, plan.env, link.files, plan.ids, plan.mask, plan.home, program
            )
        except OSError:
            self.answer(link, b"say", 1, b"", b"sudo: cannot fork\n")
            return
        for number in link.files:
            os.close(number)
        link.files = []
        self.running[child] = (link, call)

    def is_shim(self, place: str | None) -> bool:
        """Return whether that path is one of the shims: nothing can be put over a mounted one."""
        if place is not None and place == machine.DOCKER:
            return os.path.islink(place) and os.readlink(place) == "/usr/lib/lab/shim.py"
        return place in self.world["shims"]


def shown(path: str) -> str:
    """Return a path of the machine as text that can be sent on."""
    return os.fsencode(path).decode("utf-8", "replace")[:200]


def main() -> None:
    """Make the machine, run the script in it, and tell what happened."""
    world = json.loads(os.environ["LAB_WORLD"])
    machine.make(world)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    recorder = Recorder(world)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(recorder.waker, warn_on_full_buffer=False)
    process.become_nobody()
    # From here on nothing is imported any more: the files may be the script's.
    sys.path[:] = []
    sys.meta_path[:] = []
    recorder.tell({"ready": recorder.state()})
    for number in range(world["runs"]):
        recorder.run(number)
    recorder.tell({"over": True})


main()
