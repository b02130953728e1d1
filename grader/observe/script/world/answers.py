"""What the machine's commands answer: packages, the engine, and questions about the machine.

An earlier mistake changes nothing here, so that one mistake costs one check: packages can be
installed although no repository offers them, with a wrong key just as well.
"""

from __future__ import annotations

from typing import Any, Tuple

import machine

# Exit code, output, complaint.
Said = Tuple[int, str, str]
ENGINE = ("docker-ce", "docker.io", "docker-engine", "moby-engine")
CLIENTS = (*ENGINE, "docker-ce-cli")
DOCKER_PACKAGES = {
    "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-buildx-plugin",
    "docker-compose-plugin", "docker-scan-plugin", "docker-model-plugin", "docker.io",
    "docker-doc", "docker-compose", "docker-compose-v2", "docker-buildx", "docker-registry",
    "containerd.io", "containerd", "docker-engine", "docker", "dockerfile",
}  # fmt: skip
BASICS = {"apt", "adduser", "bash", "coreutils", "dpkg", "gpgv", "passwd", "sudo", "tar"}
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
GROUPING = ("groupadd", "addgroup", "usermod", "gpasswd", "adduser")
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


def apt(name: str, words: list[str], uid: int, packages: set[str]) -> Said:
    """Return (code, out, err) of apt-get; installs into and removes from `packages`."""
    verb, *names = apt_words(words) or [""]
    if verb == "update":
        if uid != 0:
            return 100, "", locked("lists/lock")
        return 0, "Reading package lists...\n", ""
    if verb in ("install", "reinstall"):
        if uid != 0:
            return 100, "", locked("lock-frontend")
        return apt_install(names, packages)
    if verb in ("remove", "purge", "autoremove"):
        if uid != 0:
            return 100, "", locked("lock-frontend")
        packages.difference_update(names)
        return 0, "0 upgraded, 0 newly installed, 0 to remove.\n", ""
    if verb in ("upgrade", "dist-upgrade", "full-upgrade", "clean", "autoclean", "check"):
        return (0, "", "") if uid == 0 else (100, "", locked("lock-frontend"))
    if verb in ("list", "show", "policy", "search", "download", "changelog"):
        return 0, "", ""
    if verb or not words:
        return 100, "", "E: Invalid operation {}\n".format(verb)
    return 0, name + " 2.4.11 (amd64)\n", ""


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
        foreign = word.startswith(("docker", "containerd")) and word not in DOCKER_PACKAGES
        if foreign or not word or not set(word) <= LETTERS:
            return 100, "", "E: Unable to locate package {}\n".format(word)
    packages.update(wanted)
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
        return 0, "Docker version 24.0.7\n", ""
    if verb in ("compose", "buildx"):
        plugin = "docker-{}-plugin".format(verb)
        good = engine or plugin in packages
        return (0, verb + " v2\n", "") if good else (1, "", "docker: unknown command\n")
    if verb not in ("run", "ps", "info", "version", "images", "pull", "image", "system", "login"):
        return 0, "", ""
    if not engine and not packages & set(ENGINE):
        return 1, "", "Cannot connect to the Docker daemon. Is the docker daemon running?\n"
    if not machine.may_use_docker(uid, gids):
        return (126 if verb == "run" else 1), "", "docker: " + DENIED
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


def installed(words: list[str], packages: set[str]) -> Said:
    """Return (code, out, err) of dpkg's questions about packages."""
    have = packages | BASICS
    names = [word for word in words if not word.startswith("-")]
    if any(word in ("-l", "--list", "-W", "--show") for word in words):
        rows = ["ii  {}  1.0  all\n".format(name) for name in sorted(have)]
        chosen = [row for row in rows if not names or row.split()[1] in names]
        return (0, "".join(chosen), "") if chosen else (1, "", "dpkg: no packages found\n")
    missing = [name for name in names if name not in have]
    if missing:
        return 1, "", "dpkg-query: package '{}' is not installed\n".format(missing[0])
    return 0, "".join("Package: {}\nStatus: install ok installed\n".format(n) for n in names), ""


def about_machine(
    name: str, words: list[str], world: dict[str, Any], packages: set[str]
) -> Said | None:
    """Return (code, out, err) of a command that asks what machine this is, None for others."""
    arch, release = world["arch"], world["release"]
    if name == "dpkg":
        if "--print-architecture" in words:
            return 0, arch + "\n", ""
        if "--print-foreign-architectures" in words:
            return 0, "", ""
        return installed(words, packages)
    if name == "dpkg-query":
        return installed(words, packages)
    if name == "arch":
        return 0, MACHINES[arch] + "\n", ""
    if name == "uname":
        return 0, uname("".join(word.lstrip("-") for word in words), MACHINES[arch]), ""
    if name == "lsb_release":
        return 0, lsb(words, release), ""
    if name in ("systemctl", "service"):
        return 0, "active\n" if "is-active" in words else "", ""
    if name == "apt-cache":
        return 0, "", ""
    return None


def uname(letters: str, hardware: str) -> str:
    """Return what uname prints for these option letters."""
    if letters in ("m", "p", "i", "machine"):
        return hardware + "\n"
    if letters in ("a", "all"):
        return "Linux lab 5.15.0-97-generic #107-Ubuntu SMP {0} {0} {0} GNU/Linux\n".format(
            hardware
        )
    if letters == "r":
        return "5.15.0-97-generic\n"
    return "lab\n" if letters == "n" else "Linux\n"


def lsb(words: list[str], release: str) -> str:
    """Return what lsb_release prints."""
    letters = "".join(word.lstrip("-") for word in words)
    short = "s" in letters.replace("release", "").replace("description", "")
    fields = [("c", "Codename", release), ("i", "Distributor ID", "Ubuntu")]
    fields += [("r", "Release", machine.RELEASES[release][0])]
    chosen = [f for f in fields if f[0] in letters or f[1].lower() in letters or "a" in letters]
    if any(word == "--codename" for word in words):
        chosen = fields[:1]
    return "".join(
        (value if short else "{}:\t{}".format(title, value)) + "\n" for _, title, value in chosen
    )
