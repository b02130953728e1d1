"""Makes the small packages of a machine's archives, of the base's own files and of our own.

Each carries a seal that archive_lists.py gives another word on every machine.
"""

from __future__ import annotations

import glob
import os
import secrets
import shutil
from typing import Iterable

from image_files import ARCHIVE, HOME, WORK, installed, mkdirs, put, run

SEAL, SEAL_BYTES = "seal", 32  # as archive_lists.py has them
# Out of the base and into packages: what a fresh machine has not got.
MOVED = ("curl", "wget", "ca-certificates", "openssl", "gnupg", "gnupg2", "gpg")
# Out of the base as well, their programs into gpg's package: each package takes a tenth of a
# second to install, and dpkg unpacks them in nearly every run.
MERGED = {"gpg": ("gpgconf", "gpg-agent", "keyboxd")}
GONE = (
    "gpgsm", "dirmngr", "gnupg-utils", "gnupg-l10n", "gpg-wks-client", "gpg-wks-server",
    "pinentry-curses", *MERGED["gpg"],
)  # fmt: skip
# What a package brings beside its files.
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "conffiles", "triggers")
# Of what is moved, nobody on a machine reads these.
UNREAD = ("/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/usr/share/ca-certificates")
# Names that scripts ask for and whose programs no lab needs: packages with nothing in them.
EMPTY = (
    "apt-transport-https", "gnupg1", "git", "jq", "vim", "nano", "unzip", "zip", "net-tools",
    "iputils-ping", "build-essential", "uidmap", "python3-pip", "bash-completion", "containerd",
    "runc", "docker-doc", "docker-compose", "docker-compose-v2", "podman-docker", "apparmor",
    "cgroupfs-mount", "tree", "htop", "rsync", "ufw", "dnsutils", "make", "gcc", "iptables",
    "pigz", "libltdl7", "slirp4netns", "dbus-user-session", "fuse-overlayfs", "xz-utils",
    "pass", "socat", "psmisc", "lsof", "file", "acl", "apt-utils", "dialog", "whiptail", "bc",
    "python3-venv", "locales", "tzdata", "debconf-utils", "man-db", "tmux", "screen", "fuse3",
)  # fmt: skip
# No package of the base calls it too old (bash conflicts with a bash-completion before 20060301).
NEW = "99999999"
# Other names of packages; each brings the one behind it.
RENAMED = {"gnupg2": "gnupg", "gnupg-agent": "gpg-agent"}
# What comes along with some of them unless somebody says --no-install-recommends.
RECOMMENDED = dict.fromkeys(("gpg-agent", "gpgsm", "dirmngr"), "gnupg")
# Docker's packages, with what each depends on. The real docker-ce-cli recommends the two plugins;
# here it does not, since naming all five packages is the lab's task.
DOCKER = {
    "docker-ce": "docker-ce-cli, containerd.io, iptables",
    "docker-ce-cli": "",
    "containerd.io": "",
    "docker-buildx-plugin": "",
    "docker-compose-plugin": "",
    "docker-ce-rootless-extras": "",
}
DOCKER_VERSION = "28.2.2"
GROUP_SCRIPT = """#!/bin/sh
set -e
getent group docker > /dev/null || groupadd --system docker
"""
PLUGIN = """#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo '{{"SchemaVersion":"0.1.0","Vendor":"Docker Inc.","Version":"{version}",'
  echo '"ShortDescription":"Docker {title}"}}'
else
  echo "Docker {title} version {version}"
fi
"""
INIT_SCRIPT = """#!/bin/sh
# The engine of this machine is up from the moment its package is installed.
case "$1" in status) echo "docker is running" ;; esac
exit 0
"""
REPOSITORY_TOOL = """#!/bin/sh
# Writes one line into one file and fetches the lists, as Ubuntu's own does.
set -e
[ "$(id -u)" = 0 ] || { echo "Error: must run as root" >&2; exit 1; }
update=yes line=
for word in "$@"; do
  case "$word" in
    -n|--no-update) update= ;;
    deb\\ *) line=$word ;;
  esac
done
[ -n "$line" ] || { echo "Error: '$*' invalid" >&2; exit 1; }
place=$(printf '%s\\n' "$line" | sed 's/.*:\\/\\///; s/[ ].*//; s/[^A-Za-z0-9]/_/g; s/_*$//')
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
echo "Repository: '$line'"
printf '%s\\n' "$line" > "/etc/apt/sources.list.d/archive_uri-https_$place-$release.list"
[ -z "$update" ] || apt-get update
"""


