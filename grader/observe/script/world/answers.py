"""What the machine's commands answer: packages, the engine, and questions about the machine.

An earlier mistake changes nothing here, so that one mistake costs one check: packages can be
installed although no repository offers them, with a wrong key just as well.
"""

from __future__ import annotations

import os
from typing import Any, Tuple

import database
import machine

# Exit code, output, complaint.
Said = Tuple[int, str, str]
ENGINE = ("docker-ce", "docker.io", "docker-engine", "moby-engine")
CLIENTS = (*ENGINE, "docker-ce-cli")
LETTERS = set("abcdefghijklmnopqrstuvwxyz0123456789+.-")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
APT_VALUES = {"-o", "-t", "-c", "--option", "--target-release", "--default-release"}
RUN_VALUES = {
    "-e", "--env", "-v", "--volume", "-p", "--publish", "-u", "--user", "-w", "--workdir",
    "--name", "--network", "--net", "--platform", "--pull", "--entrypoint", "-m", "--memory",
    "--cpus", "-l", "--label", "-h", "--hostname", "--mount", "--restart", "--env-file",
    "--log-driver", "--add-host", "--dns", "--cap-add", "--cap-drop", "--security-opt",
    "--ulimit", "--pids-limit", "--tmpfs", "--device", "--gpus", "--stop-signal",
}  # fmt: skip
RUN_FLAGS = {
    "--rm", "-i", "-t", "-it", "-ti", "-d", "--detach", "--interactive", "--tty", "--init",
    "--privileged", "--read-only", "-P", "--publish-all", "--quiet", "-q", "--no-healthcheck",
    "--sig-proxy", "--disable-content-trust",
}  # fmt: skip
HELLO = ("hello-world", "hello-world:latest", "library/hello-world", "hello-world:linux")
DENIED = (
    "permission denied while trying to connect to the Docker daemon socket at "
    "unix:///var/run/docker.sock\n"
)
# What a step says in the world where it fails, and its exit code.
BROKEN = {
    "apt-get update": (100, "E: Failed to fetch the package lists\n"),
    "apt-get install": (100, "E: Unable to fetch some archives\n"),
    "docker run": (125, "docker: Error response from daemon: no such host.\n"),
    "groupadd": (10, "groupadd: cannot lock /etc/group; try again later.\n"),
    "usermod": (10, "usermod: cannot lock /etc/group; try again later.\n"),
    "gpg": (2, "gpg: dearmoring failed: No space left on device\n"),
}
STATUS_OF_BROKEN_PAGE = "503"
FETCHING = ("curl", "wget")
MAKING = ("install", "mkdir", "chmod", "tee")
ADDING = "add-apt-repository"
GROUPING = (ADDING, "groupadd", "addgroup", "usermod", "gpasswd", "adduser")
PLACES = ("/etc/", "/usr/share/keyrings")


def step(name: str, words: list[str]) -> str:
    """Return what kind of step a call is, empty for one that only asks something."""
    plain = [word for word in words if not word.startswith("-")]
    if name in ("apt", "apt-get"):
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


def apt(name: str, words: list[str], uid: int, packages: set[str], world: dict[str, Any]) -> Said:
    """Return (code, out, err) of apt-get; installs into and removes from `packages`."""
    verb, *names = apt_words(words) or [""]
    if verb == "update":
        if uid != 0:
            return 100, "", locked("lists/lock")
        return 0, "Reading package lists...\n", ""
    if verb in ("install", "reinstall"):
        if uid != 0:
            return 100, "", locked("lock-frontend")
        return apt_install([] if only_tried(words) else names, packages)
    if verb in ("remove", "purge", "autoremove"):
        if uid != 0:
            return 100, "", locked("lock-frontend")
        packages.difference_update(names)
        database.write(packages)
        return 0, "0 upgraded, 0 newly installed, 0 to remove.\n", ""
    if verb in ("upgrade", "dist-upgrade", "full-upgrade", "clean", "autoclean", "check"):
        return (0, "", "") if uid == 0 else (100, "", locked("lock-frontend"))
    if verb in ("list", "show", "policy", "search", "madison", "download", "changelog"):
        told: Said = database.asked(verb, names, words, packages, world)
        return told
    if verb or not words:
        return 100, "", "E: Invalid operation {}\n".format(verb)
    return 0, name + " 2.4.11 (amd64)\n", ""


