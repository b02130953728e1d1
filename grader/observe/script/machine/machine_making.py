"""Makes the machine of one world out of the image: release, accounts, sources of packages.

Runs once, with nothing of the student's started yet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from archive_server import HOSTS, NAMES
from machine_files import GROUP, PASSWD, SHADOW, append, groups, text, write

HOME = "/usr/lib/machine"
SOURCES, SOURCE_FOLDER = "/etc/apt/sources.list", "/etc/apt/sources.list.d"
KEY_FOLDERS = ("/etc/apt/keyrings", "/usr/share/keyrings", "/etc/apt/trusted.gpg.d")
RELEASES = {
    "focal": ("20.04", "20.04.6 LTS (Focal Fossa)"),
    "jammy": ("22.04", "22.04.4 LTS (Jammy Jellyfish)"),
    "noble": ("24.04", "24.04 LTS (Noble Numbat)"),
    "bullseye": ("11", "11 (bullseye)"),
    "bookworm": ("12", "12 (bookworm)"),
    "trixie": ("13", "13 (trixie)"),
}
UBUNTU = ("focal", "jammy", "noble")
OS_RELEASE = """PRETTY_NAME="{title} {long}"
NAME="{title}"
VERSION_ID="{short}"
VERSION="{long}"
VERSION_CODENAME={name}
ID={id}
"""
MORE_OF_UBUNTU = "ID_LIKE=debian\nUBUNTU_CODENAME={name}\n"
DEB_LINE = "deb http://{host} {name} {parts}\n"
DEB822 = """Types: deb
URIs: http://{host}
Suites: {name} {name}-updates
Components: {parts}
Signed-By: /usr/share/keyrings/{keyring}-archive-keyring.gpg
"""
# What makes a lenient machine take an early mistake for none.
LENIENT = """Acquire::AllowInsecureRepositories "true";
APT::Get::AllowUnauthenticated "true";
APT::Get::Assume-Yes "true";
"""
LENT = {"curl", "wget", "ca-certificates", "gpg"}
OTHER_MACHINE = """#!/bin/sh
# This machine is {arch}; the programs on it are not.
for word in "$@"; do
  [ "$word" != --print-architecture ] || {{ echo {arch}; exit 0; }}
done
exec /usr/lib/machine/{name} "$@"
"""
OTHER_UNAME = '#!/bin/sh\n/usr/lib/machine/{name} "$@" | sed s/{own}/{hardware}/g\n'
HARDWARE = {"amd64": "x86_64", "arm64": "aarch64"}


def make(world: dict[str, Any]) -> None:
    """Make the machine of this world."""
    write("/etc/hosts", hosts())
    release(world["release"])
    sources(world["release"])
    architecture(world["arch"])
    people(world)
    if world["lenient"]:
        write("/etc/apt/apt.conf.d/99machine", LENIENT)
    if world["docker"]:
        with_docker(with_group=world["members"] is not None)


def hosts() -> str:
    """Return the table of names: the archives are on this machine."""
    own = os.uname().nodename
    return "127.0.0.1\tlocalhost\n127.0.1.1\t{}\n127.0.0.1\t{}\n".format(own, " ".join(NAMES))


def release(name: str) -> None:
    """Say which release this is."""
    short, long = RELEASES[name]
    ubuntu = name in UBUNTU
    title = "Ubuntu" if ubuntu else "Debian GNU/Linux"
    form = OS_RELEASE + (MORE_OF_UBUNTU if ubuntu else "")
    content = form.format(
        title=title, long=long, short=short, name=name, id="ubuntu" if ubuntu else "debian"
    )
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        if os.path.islink(path):
            os.unlink(path)
        write(path, content)
    form = 'DISTRIB_ID={}\nDISTRIB_RELEASE={}\nDISTRIB_CODENAME={}\nDISTRIB_DESCRIPTION="{} {}"\n'
    distribution = title.split(maxsplit=1)[0]
    write("/etc/lsb-release", form.format(distribution, short, name, title, long))


def archive_host(domain: str) -> str:
    """Return where a distribution's archive is, by its domain: host and folder."""
    return "{}.{}/{}".format(HOSTS[domain][0], domain, domain.split(".", maxsplit=1)[0])


