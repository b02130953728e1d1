"""How long a student's script has had for itself."""

from __future__ import annotations

import os
import resource
import time

from machine_files import text

TICK = 0.25  # seconds between two looks
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class ScriptClock:
    """Counts a script's own time: what it used of a processor, and while all of it slept.

    On a busy machine it may wait long for a processor; that is nothing of its doing.
    """

    def __init__(self, begin: float) -> None:
        self.before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.last = begin
        self.slept = 0.0
        self.own = 0.0

    def tick(self) -> None:
        """Look at every process now and then."""
        now = time.monotonic()
        if now - self.last < TICK:
            return
        passed, self.last = now - self.last, now
        used, awake = 0.0, False
        for name in os.listdir("/proc"):
            if not name.isdigit() or name == "1":
                continue
            # The name of a process can hold anything, brackets too.
            fields = text("/proc/{}/stat".format(name), 1024).rpartition(")")[2].split()
            if len(fields) > 14:
                awake = awake or fields[0] in ("R", "D", "t")
                used += sum(int(field) for field in fields[11:15]) / TICKS_A_SECOND
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        used += ended.ru_utime + ended.ru_stime - self.before.ru_utime - self.before.ru_stime
        if not awake:
            self.slept += min(passed, 2 * TICK)
        self.own = self.slept + used
