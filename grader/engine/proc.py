"""Reads a container's processes from the host's /proc: what the kernel knows, from outside."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from grader.engine.protocol import CpuTime
from grader.facts import Process

_PROC = Path("/proc")
_HASH_LIMIT = 64 * 1024 * 1024


def belongs_to(pid: int, container: str) -> bool:
    """Return whether `pid` in this /proc is a process of that container."""
    try:
        return pid > 0 and container in (_PROC / str(pid) / "cgroup").read_text()
    except OSError:
        return False


def tree(init: int) -> tuple[Process, ...]:
    """Return `init` and all its descendants; those that end meanwhile are left out."""
    found: list[Process] = []
    waiting = [init]
    while waiting:
        pid = waiting.pop(0)
        try:
            found.append(_process(pid))
            children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text()
        except OSError:
            continue
        waiting += [int(word) for word in children.split()]
    return tuple(found)


def cpu_times(init: int) -> Mapping[int, CpuTime]:
    """Return what `init` and its descendants had of the processors, by pid.

    From schedstat: nanoseconds on a processor, and in line for one. A quota counts as being in
    line (seen on Linux 6.18).
    """
    found = {}
    waiting = [init]
    while waiting:
        pid = waiting.pop()
        used = queued = 0
        try:
            for thread in (_PROC / str(pid) / "task").iterdir():
                ran, waited, _ = (thread / "schedstat").read_text().split()
                used, queued = used + int(ran), queued + int(waited)
                waiting += map(int, (thread / "children").read_text().split())
        except (OSError, ValueError):  # it has ended meanwhile, or this kernel keeps no count
            continue
        found[pid] = CpuTime(used / 1e9, queued / 1e9)
    return found


def environment(pid: int) -> Mapping[str, str] | None:
    """Return the environment a process was started with, None where it may not be read."""
    try:
        raw = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return None
    pairs = (entry.partition("=") for entry in _text(raw).split("\0") if entry)
    return {name: value for name, _, value in pairs}


def _process(pid: int) -> Process:
    folder = _PROC / str(pid)
    status = dict(
        line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line
    )
    raw = (folder / "cmdline").read_bytes()
    argv = tuple(_text(raw).removesuffix("\0").split("\0")) if raw else ()
    return Process(
        pid=pid,
        ppid=int(status["PPid"]),
        exe=_link(folder / "exe"),
        argv=argv,
        args=" ".join(argv),
        caught=int(status["SigCgt"], 16),
        ignored=int(status["SigIgn"], 16),
        blocked=int(status["SigBlk"], 16),
        cwd=_link(folder / "cwd"),
    )


def exe_sha256(pid: int) -> str | None:
    """Return the SHA-256 of the program a process runs, None where it may not be read."""
    try:
        with (_PROC / str(pid) / "exe").open("rb") as program:
            content = program.read(_HASH_LIMIT)
    except OSError:
        return None
    return hashlib.sha256(content).hexdigest()


def _link(path: Path) -> str | None:
    try:
        return str(path.readlink()).removesuffix(" (deleted)")
    except OSError:
        return None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
