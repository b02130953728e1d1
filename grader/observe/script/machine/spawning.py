"""Starts a script below all that process 1 may do, held until it is traced."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import resource
import signal
import struct
import termios
from typing import Dict, List, Tuple

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Uid, gid, all groups.
Ids = Tuple[int, int, List[int]]
Env = Dict[bytes, bytes]
# Linux's numbers for what everything in here may have as root.
CAPABILITIES = {
    "CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "FSETID": 4, "KILL": 5, "SETGID": 6, "SETUID": 7,
    "AUDIT_WRITE": 29,
}  # fmt: skip
LAST = 63
PR_CAPBSET_DROP = 24
MOST_PROCESSES = 96
libc = ctypes.CDLL(None, use_errno=True)


def spawn(command: list[str], env: Env, files: list[int], ids: Ids, mask: int, home: str,
          *, terminal: bool) -> tuple[int, int]:  # fmt: skip
    """Fork a child that starts the command as soon as a byte comes; return (pid, where to write).

    `files` become its standard input, output and error.
    """
    gate, key = os.pipe()
    child = os.fork()
    if child:
        os.close(gate)
        return child, key
    try:
        os.close(key)
        # First out of the way: any of them may have a number that is needed for another.
        moved = [fcntl.fcntl(number, fcntl.F_DUPFD, 200) for number in [*files, gate]]
        for target, number in enumerate(moved[:3]):
            os.dup2(number, target)
        os.setsid()
        if terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.chdir(home)
        os.umask(mask)
        os.read(moved[3], 1)
        os.closerange(3, 256)
        resource.setrlimit(resource.RLIMIT_NPROC, (MOST_PROCESSES, MOST_PROCESSES))
        with open("/proc/self/oom_score_adj", "w", encoding="utf-8") as file:
            file.write("1000")
        for capability in range(LAST + 1):
            if capability not in CAPABILITIES.values():
                drop(capability)
        uid, gid, gids = ids
        os.setgroups(gids)
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        os.execve(command[0], command, env)
    finally:  # the child of process 1 must not go on as process 1
        os._exit(126)


def drop(capability: int) -> None:
    """Take a capability from this process's children for good; OSError if that cannot be done."""
    failed = libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if failed and ctypes.get_errno() != errno.EINVAL:  # this kernel does not know it
        raise OSError("capability")
