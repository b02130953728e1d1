"""Starts a script as its user, on a terminal or with empty input, as its world says."""

from __future__ import annotations

import os
import pty
from typing import Any

from machine_files import gids_of
from spawning import PATH, spawn


def start(world: dict[str, Any]) -> tuple[int, int, int]:
    """Return the child that becomes the script, where its output comes, and what lets it go on."""
    user, uid = world["user"], world["uid"]
    command = ["/bin/bash", world["file"]]
    if world["sudo"]:
        command = ["/usr/bin/sudo", "bash", world["file"]]
    env = {
        b"HOME": b"/home/" + user.encode(), b"USER": user.encode(), b"LOGNAME": user.encode(),
        b"SHELL": b"/bin/bash", b"PATH": PATH.encode(), b"LANG": b"C.UTF-8", b"TERM": b"xterm",
    }  # fmt: skip
    terminal = bool(world["terminal"])
    if terminal:
        outlet, inlet = pty.openpty()
        files = [inlet, inlet, inlet]
    else:
        outlet, inlet = os.pipe()
        files = [os.open("/dev/null", os.O_RDONLY), inlet, inlet]
    ids = (uid, uid, gids_of(user, uid))
    home = "/home/" + user
    child, gate = spawn(command, env, files, ids, world["umask"], home, terminal=terminal)
    for number in {inlet, files[0]}:
        os.close(number)
    os.set_blocking(outlet, False)
    return child, outlet, gate
