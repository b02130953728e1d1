"""What is installed, in the file that the real dpkg reads, and what apt knows of packages."""

from __future__ import annotations

import fnmatch
import os
from typing import Any

import machine

STATUS = "/var/lib/dpkg/status"
HOST = "download.docker.com"
BASICS = {"apt", "adduser", "bash", "coreutils", "dpkg", "gpgv", "passwd", "sudo", "tar"}
DOCKER_PACKAGES = {
    "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-buildx-plugin",
    "docker-compose-plugin", "docker-scan-plugin", "docker-model-plugin", "docker.io",
    "docker-doc", "docker-compose", "docker-compose-v2", "docker-buildx", "docker-registry",
    "containerd.io", "containerd", "docker-engine", "docker", "dockerfile",
}  # fmt: skip
# Those that Docker's own repository has.
FROM_DOCKER = (
    "docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin",
)  # fmt: skip
STANZA = """Package: {}
Status: install ok installed
Priority: optional
Section: admin
Maintainer: Nobody <nobody@localhost>
Architecture: all
Version: {}
Description: {}

"""


def version(name: str) -> str:
    """Return the version there is of a package."""
    return "5:27.5.1-1" if name.startswith(FROM_DOCKER) else "1.0-1"


def write(packages: set[str]) -> None:
    """Write down what is installed; where a script has spoilt the file, that is its affair."""
    rows = [STANZA.format(name, version(name), name) for name in sorted(packages | BASICS)]
    try:
        number = machine.opened(STATUS, os.O_TRUNC)
    except OSError:
        return
    with os.fdopen(number, "w") as file:
        file.write("".join(rows))


def known(name: str, packages: set[str]) -> bool:
    """Return whether apt has heard of a package: Docker's own take Docker's repository."""
    if name in packages | BASICS:
        return True
    if name.startswith(FROM_DOCKER):
        return name in DOCKER_PACKAGES and HOST in "".join(machine.sources().values())
    return not name.startswith(("docker-", "containerd."))


def asked(
    verb: str, names: list[str], options: list[str], packages: set[str], world: dict[str, Any]
) -> tuple[int, str, str]:
    """Return (code, out, err) of what apt and apt-cache are asked about packages."""
    have = packages | BASICS
    if verb == "list":
        return 0, "Listing...\n" + "".join(listed(names, options, packages)), ""
    if verb not in ("policy", "madison", "show"):
        return 0, "", ""
    place = "https://{}/linux/ubuntu {}/stable {}".format(HOST, world["release"], world["arch"])
    out, missing = "", ""
    for name in names:
        here = version(name)
        if not known(name, packages):
            missing = "E: No packages found\n" if verb == "show" else ""
            continue
        if verb == "madison":
            out += " {} | {} | {} Packages\n".format(name, here, place)
        elif verb == "show":
            out += "Package: {}\nVersion: {}\n\n".format(name, here)
        else:
            installed = here if name in have else "(none)"
            out += "{}:\n  Installed: {}\n  Candidate: {}\n".format(name, installed, here)
            out += "  Version table:\n     {} 500\n        500 {} Packages\n".format(here, place)
    return (100 if missing else 0), out, missing


def listed(names: list[str], options: list[str], packages: set[str]) -> list[str]:
    """Return the rows of `apt list`."""
    have = packages | BASICS
    if "--installed" in options:
        found = have
    else:
        found = {name for name in DOCKER_PACKAGES | have if known(name, packages)}
    return [
        "{}/now {} all{}\n".format(name, version(name), " [installed]" if name in have else "")
        for name in sorted(found)
        if not names or any(fnmatch.fnmatchcase(name, pattern) for pattern in names)
    ]
