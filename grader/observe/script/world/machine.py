"""The machine a script finds: made before it starts, looked at after each step.

Reads what a script may have left there, so nothing is trusted: no pipe is waited for, no list
and no file read beyond a limit, and names are looked up in the plain files, never through the
C library's modules, which a script could have replaced.
"""

from __future__ import annotations

import _socket
import os
import re
import stat
from typing import Any, Dict, Iterable, Tuple

import tools

MOST_FILES = 30
MOST_BYTES = 16 * 1024
MOST_PATHS = 20000
SOCKET = "/run/docker.sock"
DOCKER = "/usr/bin/docker"
KEY_FOLDERS = ("/etc/apt/keyrings", "/usr/share/keyrings", "/etc/apt/trusted.gpg.d")
SOURCES = "/etc/apt/sources.list"
SOURCE_FOLDER = "/etc/apt/sources.list.d"
SIGNED_BY = re.compile(r"(?i)signed-by\s*[=:]\s*([^\s\],]+)")

RELEASES = {"jammy": ("22.04", "22.04.4 LTS (Jammy Jellyfish)"), "noble": ("24.04", "24.04 LTS")}
OS_RELEASE = """PRETTY_NAME="Ubuntu {long}"
NAME="Ubuntu"
VERSION_ID="{short}"
VERSION="{long}"
VERSION_CODENAME={name}
ID=ubuntu
ID_LIKE=debian
UBUNTU_CODENAME={name}
"""
DEB_LINE = "deb http://archive.ubuntu.com/ubuntu {name} main restricted universe\n"
DEB822 = """Types: deb
URIs: http://archive.ubuntu.com/ubuntu
Suites: {name} {name}-updates
Components: main restricted universe
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
"""
# What stands at each path: mode, owner, group, and a file's size and time.
Census = Dict[str, Tuple[int, ...]]
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
        return os.read(number, limit)
    except OSError:
        return None
    finally:
        os.close(number)


def text(path: str, limit: int = 256 * 1024) -> str:
    """Return a file's text, empty if there is none."""
    return (read(path, limit) or b"").decode("utf-8", "replace")


def write(
    path: str, content: bytes | str, mode: int = 0o644, owner: tuple[int, int] = (0, 0)
) -> None:
    """Write a file of the machine; only before the script starts, or in a package's place."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(number, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)
    os.chown(path, *owner)


def opened(path: str, how: int) -> int:
    """Open a file of the machine to write; a pipe that a script has put there is not waited for."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.open(path, flags | how, 0o644)


def append(path: str, line: str) -> None:
    """Add a line to one of the machine's tables."""
    content = text(path)
    gap = "" if not content or content.endswith("\n") else "\n"
    with os.fdopen(opened(path, os.O_APPEND), "w") as file:
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


def make(world: dict[str, Any]) -> None:
    """Make the machine of this world; runs once, with nothing of the student's started yet."""
    name = world["release"]
    short, long = RELEASES[name]
    write("/etc/os-release", OS_RELEASE.format(name=name, short=short, long=long))
    lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={}\nDISTRIB_CODENAME={}\n".format(short, name)
    write("/etc/lsb-release", lsb)
    for folder in KEY_FOLDERS:
        os.makedirs(folder, 0o755, exist_ok=True)
    for entry in os.listdir(SOURCE_FOLDER):
        os.unlink(os.path.join(SOURCE_FOLDER, entry))
    if name == "jammy":
        write(SOURCES, DEB_LINE.format(name=name))
        # Older releases come without it.
        if not os.listdir(KEY_FOLDERS[0]):
            os.rmdir(KEY_FOLDERS[0])
    else:
        write(SOURCES, "# See ubuntu.sources.\n")
        write(os.path.join(SOURCE_FOLDER, "ubuntu.sources"), DEB822.format(name=name))
    people(world)
    os.makedirs("/etc/sudoers.d", 0o755, exist_ok=True)
    if world["docker"]:
        install_engine(with_group=world["members"] is not None)


