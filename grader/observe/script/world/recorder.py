"""Process 1 of a machine in which a student's script runs: starts it, answers, writes down.

Evidence is what this process has seen itself: who called (SO_PEERCRED), and what the machine
looked like at that moment. It leaves at once through this process's own standard output, which
nothing else in here can open: everything it starts has neither its user nor SYS_PTRACE, nor a
way to get them. A call is what is asked through the socket, whichever program asks: a shim that
was replaced loses calls and wins none.

Everything is imported before the script starts: later the script may own the files.
"""

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time

import _socket

sys.path.insert(0, "/usr/lib/lab")
import answers
import machine
import tools

ADDRESS = b"\0lab"
OWN_UID = 65532
# What everything in here may have as root: no SETPCAP, no SYS_PTRACE.
CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, LAST = 0, 1, 3, 5, 6, 7, 63
ALLOWED = {CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID}
SETPCAP = 8
PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 4, 8, 24
CAPABILITY_VERSION = 0x20080522
SO_PEERGROUPS = 59
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEPT_BY_SUDO = {b"LANG", b"LANGUAGE", b"TERM", b"DISPLAY", b"COLORTERM", b"TZ", b"LS_COLORS"}

MOST_OUTPUT = 1024 * 1024
KEPT_OUTPUT = 1500
MOST_CALLS = 150
MOST_MESSAGE = 256 * 1024
MOST_LINKS = 100
MOST_PROCESSES = 48
RECORD_PIECE = 6000
REAL = ("tee", "install", "mkdir", "chmod", "groupadd", "addgroup", "usermod", "gpasswd", "adduser")
TOOLS = {"curl": "curl", "wget": "wget", "gpg": "gpg", "apt-key": "apt_key"}


class Link:
    """One connection from a shim."""

    def __init__(self, link, pid, uid, gids):
        self.link = link
        self.pid = pid
        self.uid = uid
        self.gids = gids
        self.body = b""
        self.files = []
        self.call = None

    def close(self):
        for number in self.files:
            os.close(number)
        self.files = []
        self.link.close()


