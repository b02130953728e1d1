"""What the checks of a script look at on its machine, read between two of its steps."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Any

from docker_key import KEY
from machine_files import MOST_FILES, accounts, groups, names, read
from machine_making import KEY_FOLDERS, SOURCE_FOLDER, SOURCES
from openpgp import BEGIN, dearmored

if TYPE_CHECKING:
    from archive_lists import Installed

SOCKET = "/run/docker.sock"
SIGNED_BY = re.compile(r"(?i)signed-by\s*[=:]\s*([^\s\],]+)")
MOST_SOURCES = 12


class Eye:
    """Looks at the machine for what a script added to how it found it."""

    def __init__(self, user: str, packages: Installed) -> None:
        self.user = user
        self.packages = packages
        self.known: dict[str, bytes | None] = {}
        for folder in (*KEY_FOLDERS, SOURCE_FOLDER):
            for name in names(folder):
                path = os.path.join(folder, name)
                self.known[path] = read(path)
        self.known[SOURCES] = read(SOURCES)

    def look(self) -> dict[str, Any]:
        """Return the state as facts.scripts.MachineState has it."""
        lists = self.sources()
        paths = {"/etc/apt/trusted.gpg"}
        for folder in KEY_FOLDERS:
            paths.update(os.path.join(folder, name) for name in names(folder))
        for source in lists.values():
            paths.update(found[:300] for found in SIGNED_BY.findall(source)[:10] if found[0] == "/")
        added = sorted(path for path in paths - set(self.known) if os.path.lexists(path))
        keys = [self.file(path) for path in added]
        keys += [self.inside(path, text) for path, text in lists.items() if "BEGIN PGP" in text]
        folders = {*KEY_FOLDERS[:2], *(os.path.dirname(found["path"]) for found in keys)}
        everybody, me = groups(), [row for row in accounts() if row[0] == self.user]
        primary = [name for name, (gid, _) in everybody.items() if me and gid == me[0][2]]
        return {
            "folders": {path: facts(path) for path in sorted(folders) if facts(path)},
            "keys": keys[:MOST_FILES],
            "sources": lists,
            "groups": {
                name: members
                for name, (_, members) in everybody.items()
                if members or name == "docker"
            },
            "primary": primary[0] if primary else "",
            "socket": socket_facts(everybody),
            "packages": sorted(self.packages.proven()),
        }

    def sources(self) -> dict[str, str]:
        """Return apt's lists by path, without those that are as they were."""
        found = {}
        places = [os.path.join(SOURCE_FOLDER, name) for name in names(SOURCE_FOLDER)]
        for path in [SOURCES, *places[:MOST_SOURCES]]:
            content = read(path)
            if content is not None and (path not in self.known or self.known[path] != content):
                found[path] = content.decode("utf-8", "replace")[:6000]
        return found

    def file(self, path: str) -> dict[str, Any]:
        """Return what a file that should be a key is."""
        content = read(path)
        try:
            mode = stat.S_IMODE(os.stat(path).st_mode)
        except OSError:
            mode = 0
        if content is None:
            kind, genuine = "none", False
        elif not content:
            kind, genuine = "empty", False
        elif BEGIN in content:
            kind, genuine = "armored", KEY in (dearmored(content) or b"")
        elif content[:1] in (b"\x99", b"\x98"):
            kind, genuine = "binary", KEY in content
        else:
            kind, genuine = "other", False
        return {"path": path, "mode": mode, "kind": kind, "genuine": genuine}

    def inside(self, path: str, text: str) -> dict[str, Any]:
        """Return what the key is that stands inside a list of apt's; a dot is an empty line."""
        rows = [line.strip() for line in text.split("\n")]
        block = "\n".join("" if row == "." else row for row in rows)
        try:
            mode = stat.S_IMODE(os.stat(path).st_mode)
        except OSError:
            mode = 0
        genuine = KEY in (dearmored(block.encode()) or b"")
        return {"path": path, "mode": mode, "kind": "armored", "genuine": genuine}


def facts(path: str) -> dict[str, int] | None:
    """Return a directory's mode and owner as `ls -l` has them, None if there is none."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISDIR(state.st_mode):
        return None
    return {"mode": stat.S_IMODE(state.st_mode), "uid": state.st_uid}


def socket_facts(everybody: dict[str, tuple[int, list[str]]]) -> dict[str, Any] | None:
    """Return mode, owner and group of the engine's socket, None where it is none."""
    try:
        state = os.lstat(SOCKET)
    except OSError:
        return None
    held = [name for name, (gid, _) in everybody.items() if gid == state.st_gid]
    owners = [row[0] for row in accounts() if row[1] == state.st_uid]
    return {
        "mode": stat.S_IMODE(state.st_mode) if stat.S_ISSOCK(state.st_mode) else 0,
        "owner": owners[0] if owners else str(state.st_uid),
        "group": held[0] if held else str(state.st_gid),
    }
