"""Runs commands as somebody else: what sudo, sg and newgrp make of their words."""

from __future__ import annotations

import os
from typing import Iterable

import machine
from process import PATH, Env, Ids

KEPT_BY_SUDO = {b"LANG", b"LANGUAGE", b"TERM", b"DISPLAY", b"COLORTERM", b"TZ", b"LS_COLORS"}


class Plan:
    """A command to run as somebody else, or why not."""

    def __init__(
        self,
        command: Iterable[str] = (),
        env: Env | None = None,
        ids: Ids = (0, 0, [0]),
        mask: int = 0o022,
        home: str = "",
        problem: str = "",
    ) -> None:
        self.command = list(command)
        self.env = env or {}
        self.ids = ids
        self.mask = mask
        self.home = home
        self.problem = problem


def session(name: str, uid: int) -> Env:
    """Return the environment of a new login session."""
    home = "/root" if uid == 0 else "/home/" + name
    return {
        b"HOME": home.encode(), b"USER": name.encode(), b"LOGNAME": name.encode(),
        b"SHELL": b"/bin/bash", b"PATH": PATH.encode(), b"LANG": b"C.UTF-8", b"TERM": b"dumb",
    }  # fmt: skip


def sudo_names(name: str, uid: int, gid: int, command: list[str]) -> Env:
    """Return what sudo says of who called it."""
    return {
        b"SUDO_USER": name.encode(),
        b"SUDO_UID": str(uid).encode(),
        b"SUDO_GID": str(gid).encode(),
        b"SUDO_COMMAND": " ".join(command).encode()[:4096],
    }


SUDO_VALUES = {"-u": "user", "-g": "group", "-p": "", "-C": "", "-h": "", "-r": "", "-t": ""}
SUDO_LONG = {"--user": "user", "--group": "group", "--prompt": "", "--close-from": ""}


def sudo(
    raw: list[bytes], env: Env, caller: machine.Account, caller_gids: set[int], mask: int
) -> Plan:
    """Return the plan of a sudo whose sudoers lets everybody do everything, as Ubuntu's sets up."""
    queue = list(raw)
    given: dict[str, str] = {}
    flags: set[str] = set()
    while queue and queue[0].startswith(b"-"):
        word = queue.pop(0).decode("utf-8", "replace")
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in SUDO_LONG:
            given[SUDO_LONG[name]] = value if equals else text_of(queue)
        elif word.startswith("--"):
            flags.add(name)
        elif word[:2] in SUDO_VALUES:
            given[SUDO_VALUES[word[:2]]] = word[2:] or text_of(queue)
        else:
            flags.update("-" + letter for letter in word[1:])
            if word[-1:] in "ug" and queue:
                given[SUDO_VALUES["-" + word[-1]]] = text_of(queue)
    extra: Env = {}
    while queue and b"=" in queue[0] and not queue[0].startswith(b"/"):
        variable, _, setting = queue.pop(0).partition(b"=")
        extra[variable] = setting
    target = find_account(given.get("user", "root"))
    if target is None:
        return Plan(problem="sudo: unknown user {}\n".format(given["user"]))
    user, uid, gid, home, shell = target
    gids = machine.gids_of(user, gid)
    if given.get("group"):
        found = machine.groups().get(given["group"])
        if found is None:
            return Plan(problem="sudo: unknown group: {}\n".format(given["group"]))
        gid, gids = found[0], sorted({*gids, found[0]})
        if "user" not in given:
            user, uid, _, home, shell = caller
            gids = sorted({*caller_gids, gid})
    command = [os.fsdecode(word) for word in queue]
    login = bool({"-i", "--login"} & flags)
    if login or {"-s", "--shell"} & flags:
        line = " ".join(escaped(word) for word in command)
        command = [shell, *(["-l"] if login else []), *(["-c", line] if command else [])]
    if not command:
        return Plan() if {"-v", "-k", "-K", "-l", "-n"} & flags else Plan(problem="usage: sudo\n")
    all_of_it = bool({"-E", "--preserve-env"} & flags) and not login
    fresh = {k: v for k, v in env.items() if all_of_it or k in KEPT_BY_SUDO or k[:3] == b"LC_"}
    base = session(user, uid)
    base[b"HOME"], base[b"SHELL"] = home.encode(), shell.encode()
    if all_of_it and "-H" not in flags:
        base[b"HOME"] = env.get(b"HOME", base[b"HOME"])
    fresh.update(base)
    fresh.update(sudo_names(caller[0], caller[1], caller[2], command))
    fresh.update(extra)
    return Plan(command, fresh, (uid, gid, gids), mask | 0o022, home if login else "")


def other_group(
    name: str, raw: list[bytes], env: Env, caller: machine.Account, caller_gids: set[int], mask: int
) -> Plan:
    """Return the plan of newgrp or sg: a shell with one more group, for its members only."""
    words = [word for word in raw if word != b"-"]
    wanted = text_of(words) if words else ""
    found = machine.groups().get(wanted)
    user, uid, gid, home, shell = caller
    if not wanted:
        found = (gid, [user])
    if found is None:
        return Plan(problem="{}: group '{}' does not exist\n".format(name, wanted))
    new_gid, members = found
    if uid != 0 and user not in members and new_gid != gid and new_gid not in caller_gids:
        return Plan(problem="Password: Invalid password.\n")
    command = [env.get(b"SHELL", shell.encode()).decode("utf-8", "replace") or shell]
    if name == "sg" and words:
        if words[0] == b"-c":
            words.pop(0)
        if words:
            command = ["/bin/sh", "-c", os.fsdecode(words[0])]
    login = raw[:1] == [b"-"]
    fresh = dict(session(user, uid)) if login else env
    return Plan(
        command, fresh, (uid, new_gid, sorted({*caller_gids, new_gid})), mask, home if login else ""
    )


def text_of(queue: list[bytes]) -> str:
    """Take the next word, empty if there is none."""
    return queue.pop(0).decode("utf-8", "replace") if queue else ""


def escaped(word: str) -> str:
    """Return a word as sudo hands it to a login shell."""
    return "".join(c if c.isalnum() or c in "_-$" else "\\" + c for c in word)


def find_account(name: str) -> machine.Account | None:
    """Return the account of that name or, behind a #, of that number."""
    return next((row for row in machine.accounts() if name in (row[0], "#{}".format(row[1]))), None)
