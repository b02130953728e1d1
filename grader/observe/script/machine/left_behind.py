"""Finds what a script has left running on purpose: what would outlive its user's session."""

from __future__ import annotations

import os
import re
import time

MOST = 5
GRACE = 0.3  # seconds that something which is just ending may take
SIGHUP = 1
# gpg starts these by itself; they end when the machine has no use for them.
GPG = re.compile(r"(/usr/bin/gpg-agent|/usr/bin/dirmngr|/usr/(bin|lib/gnupg)/(keyboxd|scdaemon))$")


def left_behind(session: int) -> list[str]:
    """Return the command lines of what has made itself independent of a script's session.

    A job in the background goes when its user's terminal does; what has a session of its own and
    no terminal, or ignores SIGHUP, stays.
    """
    found = daemons(session)
    ends = time.monotonic() + GRACE
    while found and time.monotonic() < ends:
        time.sleep(GRACE / 10)
        found = {pid: words for pid, words in daemons(session).items() if pid in found}
    return [found[pid] for pid in sorted(found)[:MOST]]


def daemons(session: int) -> dict[int, str]:
    """Return pid and command line of what runs independently of a session at this moment."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or name == "1":
            continue
        try:
            with open("/proc/{}/stat".format(name), "rb") as file:
                fields = file.read(4096).rpartition(b")")[2].split()
            with open("/proc/{}/status".format(name), "rb") as file:
                ignored = re.search(rb"(?m)^SigIgn:\s*([0-9a-f]+)", file.read(8192))
            with open("/proc/{}/cmdline".format(name), "rb") as file:
                words = file.read(4096).replace(b"\0", b" ").decode("utf-8", "replace").strip()
            program = os.readlink("/proc/{}/exe".format(name))
        except OSError:  # it has ended meanwhile
            continue
        deaf = bool(ignored and int(ignored[1], 16) >> (SIGHUP - 1) & 1)
        apart = int(fields[3]) != session and int(fields[4]) == 0
        if fields[0] != b"Z" and (deaf or apart) and not GPG.search(program):
            found[int(name)] = words[:200]
    return found
