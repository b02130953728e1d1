"""Reads a machine's files as a script may have left them: no pipe is waited for, nothing endless.

Names are looked up in the plain files, never through the C library's modules, which a script
could have replaced.
"""

from __future__ import annotations

import os
import stat
from typing import Tuple

MOST_BYTES = 16 * 1024
MOST_FILES = 30
# Name, uid, gid, home, shell.
Account = Tuple[str, int, int, str, str]
PASSWD, GROUP, SHADOW = "/etc/passwd", "/etc/group", "/etc/gshadow"


def read(path: str, limit: int = MOST_BYTES) -> bytes | None:
    """Return the first bytes of a regular file, None if there is none."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return None
        found = b""
        while len(found) < limit:
            piece = os.read(number, limit - len(found))
            if not piece:
                break
            found += piece
    except OSError:
        return None
    else:
        return found
    finally:
        os.close(number)


def text(path: str, limit: int = 256 * 1024) -> str:
    """Return a file's text, empty if there is none."""
    return (read(path, limit) or b"").decode("utf-8", "replace")


def write(
    path: str, content: bytes | str, mode: int = 0o644, owner: tuple[int, int] = (0, 0)
) -> None:
    """Write a file of the machine; only before the script starts."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(number, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)
    os.chown(path, *owner)


def append(path: str, line: str) -> None:
    """Add a line to one of the machine's tables; only before the script starts."""
    content = text(path)
    gap = "" if not content or content.endswith("\n") else "\n"
    with open(path, "a", encoding="utf-8") as file:
        file.write(gap + line + "\n")


def rows(path: str) -> list[list[str]]:
    """Return a table of /etc as lists of fields."""
    return [line.split(":") for line in text(path).split("\n") if ":" in line][:500]


def number(text: str) -> bool:
    """Return whether this is an id: a script may have written anything there."""
    return all(letter in "0123456789" for letter in text) and 0 < len(text) <= 6


def accounts() -> list[Account]:
    """Return every account."""
    found = []
    for row in rows(PASSWD):
        if len(row) >= 7 and number(row[2]) and number(row[3]):
            found.append((row[0], int(row[2]), int(row[3]), row[5], row[6] or "/bin/sh"))
    return found


def groups() -> dict[str, tuple[int, list[str]]]:
    """Return gid and members by group."""
    found: dict[str, tuple[int, list[str]]] = {}
    for row in rows(GROUP):
        if len(row) >= 4 and number(row[2]) and row[0] not in found:
            found[row[0]] = (int(row[2]), [name for name in row[3].split(",") if name])
    return found


def gids_of(name: str, primary: int) -> list[int]:
    """Return the groups a new session of a user has."""
    return sorted({primary, *(gid for gid, members in groups().values() if name in members)})


def names(folder: str, most: int = MOST_FILES) -> list[str]:
    """Return at most so many names of a directory, in order; none if there is no directory."""
    found: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) >= most:
                    break
    except OSError:
        return []
    return sorted(found)


def installed() -> set[str]:
    """Return the packages that dpkg's own list calls installed."""
    found, name = set(), ""
    for line in text("/var/lib/dpkg/status", 4 << 20).split("\n"):
        if line.startswith("Package: "):
            name = line[9:].strip()
        elif line == "Status: install ok installed":
            found.add(name)
    return found