def people(world: dict[str, Any]) -> None:
    """Make the accounts and groups, the user's home, and the script in it."""
    user, uid = world["user"], world["uid"]
    add_group(user, uid, [])
    add_user(user, uid)
    for number, other in enumerate(world["others"]):
        add_group(other, uid + 1 + number, [])
        add_user(other, uid + 1 + number)
    present = groups()
    for number, group in enumerate(world["groups"]):
        if group in present:
            join(group, user)
        else:
            add_group(group, 700 + number, [user, *world["others"]])
    if world["members"] is not None:
        add_group("docker", 998, world["members"])
    home = "/home/" + user
    write(home + "/.bashrc", "# ~/.bashrc\n", 0o644, (uid, uid))
    write(home + "/notes.txt", "Written before the script came.\n", 0o600, (uid, uid))
    script = read("/usr/lib/lab/script", 1 << 20) or b""
    write(os.path.join(home, world["file"]), script, 0o755, (uid, uid))


def add_user(name: str, uid: int) -> None:
    """Make an account with a home of its own."""
    append(PASSWD, "{0}:x:{1}:{1}::/home/{0}:/bin/bash".format(name, uid))
    append("/etc/shadow", "{}:!:19700:0:99999:7:::".format(name))
    os.mkdir("/home/" + name, 0o750)
    os.chown("/home/" + name, uid, uid)


def add_group(name: str, gid: int, members: list[str]) -> None:
    """Make a group."""
    append(GROUP, "{}:x:{}:{}".format(name, gid, ",".join(members)))
    append(SHADOW, "{}:!::{}".format(name, ",".join(members)))


def join(group: str, user: str) -> None:
    """Add a user to a group that the base image has."""
    for path in (GROUP, SHADOW):
        lines = [
            line + ("" if line.endswith(":") else ",") + user
            if line.startswith(group + ":")
            else line
            for line in text(path).split("\n")
        ]
        number = os.open(path, os.O_WRONLY | os.O_TRUNC)
        os.write(number, "\n".join(lines).encode())
        os.close(number)


def install_engine(*, with_group: bool = True) -> None:
    """Put there what the engine's package brings: command, group, socket."""
    if not os.path.lexists(DOCKER):
        os.symlink("/usr/lib/lab/shim.py", DOCKER)
    if with_group and "docker" not in groups():
        append(GROUP, "docker:x:998:")
    if not os.path.lexists(SOCKET):
        found = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        found.bind(SOCKET)
        found.close()
        os.chmod(SOCKET, 0o660)
        gid = groups().get("docker", (0, []))[0]
        os.chown(SOCKET, 0, gid)


def follow_group() -> None:
    """Give the untouched socket to a docker group that was made since, as a restart would."""
    found = groups().get("docker")
    try:
        state = os.lstat(SOCKET)
        if found and (state.st_uid, state.st_gid) == (0, 0):
            os.chown(SOCKET, 0, found[0])
    except OSError:
        return


def may_use_docker(uid: int, gids: Iterable[int]) -> bool:
    """Return whether the socket's own mode lets these in."""
    try:
        state = os.stat(SOCKET)
    except OSError:
        return False
    if uid == 0:
        return True
    if uid == state.st_uid:
        return state.st_mode & 0o600 == 0o600
    shift = 0o060 if state.st_gid in gids else 0o006
    return state.st_mode & shift == shift


