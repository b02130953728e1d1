"""What mends a machine on which no engine can be used, in commands for the system it runs."""

import grp
import os
import platform
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

SOCKET = Path("/var/run/docker.sock")
_LOG_IN_AGAIN = {
    "linux": "log out and in again",
    "macos": "log out and in again",
    "wsl": "in PowerShell: wsl --shutdown, and open Ubuntu again",
}
# In long words: the ones that lab 03 asks for are not given away here.
_JOIN = 'sudo usermod --append --groups docker "$USER"'
_START = {
    "linux": "sudo systemctl start docker, or without systemd: sudo /etc/init.d/docker start",
    "macos": "start Docker Desktop (open -a Docker), and wait until it says that it runs",
    "wsl": (
        "start Docker Desktop on Windows and turn on Settings > Resources > WSL integration for "
        "this distribution; with an engine of its own: sudo /etc/init.d/docker start"
    ),
}
_RESTART = {
    "linux": "sudo systemctl restart docker",
    "macos": "restart Docker Desktop",
    "wsl": "restart Docker Desktop on Windows, or: sudo service docker restart",
}
_INSTALL = {
    "linux": (
        "sudo sh -c 'apt-get update && apt-get install docker.io' (Debian), or as lab 02 says"
    ),
    "macos": "brew install --cask docker, then start Docker Desktop: open -a Docker",
    "wsl": (
        "install Docker Desktop on Windows and turn on Settings > Resources > WSL integration for "
        "this distribution; or here: sudo sh -c 'apt-get update && apt-get install docker.io'"
    ),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What stands between a user and the engine, and what mends it."""

    seen: str
    fix: str


def system() -> str:
    """Return `linux`, `macos` or `wsl`."""
    if sys.platform == "darwin":
        return "macos"
    return "wsl" if "microsoft" in platform.release().lower() else "linux"


def start_engine() -> str:
    """Return what starts Docker here."""
    return _START[system()]


def restart_engine() -> str:
    """Return what starts Docker anew here."""
    return _RESTART[system()]


def install_engine() -> str:
    """Return what installs Docker here."""
    return _INSTALL[system()]


def not_in_group() -> Trouble | None:
    """Return what keeps this user from the engine's socket; None for who may use it, or is root.

    An engine that DOCKER_HOST names has no socket here.
    """
    if os.geteuid() == 0 or "DOCKER_HOST" in os.environ or not SOCKET.exists():
        return None
    if os.access(SOCKET, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return None
    again = _LOG_IN_AGAIN[system()]
    try:
        group = grp.getgrnam("docker")
    except KeyError:
        fix = f"sudo groupadd docker && {_JOIN}, then {again} (lab 03)"
        return Trouble("there is no group docker", fix)
    user = user_name()
    if group.gr_gid in os.getgroups():
        seen = f"{user} is in the group docker, but the socket {SOCKET} is not that group's"
        return Trouble(seen, f"sudo chgrp docker {SOCKET}, or: {restart_engine()}")
    if user in group.gr_mem:
        seen = f"{user} was added to the group docker, but not in this session"
        return Trouble(seen, f"{again}; in this terminal alone: newgrp docker")
    seen = f"{user} is not in the group docker"
    return Trouble(seen, f"{_JOIN}, then {again} (lab 03)")


def user_name() -> str:
    """Return who this is; a container may run as a number that has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"
