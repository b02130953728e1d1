"""Reads from /proc what the kernel says of a container's processes.

Its text is also given to Python in a container of the grader's own, where this machine's /proc is
not the engine's: each line of the input is a JSON object with one question, each line of the output
its answer. So it imports nothing of ours.
"""

from __future__ import annotations  # the oldest base is of Python 3.7

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, Mapping

PROC = Path("/proc")
_HASH_LIMIT = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_MOST_WORDS = 64 * 1024  # bytes of one command line or environment
_MOST_IN_ALL = 2 * 1024 * 1024  # bytes of all command lines together
_MOST_PROCESSES = 512


def answer(question: Mapping[str, Any]) -> Any:
    """Return what was asked for: `tree`, `times`, `environ` or `sha256` of a process.

    None where it may not be read, and where the process is not one of the container's: `container`
    is its id, or empty for a /proc that holds nothing else.
    """
    ((word, pid),) = [item for item in question.items() if item[0] != "container"]
    if not belongs_to(pid, question["container"]):
        return None
    questions = {"tree": tree, "times": times, "environ": environ, "sha256": sha256}
    return questions[word](pid)


def belongs_to(pid: int, container: str) -> bool:
    """Return whether `pid` in this /proc is a process of that container."""
    try:
        return pid > 0 and container in (PROC / str(pid) / "cgroup").read_text()
    except OSError:
        return False


def readable(pid: int) -> bool:
    """Return whether we are told of a process what only its owner and root are told."""
    try:
        os.readlink(PROC / str(pid) / "exe")
    except PermissionError:
        return False
    except OSError:  # it has ended
        pass
    return True


def tree(init: int) -> list[dict[str, Any]]:
    """Return `init` and all its descendants; those that end meanwhile are left out."""
    found: list[dict[str, Any]] = []
    waiting, size = [init], 0
    while waiting and len(found) < _MOST_PROCESSES:
        pid = waiting.pop(0)
        try:
            found.append(_process(pid, min(_MOST_WORDS, _MOST_IN_ALL - size)))
            children = (PROC / str(pid) / "task" / str(pid) / "children").read_text()
        except OSError:
            continue
        size += len(found[-1]["cmdline"])
        waiting += [int(word) for word in children.split()]
    return found


def _process(pid: int, limit: int) -> dict[str, Any]:
    folder = PROC / str(pid)
    status = dict(
        line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line
    )
    return {
        "pid": pid,
        "ppid": int(status["PPid"]),
        "exe": _link(folder / "exe"),
        "cwd": _link(folder / "cwd"),
        "cmdline": _text(_head(folder / "cmdline", limit)),
        "caught": int(status["SigCgt"], 16),
        "ignored": int(status["SigIgn"], 16),
        "blocked": int(status["SigBlk"], 16),
    }


def times(init: int) -> dict[str, list[float]]:
    """Return the seconds that `init` and its descendants ran, and stood in line, by pid.

    From schedstat: nanoseconds on a processor, and in line for one. A quota counts as being in
    line (seen on Linux 6.18).
    """
    found = {}
    waiting = [init]
    while waiting:
        pid = waiting.pop()
        used = queued = 0
        try:
            for thread in (PROC / str(pid) / "task").iterdir():
                ran, waited, _ = (thread / "schedstat").read_text().split()
                used, queued = used + int(ran), queued + int(waited)
                waiting += map(int, (thread / "children").read_text().split())
        except (OSError, ValueError):  # it has ended meanwhile, or this kernel keeps no count
            continue
        found[str(pid)] = [used / 1e9, queued / 1e9]
    return found


def environ(pid: int) -> dict[str, str] | None:
    """Return the environment a process was started with, None where it may not be read."""
    try:
        raw = _head(PROC / str(pid) / "environ", _MOST_WORDS)
    except OSError:
        return None
    pairs = (entry.partition("=") for entry in _text(raw).split("\0") if entry)
    return {name: value for name, _, value in pairs}


def sha256(pid: int) -> str | None:
    """Return the SHA-256 of the program a process runs, None where it may not be read."""
    digest, left = hashlib.sha256(), _HASH_LIMIT
    try:
        with (PROC / str(pid) / "exe").open("rb") as program:
            chunk = program.read(_CHUNK)
            while chunk and left > 0:
                digest.update(chunk[:left])
                left -= len(chunk)
                chunk = program.read(_CHUNK)
    except OSError:
        return None
    return digest.hexdigest()


def _head(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(max(0, limit))


def _link(path: Path) -> str | None:
    try:
        target = _text(os.readlink(os.fsencode(path)))
    except OSError:
        return None
    ending = " (deleted)"
    return target[: -len(ending)] if target.endswith(ending) else target


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def main() -> None:
    """Answer what the input asks until it ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
