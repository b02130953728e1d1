"""Which calls of a script are steps of a lab, and what in the world makes each of them fail."""

from __future__ import annotations

import os.path

APT = ("apt-get", "apt", "aptitude")
APT_VALUES = {"-o", "-t", "-c", "--option", "--target-release", "--default-release"}
FETCHING = ("curl", "wget")
MAKING = ("install", "mkdir", "chmod", "tee")
GROUPING = ("add-apt-repository", "groupadd", "addgroup", "usermod", "gpasswd", "adduser")
ASKING = ("dpkg", "lsb_release", "apt-key", "newgrp", "sg", "sudo", "su", "apt-cache")
ENDING = ("reboot", "shutdown", "poweroff")
NAMES = {
    *APT, *FETCHING, *MAKING, *GROUPING, *ASKING, *ENDING, "gpg", "docker", "systemctl", "service",
}  # fmt: skip
PLACES = ("/etc/", "/usr/share/keyrings")
# What these start is their own business, and no call of the script's.
QUIET = {
    *APT, "dpkg", "adduser", "addgroup", "apt-key", "docker", "gpg", "systemctl", "service",
    "apt-cache", "lsb_release",
}  # fmt: skip
INTERPRETERS = ("sh", "dash", "bash", "perl", "python3")
PROGRAM_FOLDERS = ("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/")


def called(program: str, command: list[str]) -> tuple[str, list[str]]:
    """Return the name of what was started, as it is known, and its words.

    `program` is the file the kernel runs; for a script with a first line of its own this is the
    interpreter, and the script is the first of the command's words that is no option.
    """
    name = os.path.basename(program)
    if name.rstrip("0123456789.") in {each.rstrip("3") for each in INTERPRETERS}:
        rest = command[1:]
        while rest and rest[0].startswith("-"):
            rest = rest[1:]
        if rest and rest[0].startswith(PROGRAM_FOLDERS):
            return os.path.basename(rest[0]), rest[1:]
    if command and os.path.basename(command[0]) == "sg":
        return "sg", command[1:]  # newgrp by another name
    return name, command[1:]


def step(name: str, words: list[str]) -> str:
    """Return what kind of step a call is, empty for one that only asks something."""
    plain = [word for word in words if not word.startswith("-")]
    if name in APT:
        verb = next(iter(apt_words(words)), "")
        return "apt-get " + verb if verb in ("update", "install") else ""
    if name == "docker":
        return "docker run" if docker_words(words)[:1] == ["run"] else ""
    if name in FETCHING:
        return name if plain else ""
    if name == "gpg":
        return name if any("--dearmor" in word or "--import" in word for word in words) else ""
    if name in MAKING:
        return name if any(word.startswith(PLACES) for word in plain) else ""
    return name if name in GROUPING and plain else ""


def fault(kind: str, words: list[str]) -> str:
    """Return what makes a step of this kind fail, empty where nothing in the world could."""
    if kind == "install" and any(
        word == "--directory" or (word[:1] == "-" and word[1:2] != "-" and "d" in word)
        for word in words
    ):
        return ""
    return {
        "apt-get update": "lists", "apt-get install": "packages", "curl": "page", "wget": "page",
        "gpg": "space", "tee": "space", "install": "space", "docker run": "engine",
        "groupadd": "lock", "addgroup": "lock", "usermod": "lock", "gpasswd": "lock",
        "adduser": "lock",
    }.get(kind, "")  # fmt: skip


def apt_words(words: list[str]) -> list[str]:
    """Return the words of apt-get without its options."""
    found: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in APT_VALUES:
            skip = True
        elif not word.startswith("-"):
            found.append(word)
    return found


def docker_words(words: list[str]) -> list[str]:
    """Return a docker command line from its verb on; `container run` is `run`."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word in ("-H", "--host", "-c", "--context", "--config", "-l", "--log-level") and rest:
            rest.pop(0)
    return rest[1:] if rest[:1] == ["container"] else rest