class Recorder:
    """Runs a script as often as the world asks, and tells what happened."""

    def __init__(self, world):
        self.world = world
        self.secret = world["secret"]
        self.packages = set()
        self.states = []
        self.sequence = 0
        self.known = machine.known_files()
        self.before = machine.census(world["user"]) if world["census"] else {}
        self.wake, self.waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.door = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_NONBLOCK)
        self.door.bind(ADDRESS)
        self.door.listen(64)
        self.reset()

    def reset(self):
        self.links = {}
        self.running = {}
        self.calls = 0
        self.seen = {}
        self.fails = None
        self.ended = ""

    # --- records ---------------------------------------------------------------------------

    def tell(self, what):
        """Write one record, in pieces that no log driver splits."""
        text = json.dumps(what)
        pieces = [text[at : at + RECORD_PIECE] for at in range(0, len(text), RECORD_PIECE)]
        for at, piece in enumerate(pieces):
            last = "." if at + 1 == len(pieces) else "+"
            line = "{} {} {}{}\n".format(self.secret, self.sequence, last, piece)
            tools.put(1, line.encode())
            self.sequence += 1

    def state(self):
        """Return the number of the machine's present state, told once."""
        machine.follow_group()
        found = machine.look(self.world["user"], self.known)
        found["packages"] = sorted(self.packages)[:40]
        if found not in self.states:
            self.states.append(found)
            self.tell({"state": len(self.states) - 1, "is": found})
        return self.states.index(found)

    # --- one run ---------------------------------------------------------------------------

    def run(self, number):
        """Start the script, serve it until it ends or has to be ended, and tell the outcome."""
        self.reset()
        world = self.world
        begin = time.monotonic()
        output, inlet = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(output, False)
        script = self.start(inlet)
        os.close(inlet)
        self.tell({"run": number})
        status, total, head, tail = None, 0, b"", b""
        poll = select.poll()
        for found in (self.door.fileno(), self.wake, output):
            poll.register(found, select.POLLIN)
        while status is None and not self.ended:
            left = begin + world["seconds"] - time.monotonic()
            if left <= 0:
                self.ended = "deadline"
                break
            for found, _ in poll.poll(left * 1000):
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
        changed = self.changes() if world["census"] else []
        self.tell(
            {
                "ended": self.ended or "exit",
                "code": -1 if status is None else status,
                "seconds": round(seconds, 3),
                "state": self.state(),
                "calls": self.calls,
                "bytes": total,
                "head": head.decode("utf-8", "replace"),
                "tail": tail.decode("utf-8", "replace") if total > KEPT_OUTPUT else "",
                "changed": changed[:40],
            }
        )

    def start(self, inlet):
        """Start the script as the user, or as root where the world says that sudo did."""
        world = self.world
        user, uid = world["user"], world["uid"]
        gids = machine.gids_of(user, uid)
        env = session(user, uid)
        command = ["/bin/bash", world["file"]]
        if world["sudo"]:
            env = dict(session("root", 0))
            env.update(sudo_names(user, uid, uid, command))
            uid, gids = 0, [0]
        null = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
        home = os.open("/home/" + user, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        files = [null, inlet, inlet, home]
        child = spawn(command, env, files, (uid, gids[0] if uid == 0 else uid, gids), world["umask"])
        os.close(null)
        os.close(home)
        return child

    def drain(self, output):
        try:
            return os.read(output, 65536)
        except OSError:
            return b""

    def reap(self, script, status):
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
                self.answer(self.running.pop(pid), b"say", code, b"", b"")

    def kill_all(self):
        """End everything else in here."""
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            try:
                os.kill(-1, signal.SIGKILL)
            except OSError:
                pass
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.005)

    def changes(self):
        """Return the paths that are there, gone or different since the machine was made."""
        now = machine.census(self.world["user"])
        paths = {path for path in {*now, *self.before} if now.get(path) != self.before.get(path)}
        return sorted(path.encode("utf-8", "replace").decode()[:200] for path in paths)

    # --- calls -----------------------------------------------------------------------------

    def welcome(self, poll):
        try:
            number, _ = self.door._accept()
        except OSError:
            return
        link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, number)
        if len(self.links) >= MOST_LINKS:
            link.close()
            return
        link.setblocking(False)
        raw = link.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
        pid, uid, gid = (int.from_bytes(raw[at : at + 4], "little") for at in (0, 4, 8))
        try:
            more = link.getsockopt(_socket.SOL_SOCKET, SO_PEERGROUPS, 1024)
        except OSError:
            more = b""
        gids = {gid, *(int.from_bytes(more[at : at + 4], "little") for at in range(0, len(more), 4))}
        self.links[number] = Link(link, pid, uid, gids)
        poll.register(number, select.POLLIN)

    def listen(self, number, poll):
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
            if link not in self.running.values():
                del self.links[number]
                link.close()
            return
        if len(link.body) >= 4 and len(link.body) >= 4 + size:
            fields = link.body[4 : 4 + size].split(b"\0")
            link.body = link.body[4 + size :]
            self.take(link, fields)

    def take(self, link, fields):
        """Take one whole message."""
        if fields[0] == b"done" and link.call is not None:
            if fields[1:] and fields[1].isdigit() and self.calls <= MOST_CALLS:
                self.tell({"done": link.call, "code": int(fields[1][:3])})
            return
        try:
            name, mask, count = fields[1].decode(), int(fields[2]) & 0o777, int(fields[3])
        except (IndexError, ValueError):
            return
        if fields[0] != b"call" or link.call is not None:
            return
        raw, environment = fields[4 : 4 + count], fields[4 + count :]
        words = [word.decode("utf-8", "replace") for word in raw]
        kind = answers.step(name, words)
        broken = self.broken(kind, words)
        self.calls += 1
        link.call = self.calls
        at = self.state()
        if name in LENDING:
            self.note(link, name, words, "", False, at, None)
            self.lend(link, name, raw, mask, environment)
            return
        verb, code, out, err = self.decide(link, name, words, kind, broken)
        self.note(link, name, words, kind, broken, at, code if verb == b"say" else None)
        self.answer(link, verb, code, out.encode(), err.encode())
        if name in ("reboot", "shutdown", "poweroff") and link.uid == 0:
            self.ended = "reboot"

    def note(self, link, name, words, kind, broken, at, code):
        if self.calls > MOST_CALLS:
            return
        names = [n for n, (gid, _) in machine.groups().items() if gid in link.gids]
        self.tell(
            {
                "call": link.call,
                "name": name[:40],
                "words": [word[:300] for word in words[:30]],
                "step": kind,
                "broken": broken,
                "uid": link.uid,
                "groups": names[:30],
                "state": at,
                "code": code,
            }
        )

    def broken(self, kind, words):
        """Return whether this step is the one that fails here: the n-th of its kind, or again."""
        wanted = self.world["breaks"]
        if not kind or not wanted or kind != wanted[0]:
            return False
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self.seen[kind] == wanted[1]:
            self.fails = words
        return self.fails == words

    def decide(self, link, name, words, kind, broken):
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
            return (b"say", *answers.apt(name, words, link.uid, self.packages))
        if name == "docker":
            engine = world["docker"]
            found = answers.docker(words, link.uid, link.gids, self.packages, engine)
            return (b"say", *found)
        found = answers.about_machine(name, words, world, self.packages)
        return (b"say", *(found or (0, "", "")))

    def answer(self, link, verb, code, out, err):
        body = b"\0".join([verb, str(code).encode(), out, err])
        try:
            link.link.sendall(len(body).to_bytes(4, "little") + body)
        except OSError:
            return

    # --- sudo, sg, newgrp ------------------------------------------------------------------

    def lend(self, link, name, raw, mask, environment):
        """Run a command as somebody else, with the caller's own files."""
        env = dict(entry.split(b"=", 1) for entry in environment if b"=" in entry)
        caller = next((row for row in machine.accounts() if row[1] == link.uid), None)
        if len(link.files) != 4 or caller is None:
            self.answer(link, b"say", 1, b"", name.encode() + b": you do not exist here\n")
            return
        plan = sudo(raw, env, caller, link.gids, mask)
        if name != "sudo":
            plan = other_group(name, raw, env, caller, link.gids, mask)
        if plan.problem:
            self.answer(link, b"say", plan.code, b"", plan.problem.encode())
            return
        if not plan.command:
            self.answer(link, b"say", 0, b"", b"")
            return
        try:
            child = spawn(plan.command, plan.env, link.files, plan.ids, plan.mask, plan.home)
        except OSError:
            self.answer(link, b"say", 1, b"", name.encode() + b": cannot fork\n")
            return
        for number in link.files:
            os.close(number)
        link.files = []
        self.running[child] = link


