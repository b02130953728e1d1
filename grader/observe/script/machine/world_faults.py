"""Makes one step of a script fail by what is wrong with the world, and puts the world right again.

No program fails in place of another: the server has no such page, a table is locked, no file may
grow any more, no image can be had.
"""

from __future__ import annotations

import contextlib
import os
import resource
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive_server import Archive
    from hello_engine import HelloEngine

LOCKS = ("/etc/group.lock", "/etc/gshadow.lock", "/etc/passwd.lock", "/etc/shadow.lock")


class Faults:
    """What is to go wrong in a run: the n-th step of a kind, and each later one with its words."""

    def __init__(self, archive: Archive, engine: HelloEngine) -> None:
        self.archive = archive
        self.engine = engine
        self.begin(None)

    def begin(self, step: list[Any] | None) -> None:
        """Forget the run before; `step` is a kind and a number, None where nothing goes wrong."""
        self.step = step
        self.counted: dict[str, int] = {}
        self.words: list[str] | None = None

    def strikes(self, kind: str, words: list[str]) -> bool:
        """Return whether this step is the one that fails here: the n-th of its kind, or again."""
        if not kind or not self.step or kind != self.step[0]:
            return False
        self.counted[kind] = self.counted.get(kind, 0) + 1
        if self.counted[kind] == self.step[1]:
            self.words = words
        return self.words == words

    def harm(self, fault: str, pid: int) -> None:
        """Let something be wrong for as long as a process lives."""
        if fault in ("lists", "packages", "page"):
            self.archive.fault = fault
        elif fault == "engine":
            self.engine.fault = True
        elif fault == "lock":
            for path in LOCKS:
                with contextlib.suppress(OSError), open(path, "w", encoding="utf-8") as file:
                    file.write("1")
        elif fault == "space":
            leave_no_room(pid)

    def repair(self, fault: str = "") -> None:
        """Put the world right again; without a name, whatever it was."""
        self.archive.fault = ""
        self.engine.fault = False
        if fault in ("lock", "") and self.step:
            for path in LOCKS:
                with contextlib.suppress(OSError):
                    os.unlink(path)


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