class PackageMaker:
    """Makes packages; remembers what is in each, and what an archive says of it.

    `told` has, by archive and file, the package's name, its paragraph for the list, and where its
    seal begins.
    """

    def __init__(self) -> None:
        self.files: dict[str, list[str]] = {}
        self.told: dict[str, dict[str, dict[str, object]]] = {"distribution": {}, "docker": {}}

    def make(self, kind: str, name: str, version: str, tree: str, fields: dict[str, str]) -> None:
        """Make one package of all that lies in a folder."""
        control = {
            "Package": name, "Version": version, "Architecture": "all", "Section": "admin",
            "Maintainer": "Machine <machine@localhost>", "Description": name, **fields,
        }  # fmt: skip
        text = "".join("{}: {}\n".format(key, value) for key, value in control.items() if value)
        put(tree + "/DEBIAN/control", text)
        seal = secrets.token_hex(SEAL_BYTES // 2)
        put(tree + "/DEBIAN/" + SEAL, seal)
        file = "{}_{}_all.deb".format(name, version)
        target = "{}/{}/{}".format(ARCHIVE, kind, file)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        run("dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, target)
        with open(target, "rb") as made:
            place = made.read().index(seal.encode())
        self.told[kind][file] = {"name": name, "paragraph": text, "seal": place}
        self.files[name] = sorted(
            "/" + os.path.relpath(os.path.join(place, each), tree)
            for place, folders, names in os.walk(tree)
            if not place.startswith(tree + "/DEBIAN")
            for each in [*folders, *names]
            if each != "DEBIAN"
        )

    def empty(self, kind: str, name: str, version: str = NEW, **fields: str) -> None:
        """Make a package with nothing but a line of documentation in it."""
        tree = "{}/{}".format(WORK, name)
        put("{}/usr/share/doc/{}/README".format(tree, name), "Part of a lab's machine.\n")
        self.make(kind, name, version, tree, {key.capitalize(): v for key, v in fields.items()})


def moved_packages(packages: PackageMaker, names: list[str]) -> None:
    """Make a package of what each of these brought to the base, for the machine to install."""
    versions = installed()
    for name in names:
        tree = "{}/{}".format(WORK, name)
        parts = [name, *(part for part in MERGED.get(name, ()) if part in versions)]
        for path in run("dpkg", "-L", *parts).splitlines():
            if path.startswith(UNREAD) or not (os.path.isfile(path) or os.path.islink(path)):
                continue
            os.makedirs(tree + os.path.dirname(path), exist_ok=True)
            shutil.copy2(path, tree + path, follow_symlinks=False)
        if name == "ca-certificates":
            trust(tree)
        elif name not in MOVED:
            scripts(name, mkdirs(tree + "/DEBIAN"))
        form = "${Depends}, ${Pre-Depends}"
        wants = run("dpkg-query", "-W", "-f", form, name).replace("|", ",").split(",")
        needs = sorted({each.split()[0].partition(":")[0] for each in wants if each.strip()})
        depends = ", ".join(each for each in needs if each in names)
        os.makedirs(tree, exist_ok=True)
        version = versions[name].rpartition(":")[2]
        packages.make("distribution", name, version, tree, {"Depends": depends})


def scripts(name: str, folder: str) -> None:
    """Copy what a package does when it is installed; of ours it is known to be nothing here."""
    for path in glob.glob("/var/lib/dpkg/info/{}*".format(glob.escape(name))):
        owner, _, kind = os.path.basename(path).rpartition(".")
        if owner.partition(":")[0] == name and kind in SCRIPTS:
            shutil.copy2(path, "{}/{}".format(folder, kind))


def trust(tree: str) -> None:
    """Put the test authority where the trust store of a machine is."""
    shutil.copy2(HOME + "/authority.pem", mkdirs(tree + "/etc/ssl/certs") + "/ca-certificates.crt")


def own_packages(packages: PackageMaker, present: Iterable[str]) -> None:
    """Make Docker's packages, and those of the distribution that only have to be there."""
    for name in (*EMPTY, *GONE):
        if name not in present or name in GONE:
            packages.empty("distribution", name, recommends=RECOMMENDED.get(name, ""))
    for name, other in RENAMED.items():
        if name not in present:
            packages.empty("distribution", name, depends=other)
    engine("docker.io")
    client("docker.io")
    packages.empty("distribution", "docker.io", "26.1.3", depends="containerd, runc")
    put(WORK + "/software-properties-common/usr/bin/add-apt-repository", REPOSITORY_TOOL, 0o755)
    packages.empty("distribution", "software-properties-common")
    # What docker-ce needs of the distribution's, also for who has removed the distribution's list.
    packages.empty("docker", "iptables")
    engine("docker-ce")
    client("docker-ce-cli")
    for name in ("buildx", "compose"):
        text = PLUGIN.format(title=name.capitalize(), version="v2.36.2")
        place = "{0}/docker-{1}-plugin/usr/libexec/docker/cli-plugins/docker-{1}"
        put(place.format(WORK, name), text, 0o755)
    for name, depends in DOCKER.items():
        conflicts = {"docker-ce": "docker.io", "containerd.io": "containerd, runc"}.get(name, "")
        packages.empty("docker", name, DOCKER_VERSION, depends=depends, conflicts=conflicts)


def engine(name: str) -> None:
    """Give a package what an engine brings: its group and its service."""
    put("{}/{}/DEBIAN/postinst".format(WORK, name), GROUP_SCRIPT, 0o755)
    put("{}/{}/etc/init.d/docker".format(WORK, name), INIT_SCRIPT, 0o755)


def client(name: str) -> None:
    """Give a package the command line; the program itself is too large to be in it."""
    folder = mkdirs("{}/{}/usr/bin".format(WORK, name))
    os.symlink(HOME + "/docker", folder + "/docker")