LENDING = ("sudo", "sg", "newgrp")


class Plan:
    """A command to run as somebody else, or why not."""

    def __init__(self, command=(), env=None, ids=None, mask=0o022, home="", problem="", code=1):
        self.command = list(command)
        self.env = env or {}
        self.ids = ids
        self.mask = mask
        self.home = home
        self.problem = problem
        self.code = code


def session(name, uid):
    """Return the environment of a new login session."""
    home = "/root" if uid == 0 else "/home/" + name
    return {
        b"HOME": home.encode(), b"USER": name.encode(), b"LOGNAME": name.encode(),
        b"SHELL": b"/bin/bash", b"PATH": PATH.encode(), b"LANG": b"C.UTF-8", b"TERM": b"dumb",
    }  # fmt: skip


def sudo_names(name, uid, gid, command):
    """Return what sudo says of who called it."""
    return {
        b"SUDO_USER": name.encode(),
        b"SUDO_UID": str(uid).encode(),
        b"SUDO_GID": str(gid).encode(),
        b"SUDO_COMMAND": " ".join(command).encode()[:4096],
    }


SUDO_VALUES = {"-u": "user", "-g": "group", "-p": "", "-C": "", "-h": "", "-r": "", "-t": ""}
SUDO_LONG = {"--user": "user", "--group": "group", "--prompt": "", "--close-from": ""}