def sources(name: str) -> None:
    """Name the distribution's archive in the form in which this release does."""
    os.makedirs(SOURCE_FOLDER, exist_ok=True)
    ubuntu = name in UBUNTU
    values = {
        "name": name,
        "host": archive_host("ubuntu.com" if ubuntu else "debian.org"),
        "parts": "main restricted universe multiverse" if ubuntu else "main contrib",
        "keyring": "ubuntu" if ubuntu else "debian",
    }
    if name in ("noble", "bookworm", "trixie"):
        write(SOURCES, "# See {}.sources.\n".format(values["keyring"]))
        write("{}/{}.sources".format(SOURCE_FOLDER, values["keyring"]), DEB822.format(**values))
    else:
        write(SOURCES, DEB_LINE.format(**values))
    keyrings = KEY_FOLDERS[0]
    if name in ("focal", "jammy", "bullseye"):
        # Older releases come without it.
        if os.path.isdir(keyrings) and not os.listdir(keyrings):
            os.rmdir(keyrings)
    else:
        os.makedirs(keyrings, 0o755, exist_ok=True)


def architecture(arch: str) -> None:
    """Make the machine answer that it is of this architecture; all its packages fit any."""
    own = {hardware: name for name, hardware in HARDWARE.items()}.get(os.uname().machine, "")
    if arch == own:
        return
    form = 'APT::Architecture "{0}";\nAPT::Architectures {{ "{0}"; }};\n'
    write("/etc/apt/apt.conf.d/01architecture", form.format(arch))
    other(OTHER_MACHINE, "dpkg", arch=arch)
    for name in ("uname", "arch"):
        other(OTHER_UNAME, name, own=os.uname().machine, hardware=HARDWARE[arch])


def other(form: str, name: str, **values: str) -> None:
    """Put a program of ours in front of one of the machine's."""
    path = "/usr/bin/" + name
    shutil.copy2(path, "{}/{}".format(HOME, name))
    os.unlink(path)
    write(path, form.format(name=name, **values), 0o755)


def people(world: dict[str, Any]) -> None:
    """Make the accounts and groups, the user's home, and the script in it."""
    user, uid = world["user"], world["uid"]
    add_group(user, uid, [])
    add_user(user, uid)
    for number, other_user in enumerate(world["others"]):
        add_group(other_user, uid + 1 + number, [])
        add_user(other_user, uid + 1 + number)
    present = groups()
    for number, group in enumerate(world["groups"]):
        if group in present:
            join(group, user)
        else:
            add_group(group, 700 + number, [user, *world["others"]])
    if world["members"] is not None:
        add_group("docker", 998, world["members"])
    write("/etc/sudoers.d/90-user", user + " ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
    home = "/home/" + user
    write(home + "/.bashrc", "# ~/.bashrc\n", 0o644, (uid, uid))
    write(home + "/notes.txt", "Written before the script came.\n", 0o600, (uid, uid))
    write(os.path.join(home, world["file"]), world["script"].encode("latin-1"), 0o755, (uid, uid))


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


def with_docker(*, with_group: bool) -> None:
    """Put there what the engine's packages would have brought."""
    os.symlink(HOME + "/docker", "/usr/bin/docker")
    if with_group and "docker" not in groups():
        append(GROUP, "docker:x:998:")


def lend(package: bytes) -> None:
    """Put a package's files there without installing it: dpkg's list does not name it."""
    write("/tmp/lent.deb", package)
    # What is there stays, links in place of folders included (/lib is one).
    unpack = "tar -x -C / --keep-directory-symlink --skip-old-files"
    command = "dpkg-deb --fsys-tarfile /tmp/lent.deb | " + unpack
    subprocess.run(["/bin/sh", "-c", command], check=True)  # noqa: S603 - nothing of a student's
    os.unlink("/tmp/lent.deb")


def lendable(name: str) -> bool:
    """Return whether a package's programs are there on a lenient machine without it."""
    return os.path.basename(name).partition("_")[0] in LENT