def only_tried(words: list[str]) -> bool:
    """Return whether apt-get is told to show or fetch what it would install, and no more."""
    long = {"--simulate", "--dry-run", "--just-print", "--no-act", "--recon", "--download-only"}
    short = "".join(word for word in words if word[:1] == "-" and word[1:2] not in "-otc")
    return bool({*long, "--print-uris"} & set(words)) or bool(set("sd") & set(short))


def add_repository(words: list[str], uid: int, release: str) -> Said:
    """Return (code, out, err) of add-apt-repository, which writes one line into one file."""
    line = next((word for word in words if word.startswith("deb ")), "")
    place = next((word for word in line.split() if "://" in word), "").strip("/")
    if uid != 0:
        return 1, "", "Error: must run as root\n"
    if place:
        name = "".join(letter if letter.isalnum() else "_" for letter in place.replace("://", "_"))
        file = "{}/archive_uri-{}-{}.list".format(machine.SOURCE_FOLDER, name[:80], release)
        with os.fdopen(machine.opened(file, os.O_TRUNC), "w") as out:
            out.write(line + "\n")
    return 0, "Repository: '{}'\n".format(line or " ".join(words)), ""


def locked(what: str) -> str:
    """Return what apt says to those who are not root."""
    return (
        "E: Could not open lock file /var/lib/dpkg/{} - open (13: Permission denied)\n"
        "E: Unable to acquire the dpkg frontend lock, are you root?\n"
    ).format(what)


def apt_install(names: list[str], packages: set[str]) -> Said:
    """Return (code, out, err) of apt-get install for root."""
    wanted = [word.split("=")[0].split("/")[0].split(":")[0] for word in names]
    for word in wanted:
        foreign = word.startswith(("docker", "containerd")) and word not in database.DOCKER_PACKAGES
        if foreign or not word or not set(word) <= LETTERS:
            return 100, "", "E: Unable to locate package {}\n".format(word)
    packages.update(wanted)
    database.write(packages)
    if packages & set(CLIENTS):
        machine.install_engine()
    return 0, "Setting up {} ...\n".format(", ".join(wanted)) if wanted else "", ""


def docker_words(words: list[str]) -> list[str]:
    """Return a docker command line from its verb on; `container run` is `run`."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word in ("-H", "--host", "-c", "--context", "--config", "-l", "--log-level") and rest:
            rest.pop(0)
    return rest[1:] if rest[:1] == ["container"] else rest


def docker(words: list[str], uid: int, gids: set[int], packages: set[str], *, engine: bool) -> Said:
    """Return (code, out, err) of docker as somebody with these ids calls it."""
    verb, *rest = docker_words(words) or [""]
    if not verb or verb in ("help", "completion"):
        return 0, "Docker version 27.5.1, build 9f9e405\n", ""
    if verb in ("compose", "buildx"):
        plugin = "docker-{}-plugin".format(verb)
        if engine or plugin in packages:
            return 0, "Docker {} version v2.32.4\n".format(verb.capitalize()), ""
        return 1, "", "docker: '{}' is not a docker command.\n".format(verb)
    if verb not in ("run", "ps", "info", "version", "images", "pull", "image", "system", "login"):
        return 0, "", ""
    if not engine and not packages & set(ENGINE):
        return 1, "", "Cannot connect to the Docker daemon. Is the docker daemon running?\n"
    if not machine.may_use_docker(uid, gids):
        return (126 if verb == "run" else 1), "", "docker: " + DENIED
    if verb in ("info", "version"):
        return 0, "Client:\n Version: 27.5.1\nServer:\n Server Version: 27.5.1\n", ""
    if verb != "run":
        return 0, "", ""
    image, problem = run_image(rest)
    if problem:
        return 125, "", problem
    if image.replace("docker.io/", "").replace("index.", "") not in HELLO:
        return 125, "", "Unable to find image '{}': this machine has hello-world.\n".format(image)
    return 0, "\nHello from Docker!\nYour installation appears to be working.\n\n", ""


def run_image(words: list[str]) -> tuple[str, str]:
    """Return the image of `docker run`, or what is wrong with its options."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word in RUN_VALUES:
            rest[:1] = []
        elif word.partition("=")[0] not in RUN_FLAGS | RUN_VALUES:
            return "", "unknown flag: {}\nSee 'docker run --help'.\n".format(word)
    if not rest:
        return "", '"docker run" requires at least 1 argument.\n'
    return rest[0], ""