def sudo(raw, env, caller, caller_gids, mask):
    """Return the plan of a sudo whose sudoers lets everybody do everything, as Ubuntu's sets up."""
    queue, given, flags = list(raw), {}, set()
    while queue and queue[0].startswith(b"-"):
        word = queue.pop(0).decode("utf-8", "replace")
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in SUDO_LONG:
            given[SUDO_LONG[name]] = value if equals else text_of(queue)
        elif word.startswith("--"):
            flags.add(name)
        elif word[:2] in SUDO_VALUES:
            given[SUDO_VALUES[word[:2]]] = word[2:] or text_of(queue)
        else:
            flags.update("-" + letter for letter in word[1:])
            if word[-1:] in "ug" and queue:
                given[SUDO_VALUES["-" + word[-1]]] = text_of(queue)
    extra = {}
    while queue and b"=" in queue[0] and not queue[0].startswith(b"/"):
        key, _, value = queue.pop(0).partition(b"=")
        extra[key] = value
    target, problem = find_account(given.get("user", "root"))
    if problem:
        return Plan(problem=problem)
    user, uid, gid, home, shell = target
    gids = machine.gids_of(user, gid)
    if given.get("group"):
        found = machine.groups().get(given["group"])
        if found is None:
            return Plan(problem="sudo: unknown group: {}\n".format(given["group"]))
        gid, gids = found[0], sorted({*gids, found[0]})
        if "user" not in given:
            user, uid, _, home, shell = caller
            gids = sorted({*caller_gids, gid})
    command = [os.fsdecode(word) for word in queue]
    login = bool({"-i", "--login"} & flags)
    if login or {"-s", "--shell"} & flags:
        line = " ".join(escaped(word) for word in command)
        command = [shell, *(["-l"] if login else []), *(["-c", line] if command else [])]
    if not command:
        return Plan() if {"-v", "-k", "-K", "-l", "-n"} & flags else Plan(problem="usage: sudo\n")
    all_of_it = bool({"-E", "--preserve-env"} & flags) and not login
    fresh = {k: v for k, v in env.items() if all_of_it or k in KEPT_BY_SUDO or k[:3] == b"LC_"}
    base = session(user, uid)
    base[b"HOME"], base[b"SHELL"] = home.encode(), shell.encode()
    if all_of_it and "-H" not in flags:
        base[b"HOME"] = env.get(b"HOME", base[b"HOME"])
    fresh.update(base)
    fresh.update(sudo_names(caller[0], caller[1], caller[2], command))
    fresh.update(extra)
    return Plan(command, fresh, (uid, gid, gids), mask | 0o022, home if login else "")


def other_group(name, raw, env, caller, caller_gids, mask):
    """Return the plan of newgrp or sg: a shell with one more group, for its members only."""
    words = [word for word in raw if word != b"-"]
    wanted = text_of(words) if words else ""
    found = machine.groups().get(wanted)
    user, uid, gid, home, shell = caller
    if not wanted:
        found = (gid, [user])
    if found is None:
        return Plan(problem="{}: group '{}' does not exist\n".format(name, wanted))
    new_gid, members = found
    if uid != 0 and user not in members and new_gid != gid and new_gid not in caller_gids:
        return Plan(problem="Password: Invalid password.\n")
    command = [env.get(b"SHELL", shell.encode()).decode("utf-8", "replace") or shell]
    if name == "sg" and words:
        if words[0] == b"-c":
            words.pop(0)
        if words:
            command = ["/bin/sh", "-c", os.fsdecode(words[0])]
    login = raw[:1] == [b"-"]
    fresh = dict(session(user, uid)) if login else env
    return Plan(
        command, fresh, (uid, new_gid, sorted({*caller_gids, new_gid})), mask, home if login else ""
    )