def folder_list(folder: str) -> list[str]:
    """Return at most so many names of a directory, in order."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > MOST_FILES:
                    break
    except OSError:
        return []
    return sorted(names)


def look(user: str, known: dict[str, bytes | None]) -> dict[str, Any]:
    """Return the state that the checks are about; `known` are files that were there before."""
    lists = sources(known)
    paths = {"/etc/apt/trusted.gpg"}
    for folder in KEY_FOLDERS:
        paths.update(os.path.join(folder, name) for name in folder_list(folder))
    for source in lists.values():
        paths.update(found[:300] for found in SIGNED_BY.findall(source)[:10] if found[0] == "/")
    keys = [key(path) for path in sorted(paths) if path not in known and os.path.lexists(path)]
    folders = {*KEY_FOLDERS[:2], *(os.path.dirname(found["path"]) for found in keys)}
    everybody, me = groups(), [row for row in accounts() if row[0] == user]
    primary = [name for name, (gid, _) in everybody.items() if me and gid == me[0][2]]
    return {
        "folders": {path: facts(path) for path in sorted(folders) if facts(path)},
        "keys": keys[:MOST_FILES],
        "sources": lists,
        "groups": {
            name: members for name, (_, members) in everybody.items() if members or name == "docker"
        },
        "primary": primary[0] if primary else "",
        "socket": socket_facts(everybody),
    }


def sources(known: dict[str, bytes | None] | None = None) -> dict[str, str]:
    """Return apt's lists by path, without those that are as they were known before."""
    before = known or {}
    found = {}
    for path in [
        SOURCES,
        *(os.path.join(SOURCE_FOLDER, n) for n in folder_list(SOURCE_FOLDER)[:12]),
    ]:
        content = read(path, 4096)
        if content is not None and (path not in before or before[path] != content):
            found[path] = content.decode("utf-8", "replace")[:1500]
    return found


def facts(path: str) -> dict[str, int] | None:
    """Return a directory's mode and owner as `ls -l` has them, None if there is none."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISDIR(state.st_mode):
        return None
    return {"mode": stat.S_IMODE(state.st_mode), "uid": state.st_uid}


def key(path: str) -> dict[str, Any]:
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
    elif tools.BEGIN in content:
        kind, genuine = "armored", tools.dearmored(content) == tools.KEY_BYTES
    elif content[:1] in (b"\x99", b"\x98"):
        kind, genuine = "binary", content == tools.KEY_BYTES
    else:
        kind, genuine = "other", False
    return {"path": path, "mode": mode, "kind": kind, "genuine": genuine}


def socket_facts(everybody: dict[str, tuple[int, list[str]]]) -> dict[str, Any] | None:
    """Return mode, owner and group of the engine's socket, None where it is none."""
    try:
        state = os.lstat(SOCKET)
    except OSError:
        return None
    names = [name for name, (gid, _) in everybody.items() if gid == state.st_gid]
    owners = [row[0] for row in accounts() if row[1] == state.st_uid]
    return {
        "mode": stat.S_IMODE(state.st_mode) if stat.S_ISSOCK(state.st_mode) else 0,
        "owner": owners[0] if owners else str(state.st_uid),
        "group": names[0] if names else str(state.st_gid),
    }


def census() -> Census:
    """Return what stands where on the machine, to tell afterwards what a script changed."""
    found: Census = {}
    for path in ("/", "/etc", "/home", "/root", "/tmp", "/usr", "/usr/bin", "/usr/sbin", "/var"):
        note(found, path, contents=False)
    waiting = ["/etc", "/home", "/root"]
    while waiting and len(found) < MOST_PATHS:
        folder = waiting.pop()
        for name in folder_names(folder):
            path = os.path.join(folder, name)
            if note(found, path, contents=True):
                waiting.append(path)
    for folder in ("/usr/bin", "/usr/sbin"):
        for name in folder_names(folder):
            note(found, os.path.join(folder, name), contents=True)
    return found


def folder_names(folder: str) -> list[str]:
    """Return the names in a directory, none if there is none."""
    try:
        return os.listdir(folder)[:MOST_PATHS]
    except OSError:
        return []


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


def changes(before: Census, now: Census) -> list[tuple[str, str]]:
    """Return what is new, gone or different, each with its path."""
    found = [("new", path) for path in now.keys() - before.keys()]
    found += [("gone", path) for path in before.keys() - now.keys()]
    found += [("changed", path) for path in now.keys() & before.keys() if now[path] != before[path]]
    rank = {"gone": 0, "changed": 1, "new": 2}
    return sorted(found, key=lambda entry: (rank[entry[0]], entry[1]))


def known_files() -> dict[str, bytes | None]:
    """Return the keys and sources the machine came with."""
    found = {}
    for folder in (*KEY_FOLDERS, SOURCE_FOLDER):
        for name in folder_names(folder):
            path = os.path.join(folder, name)
            found[path] = read(path, 4096)
    found[SOURCES] = read(SOURCES, 4096)
    return found
