"""Sees every program that a script starts, as the kernel tells a tracer (ptrace).

Only process 1 of a machine can trace there: it keeps CAP_SYS_PTRACE, and takes it out of the
bounding set of all that it starts. A tracer that has it leaves setuid programs what they are.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from typing import Callable

SEIZE, CONT, LISTEN, GETEVENTMSG = 0x4206, 7, 0x4208, 0x4201
# Tell of fork, vfork, clone and exec; and end with the tracer.
OPTIONS = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 20
FORK, VFORK, CLONE, EXEC, STOP = 1, 2, 3, 4, 128
WALL = 0x40000000
PAUSING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
MOST_COMMAND = 64 * 1024

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class StartedProgram:
    """A program as it was when it was started."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.program = os.readlink("/proc/{}/exe".format(pid))
        with open("/proc/{}/cmdline".format(pid), "rb") as file:
            raw = file.read(MOST_COMMAND)
        self.command = [w.decode("utf-8", "replace") for w in raw.rstrip(b"\0").split(b"\0")]
        self.uid, self.gids = 0, set()  # type: int, set[int]
        with open("/proc/{}/status".format(pid), "rb") as file:
            for line in file.read(8192).splitlines():
                name, _, value = line.partition(b":")
                numbers = [int(word) for word in value.split() if word.isdigit()]
                if name == b"Uid":
                    self.uid = numbers[1]
                elif name == b"Gid":
                    self.gids.add(numbers[1])
                elif name == b"Groups":
                    self.gids.update(numbers)


class Tracer:
    """Follows a process and all it starts; `seen` is asked at each start, `gone` at each end.

    `seen(started, parent)` runs while the new program stands still; `forked(parent, child)` before
    either of the two goes on; `held(pid, signal)` says whether a signal is kept from a process.
    """

    def __init__(
        self,
        seen: Callable[[StartedProgram], None],
        forked: Callable[[int, int], None],
        gone: Callable[[int, int], None],
        held: Callable[[int, int], bool],
    ) -> None:
        self.seen = seen
        self.forked = forked
        self.gone = gone
        self.held = held
        # A child and the news of it come in either order: it goes on when both are there.
        self.early: set[int] = set()
        self.announced: set[int] = set()
        self.begun: set[int] = set()

    def follow(self, pid: int) -> None:
        """Begin to trace a process that waits for it."""
        if request(SEIZE, pid, OPTIONS):
            raise OSError("this kernel does not let process 1 trace (ptrace)")
        self.begun.add(pid)

    def look(self) -> bool:
        """Take in what has happened since; return whether there is anybody left."""
        while True:
            try:
                pid, status = os.waitpid(-1, WALL | os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if os.WIFSTOPPED(status):
                self.stopped(pid, os.WSTOPSIG(status), status >> 16)
                continue
            for numbers in (self.early, self.announced, self.begun):
                numbers.discard(pid)
            ended = os.WIFEXITED(status)
            self.gone(pid, os.WEXITSTATUS(status) if ended else 128 + os.WTERMSIG(status))

    def stopped(self, pid: int, number: int, event: int) -> None:
        """Let a process go on that the kernel has stopped for us."""
        if event == EXEC:
            with contextlib.suppress(OSError, ValueError):  # it was killed meanwhile
                self.seen(StartedProgram(pid))
        elif event in (FORK, VFORK, CLONE):
            child = ctypes.c_ulong()
            request(GETEVENTMSG, pid, ctypes.addressof(child))
            self.forked(pid, child.value)
            if child.value in self.early:
                self.begin(child.value)
            else:
                self.announced.add(child.value)
        elif event == STOP and pid not in self.begun:
            if pid in self.announced:
                self.begin(pid)
            else:
                self.early.add(pid)
            return
        elif event == STOP and number in PAUSING:
            request(LISTEN, pid)
            return
        elif event == 0 and not self.held(pid, number):
            request(CONT, pid, number)
            return
        request(CONT, pid)

    def begin(self, pid: int) -> None:
        """Let a new process go on for the first time."""
        self.early.discard(pid)
        self.announced.discard(pid)
        self.begun.add(pid)
        request(CONT, pid)


def request(what: int, pid: int, data: int = 0) -> int:
    """Ask the kernel; return 0, or the error's number where the process is gone."""
    return 0 if libc.ptrace(what, pid, None, data) >= 0 else ctypes.get_errno()