def text_of(queue):
    return queue.pop(0).decode("utf-8", "replace") if queue else ""


def escaped(word):
    """Return a word as sudo hands it to a login shell."""
    return "".join(c if c.isalnum() or c in "_-$" else "\\" + c for c in word)


def find_account(name):
    for row in machine.accounts():
        if name in (row[0], "#{}".format(row[1])):
            return row, ""
    return None, "sudo: unknown user {}\n".format(name)


def spawn(command, env, files, ids, mask, home=""):
    """Start a command with the given files, user and groups, below all that process 1 may do."""
    uid, gid, gids = ids
    program = find_program(command[0], env.get(b"PATH", PATH.encode()).decode("utf-8", "replace"))
    child = os.fork()
    if child:
        return child
    try:
        for target, number in enumerate(files[:3]):
            os.dup2(number, 10 + target)
        for target in range(3):
            os.dup2(10 + target, target)
        try:
            os.fchdir(files[3])
            if home:
                os.chdir(home)
        except OSError:
            pass
        os.closerange(3, 256)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        os.umask(mask)
        resource.setrlimit(resource.RLIMIT_NPROC, (MOST_PROCESSES, MOST_PROCESSES))
        for capability in range(LAST + 1):
            if capability not in ALLOWED and libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
                if ctypes.get_errno() != 22:  # EINVAL: this kernel does not know it
                    raise OSError
        os.setgroups(gids)
        os.setresgid(gid, gid, gid)
        os.setresuid(0, 0, 0)
        os.setresuid(uid, uid, uid)
        if program is None:
            tools.complain("{}: command not found\n".format(command[0]))
        else:
            os.execve(program, command, env)
    except OSError:
        tools.complain("{}: cannot be executed\n".format(command[0]))
    raise SystemExit(127 if program is None else 126)


def find_program(name, path):
    """Return where a command is, None if nowhere."""
    if "/" in name:
        return name
    for folder in path.split(":"):
        place = os.path.join(folder or ".", name)
        if os.path.isfile(place) and os.access(place, os.X_OK):
            return place
    return None


class CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapData(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


libc = ctypes.CDLL(None, use_errno=True)


def become_nobody():
    """Leave root's uid, so that root in here cannot limit or trace us; keep what starting needs."""
    wanted = sum(1 << number for number in {*ALLOWED, SETPCAP})
    header, data = CapHeader(CAPABILITY_VERSION, 0), (CapData * 2)()
    data[0].effective = data[0].permitted = wanted
    if libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0):
        raise OSError("keepcaps")
    os.setgroups([])
    os.setresgid(OWN_UID, OWN_UID, OWN_UID)
    os.setresuid(OWN_UID, OWN_UID, OWN_UID)
    if libc.capset(ctypes.byref(header), data) or libc.prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0):
        raise OSError("capset")
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError("dumpable")


def main():
    """Make the machine, run the script in it, and tell what happened."""
    world = json.loads(os.environ["LAB_WORLD"])
    machine.make(world)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    recorder = Recorder(world)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(recorder.waker, warn_on_full_buffer=False)
    become_nobody()
    # From here on nothing is imported any more: the files may be the script's.
    sys.path[:] = []
    sys.meta_path[:] = []
    recorder.tell({"ready": recorder.state()})
    for number in range(world["runs"]):
        recorder.run(number)
    recorder.tell({"over": True})


main()