def about_machine(
    name: str, words: list[str], world: dict[str, Any], packages: set[str]
) -> Said | None:
    """Return (code, out, err) of a command that asks what machine this is, None for others."""
    arch, release = world["arch"], world["release"]
    if name == "dpkg":
        if "--print-architecture" in words:
            return 0, arch + "\n", ""
        # All else is asked of the real one.
        return (0, "", "") if "--print-foreign-architectures" in words else None
    if name == "arch":
        return 0, MACHINES[arch] + "\n", ""
    if name == "uname":
        return 0, uname(words, MACHINES[arch]), ""
    if name == "lsb_release":
        return 0, lsb(words, release), ""
    if name == "logname":
        return 0, world["user"] + "\n", ""
    if name in ("systemctl", "service"):
        return service(words, there=world["docker"] or bool(packages & set(ENGINE)))
    if name == "apt-cache":
        verb, *names = apt_words(words) or [""]
        told: Said = database.asked(verb, names, words, packages, world)
        return told
    return None


def service(words: list[str], *, there: bool) -> Said:
    """Return (code, out, err) of systemctl and service; `there`: Docker's services are."""
    plain = [word for word in words if not word.startswith("-")]
    docker = [word for word in plain if word.startswith(("docker", "containerd"))]
    listing = any(word.startswith("list-") for word in plain)
    if listing:
        return 0, "docker.service enabled active running\n" if there else "", ""
    good = there or not docker
    missing = "Unit {}.service could not be found.\n".format(docker[0] if docker else "")
    if "is-active" in plain:
        state = "active\n" if good else "inactive\n"
        return (0 if good else 3), "" if {"-q", "--quiet"} & set(words) else state, ""
    if "is-enabled" in plain:
        return (0, "enabled\n", "") if good else (1, "", missing)
    if "status" in plain:
        return (0, "   Active: active (running)\n", "") if good else (4, "", missing)
    return (0, "", "") if good else (5, "", missing)


UNAME = (
    ("s", "kernel-name", "Linux"), ("n", "nodename", "lab"),
    ("r", "kernel-release", "5.15.0-97-generic"), ("v", "kernel-version", "#107-Ubuntu SMP"),
    ("m", "machine", ""), ("p", "processor", ""), ("i", "hardware-platform", ""),
    ("o", "operating-system", "GNU/Linux"),
)  # fmt: skip
LSB = (
    ("i", "id", "Distributor ID"), ("d", "description", "Description"),
    ("r", "release", "Release"), ("c", "codename", "Codename"),
)  # fmt: skip


def chosen(words: list[str]) -> set[str]:
    """Return the options of a command that takes no values: letters and long names."""
    found: set[str] = set()
    for word in words:
        found.update([word[2:]] if word.startswith("--") else word.lstrip("-"))
    return found


def uname(words: list[str], hardware: str) -> str:
    """Return what uname prints."""
    options = chosen(words) or {"s"}
    everything = {"a", "all"} & options
    values = [
        value or hardware for letter, name, value in UNAME if everything or {letter, name} & options
    ]
    return " ".join(values) + "\n"


def lsb(words: list[str], release: str) -> str:
    """Return what lsb_release prints."""
    options = chosen(words)
    everything, short = {"a", "all"} & options, {"s", "short"} & options
    number, long = machine.RELEASES[release]
    values = {"i": "Ubuntu", "d": "Ubuntu " + long, "r": number, "c": release}
    return "".join(
        (values[letter] if short else "{}:\t{}".format(title, values[letter])) + "\n"
        for letter, name, title in LSB
        if everything or {letter, name} & options
    )
