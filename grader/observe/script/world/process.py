"""Starts processes with less than process 1 may do, and leaves root's uid itself."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import signal
from typing import Dict, List, Tuple

import tools

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Uid, gid, all groups.
Ids = Tuple[int, int, List[int]]
Env = Dict[bytes, bytes]

OWN_UID = 65532
# What everything in here may have as root: no SETPCAP, no SYS_PTRACE.
CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, LAST = 0, 1, 3, 5, 6, 7, 63
ALLOWED = {CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID}
SETPCAP = 8
PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 4, 8, 24
CAPABILITY_VERSION = 0x20080522
FREE_FROM = 200  # no file of process 1 has so high a number: each link has one, and up to four lent
MOST_PROCESSES = 48
libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: list[str],
    env: Env,
    files: list[int],
    ids: Ids,
    mask: int,
    home: str = "",
    program: str | None = None,
) -> int:
    """Start a command with the given files, user and groups, below all that process 1 may do."""
    uid, gid, gids = ids
    program = program or find_program(
        command[0], env.get(b"PATH", PATH.encode()).decode("utf-8", "replace")
    )
    child = os.fork()
    if child:
        return child
    try:
        # First out of the way: any of them may have a number that is needed for another.
        files = [fcntl.fcntl(number, fcntl.F_DUPFD, FREE_FROM) for number in files]
        for target, number in enumerate(files[:3]):
            os.dup2(number, target)
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
            if capability not in ALLOWED:
                drop(capability)
        os.setgroups(gids)
        os.setresgid(gid, gid, gid)
        os.setresuid(0, 0, 0)
        os.setresuid(uid, uid, uid)
        if program is None:
            tools.complain("{}: command not found\n".format(command[0]))
        else:
            os.execve(program, command, env)
    except Exception:  # the child of process 1 must not go on as process 1
        tools.complain("{}: cannot be executed\n".format(command[0]))
    raise SystemExit(127 if program is None else 126)


def drop(capability: int) -> None:
    """Take a capability from this process's children for good; OSError if that cannot be done."""
    failed = libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if failed and ctypes.get_errno() != errno.EINVAL:  # this kernel does not know it
        raise OSError("capability")


def find_program(name: str, path: str) -> str | None:
    """Return where a command is, None if nowhere."""
    if "/" in name:
        return name
    for folder in path.split(":"):
        place = os.path.join(folder or ".", name)
        if os.path.isfile(place) and os.access(place, os.X_OK):
            return place
    return None


class CapHeader(ctypes.Structure):
    """The kernel's __user_cap_header_struct."""

    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapData(ctypes.Structure):
    """The kernel's __user_cap_data_struct."""

    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


def become_nobody() -> None:
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
