"""What stands where on a machine, to tell afterwards what a script changed."""

from __future__ import annotations

import os
import stat
from typing import Dict, Tuple

from machine_files import names

MOST_PATHS = 20000
PLACES = ("/", "/etc", "/home", "/root", "/tmp", "/usr", "/usr/bin", "/usr/sbin", "/var")
# By path: mode, owner, group, and a file's size and time.
Census = Dict[str, Tuple[int, ...]]


def census() -> Census:
    """Return everything below /etc, the homes, and where programs are."""
    found: Census = {}
    for path in PLACES:
        note(found, path, contents=False)
    waiting = ["/etc", "/home", "/root"]
    while waiting and len(found) < MOST_PATHS:
        folder = waiting.pop()
        for name in names(folder, MOST_PATHS):
            path = os.path.join(folder, name)
            if note(found, path, contents=True):
                waiting.append(path)
    for folder in ("/usr/bin", "/usr/sbin"):
        for name in names(folder, MOST_PATHS):
            note(found, os.path.join(folder, name), contents=True)
    return found


def note(found: Census, path: str, *, contents: bool) -> bool:
    """Note what stands there; return whether it is a directory."""
    try:
        state = os.lstat(path)
    except OSError:
        return False
    folder = stat.S_ISDIR(state.st_mode)
    size = (state.st_size, state.st_mtime_ns) if contents and not folder else ()
    found[path] = (state.st_mode, state.st_uid, state.st_gid, *size)
    return folder


def changes(before: Census, now: Census, brought: set[str]) -> list[tuple[str, str]]:
    """Return what is new, gone or different, with its path, without what packages `brought`.

    What is new or different and may be written by everybody is `open`.
    """
    found = [("gone", path) for path in before.keys() - now.keys()]
    for path in now.keys() - brought:
        if now[path] != before.get(path):
            how = "changed" if path in before else "new"
            found.append(("open" if anybodys(now[path][0]) else how, path))
    rank = {"gone": 0, "open": 1, "changed": 2, "new": 3}
    return sorted(found, key=lambda entry: (rank[entry[0]], entry[1]))


def anybodys(mode: int) -> bool:
    """Return whether everybody may write this file, or put others in the place of what is in it."""
    if stat.S_ISDIR(mode):
        return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX
    return bool(mode & stat.S_IWOTH) and not stat.S_ISLNK(mode)
