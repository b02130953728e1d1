"""Turns a base with the real programs in it into a machine that lacks them until it installs them.

Runs once, as root, while the image is built, without a network. Moves curl, gpg, the trust store
and their kin out of the base and into small packages; signs an archive of the distribution's and
one of Docker's; makes the test authority that vouches for https://download.docker.com. What it
leaves in `HOME` is read by the agent when a machine starts, and is gone when a script does.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

HOME = "/usr/lib/machine"
ARCHIVE = HOME + "/archive"
WORK = "/tmp/setup"
# Out of the base and into packages: what a fresh machine has not got.
MOVED = ("curl", "wget", "ca-certificates", "openssl", "gnupg", "gnupg2", "gpg")
# Out of the base as well, their programs into gpg's package: each package takes a tenth of a
# second to install, and dpkg unpacks them in nearly every run.
MERGED = {"gpg": ("gpgconf", "gpg-agent", "keyboxd")}
GONE = (
    "gpgsm", "dirmngr", "gnupg-utils", "gnupg-l10n", "gpg-wks-client", "gpg-wks-server",
    "pinentry-curses", *MERGED["gpg"],
)  # fmt: skip
# Of what is moved, nobody on a machine reads these.
UNREAD = ("/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/usr/share/ca-certificates")
# Names that scripts ask for and whose programs no lab needs: packages with nothing in them.
EMPTY = (
    "apt-transport-https", "gnupg1", "git", "jq", "vim", "nano", "unzip", "zip", "net-tools",
    "iputils-ping", "build-essential", "uidmap", "python3-pip", "bash-completion", "containerd",
    "runc", "docker-doc", "docker-compose", "docker-compose-v2", "podman-docker", "apparmor",
    "cgroupfs-mount", "tree", "htop", "rsync", "ufw", "dnsutils", "make", "gcc", "iptables",
    "pigz", "libltdl7", "slirp4netns", "dbus-user-session", "fuse-overlayfs", "xz-utils",
)  # fmt: skip
NEVER = "never"
RELEASES = ("focal", "jammy", "noble", "bullseye", "bookworm", "trixie")
POCKETS = ("", "-updates", "-security", "-backports")
COMPONENTS = {
    "distribution": ("main", "restricted", "universe", "multiverse", "contrib", "non-free",
                     "non-free-firmware"),
    "docker": ("stable", "test", "nightly", "edge"),
}  # fmt: skip
ARCHITECTURES = ("all", "amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")
# Docker's packages, with what each depends on and recommends. The two plugins are recommended by
# the real docker-ce-cli; here they are not, since naming all five packages is the lab's task.
DOCKER = {
    "docker-ce": ("docker-ce-cli, containerd.io, iptables", ""),
    "docker-ce-cli": ("", ""),
    "containerd.io": ("", ""),
    "docker-buildx-plugin": ("", ""),
    "docker-compose-plugin": ("", ""),
    "docker-ce-rootless-extras": ("", ""),
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
# There is no init in a container; nothing in the labs needs more of systemd than these answers.
SYSTEMCTL = """#!/bin/sh
verb= unit=
for word in "$@"; do
  case "$word" in
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else unit=$word; fi ;;
  esac
done
case "$unit" in
  docker*|containerd*)
    if [ ! -S /run/docker.sock ]; then
      case "$verb" in
        is-active) echo inactive; exit 3 ;;
        status) echo "Unit $unit could not be found." >&2; exit 4 ;;
        *) echo "Unit $unit could not be found." >&2; exit 5 ;;
      esac
    fi ;;
esac
case "$verb" in
  is-active) echo active ;;
  is-enabled) echo enabled ;;
  status) echo "   Active: active (running)" ;;
esac
exit 0
"""
REBOOT = "#!/bin/sh\n[ \"$(id -u)\" = 0 ] || { echo 'Must be root.' >&2; exit 1; }\nexit 0\n"
# A twentieth of the time: a script's runs are short.
SLEEP = """#!/bin/sh
for word in "$@"; do
  case "$word" in
    *[!0-9.smhd]*|"") exec /usr/lib/machine/sleep "$@" ;;
  esac
done
[ $# -gt 0 ] || exec /usr/lib/machine/sleep
exec /usr/lib/machine/sleep "$(printf '%s\\n' "$@" | awk '
  { unit = $0; gsub(/[0-9.]/, "", unit); scale = 1
    if (unit == "m") scale = 60; if (unit == "h") scale = 3600; if (unit == "d") scale = 86400
    sum += $0 * scale }
  END { printf "%.3f", sum / 20 }')"
"""
STATUS = "/var/lib/dpkg/status"
MARKED_AUTOMATIC = "/var/lib/apt/extended_states"
APT = """Acquire::Retries "0";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Languages "none";
"""


def run(*command: str, given: str = "") -> str:
    """Run a command to its end and return what it printed; it must succeed."""
    done = subprocess.run(  # noqa: S603 - our own commands, at the image's build
        command, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit("{} failed: {}".format(" ".join(command)[:200], done.stderr[-500:]))
    return done.stdout


def put(path: str, text: str, mode: int = 0o644) -> None:
    """Write a file, its folders with it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.islink(path):
        os.unlink(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def installed() -> dict[str, str]:
    """Return version by name of every installed package."""
    form = "${db:Status-Status} ${Package} ${Version}\n"
    rows = [line.split() for line in run("dpkg-query", "-W", "-f", form).splitlines()]
    return {row[1]: row[2] for row in rows if row[0] == "installed"}


class Packages:
    """Makes packages and remembers what is in each."""

    def __init__(self) -> None:
        self.files: dict[str, list[str]] = {}

    def make(self, kind: str, name: str, version: str, tree: str, fields: dict[str, str]) -> None:
        """Make one package of all that lies in a folder."""
        control = {
            "Package": name, "Version": version, "Architecture": "all", "Section": "admin",
            "Maintainer": "Machine <machine@localhost>", "Description": name, **fields,
        }  # fmt: skip
        text = "".join("{}: {}\n".format(key, value) for key, value in control.items() if value)
        put(tree + "/DEBIAN/control", text)
        target = "{}/{}/pool/{}_{}_all.deb".format(ARCHIVE, kind, name, version)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        run("dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, target)
        self.files[name] = sorted(
            "/" + os.path.relpath(os.path.join(place, each), tree)
            for place, folders, names in os.walk(tree)
            if not place.startswith(tree + "/DEBIAN")
            for each in [*folders, *names]
            if each != "DEBIAN"
        )

    def empty(self, kind: str, name: str, version: str = "1.0", **fields: str) -> None:
        """Make a package with nothing but a line of documentation in it."""
        tree = "{}/{}".format(WORK, name)
        put("{}/usr/share/doc/{}/README".format(tree, name), "Part of a lab's machine.\n")
        self.make(kind, name, version, tree, {key.capitalize(): v for key, v in fields.items()})


def moved_packages(packages: Packages, names: list[str]) -> None:
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
        form = "${Depends}, ${Pre-Depends}"
        wants = run("dpkg-query", "-W", "-f", form, name).replace("|", ",").split(",")
        needs = sorted({each.split()[0].partition(":")[0] for each in wants if each.strip()})
        depends = ", ".join(each for each in needs if each in names)
        os.makedirs(tree, exist_ok=True)
        version = versions[name].rpartition(":")[2]
        packages.make("distribution", name, version, tree, {"Depends": depends})


def trust(tree: str) -> None:
    """Put the test authority where the trust store of a machine is."""
    shutil.copy2(HOME + "/authority.pem", mkdirs(tree + "/etc/ssl/certs") + "/ca-certificates.crt")


def mkdirs(path: str) -> str:
    """Make a directory and return it."""
    os.makedirs(path, exist_ok=True)
    return path


def own_packages(packages: Packages, present: set[str]) -> None:
    """Make Docker's packages, and those of the distribution that only have to be there."""
    for name in (*EMPTY, *GONE):
        if name not in present or name in GONE:
            packages.empty("distribution", name)
    packages.empty("distribution", "docker.io", "26.1.3", depends="containerd, runc")
    extend(packages, "docker.io", engine=True, client=True)
    packages.empty("distribution", "software-properties-common")
    put(WORK + "/software-properties-common/usr/bin/add-apt-repository", REPOSITORY_TOOL, 0o755)
    again(packages, "distribution", "software-properties-common", "1.0")
    # What docker-ce needs of the distribution's, also for who has removed the distribution's list.
    packages.empty("docker", "iptables")
    for name, (depends, recommends) in DOCKER.items():
        packages.empty(
            "docker", name, DOCKER_VERSION, depends=depends, recommends=recommends,
            conflicts={"docker-ce": "docker.io", "containerd.io": "containerd, runc"}.get(name, ""),
        )  # fmt: skip
        extend(packages, name, engine=name == "docker-ce", client=name == "docker-ce-cli")


def extend(packages: Packages, name: str, *, engine: bool, client: bool) -> None:
    """Add to one of the packages of Docker's what it really brings."""
    tree = "{}/{}".format(WORK, name)
    if client:
        os.makedirs(tree + "/usr/bin", exist_ok=True)
        os.symlink(HOME + "/docker", tree + "/usr/bin/docker")
    if engine:
        put(tree + "/DEBIAN/postinst", GROUP_SCRIPT, 0o755)
        put(tree + "/etc/init.d/docker", INIT_SCRIPT, 0o755)
    if name.endswith("-plugin"):
        short = name.split("-")[1]
        text = PLUGIN.format(title=short.capitalize(), version="v2.36.2")
        put("{}/usr/libexec/docker/cli-plugins/docker-{}".format(tree, short), text, 0o755)
    if name == "docker.io":
        again(packages, "distribution", name, "26.1.3", "containerd, runc")
    else:
        depends, recommends = DOCKER[name]
        again(packages, "docker", name, DOCKER_VERSION, depends, recommends)


def again(
    packages: Packages, kind: str, name: str, version: str, depends: str = "", recommends: str = ""
) -> None:
    """Make a package anew after something was added to its folder."""
    conflicts = {"docker-ce": "docker.io", "containerd.io": "containerd, runc"}.get(name, "")
    fields = {"Depends": depends, "Recommends": recommends, "Conflicts": conflicts}
    packages.make(kind, name, version, "{}/{}".format(WORK, name), fields)


# --- keys, certificates, lists ---------------------------------------------------------------


def authority() -> None:
    """Make the authority that every machine with ca-certificates trusts, and its one server."""
    key, cert = HOME + "/authority.key", HOME + "/authority.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7300", "-subj",
        "/CN=Machine authority", "-keyout", key, "-out", cert)  # fmt: skip
    request = HOME + "/server.csr"
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=download.docker.com",
        "-keyout", HOME + "/server.key", "-out", request)  # fmt: skip
    put(HOME + "/names", "subjectAltName=DNS:download.docker.com,DNS:*.docker.com,"
        "DNS:*.ubuntu.com,DNS:*.debian.org,DNS:*.archive.ubuntu.com\n")  # fmt: skip
    run("openssl", "x509", "-req", "-in", request, "-CA", cert, "-CAkey", key, "-CAcreateserial",
        "-days", "7300", "-extfile", HOME + "/names", "-out", HOME + "/server.pem")  # fmt: skip
    for name in ("authority.key", "server.csr", "names", "authority.srl"):
        if os.path.exists("{}/{}".format(HOME, name)):
            os.unlink("{}/{}".format(HOME, name))


def signing_key(kind: str, owner: str) -> None:
    """Make a key, and write its public half as text and as bytes."""
    gpg = ("gpg", "--batch", "--homedir", mkdirs("{}/gnupg-{}".format(WORK, kind)))
    os.chmod(gpg[3], 0o700)
    run(*gpg, "--passphrase", "", "--quick-gen-key", owner, "rsa2048", "sign", NEVER)
    run(*gpg, "--output", "{}/{}.gpg".format(HOME, kind), "--export")
    run(*gpg, "--armor", "--output", "{}/{}.asc".format(HOME, kind), "--export")


def paragraph(path: str) -> str:
    """Return what a list says of one package."""
    with open(path, "rb") as file:
        content = file.read()
    return "{}Filename: pool/{}\nSize: {}\nSHA256: {}\n".format(
        run("dpkg-deb", "-f", path), os.path.basename(path), len(content),
        hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


def lists(tree: str, kind: str, pools: list[str]) -> None:
    """Write the lists of an archive, and sign them with the key of its kind."""
    found = sorted(path for pool in pools for path in glob.glob(pool + "/*.deb"))
    everything = "\n".join(paragraph(path) for path in found)
    full = COMPONENTS[kind][0], "test"
    rows = []
    for component in COMPONENTS[kind]:
        text = everything if component in full else ""
        for architecture in ARCHITECTURES:
            name = "{}/binary-{}/Packages".format(component, architecture)
            put("{}/{}/{}".format(ARCHIVE, tree, name), text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            rows.append(" {} {} {}".format(digest, len(text.encode()), name))
    for release in RELEASES:
        for pocket in POCKETS if kind == "distribution" else ("",):
            sign(tree, kind, release, release + pocket, rows)


def sign(tree: str, kind: str, release: str, suite: str, rows: list[str]) -> None:
    """Sign the list of an archive's lists for one suite."""
    text = "\n".join([
        "Origin: " + kind.capitalize(), "Label: " + kind.capitalize(), "Suite: " + suite,
        "Codename: " + release, time.strftime("Date: %a, %d %b %Y %H:%M:%S UTC", time.gmtime()),
        "Architectures: " + " ".join(ARCHITECTURES), "Components: " + " ".join(COMPONENTS[kind]),
        "SHA256:", *rows, "",
    ])  # fmt: skip
    home = "{}/gnupg-{}".format(WORK, kind)
    signed = run("gpg", "--batch", "--homedir", home, "--clearsign", given=text)
    put("{}/{}/{}/InRelease".format(ARCHIVE, tree, suite), signed)


def replace_programs() -> None:
    """Put the few programs of our own where a container lacks them or has no time for them."""
    shutil.move(os.path.realpath(str(shutil.which("docker"))), HOME + "/docker")
    shutil.move(str(shutil.which("sleep")), HOME + "/sleep")
    put("/usr/bin/sleep", SLEEP, 0o755)
    for name in ("/usr/bin/systemctl", "/usr/sbin/service"):
        if os.path.lexists(name) and name.endswith("systemctl"):
            os.unlink(name)
    put("/usr/bin/systemctl", SYSTEMCTL, 0o755)
    for name in ("reboot", "shutdown", "poweroff"):
        put("/usr/sbin/" + name, REBOOT, 0o755)


def any_architecture() -> None:
    """Let dpkg's list call everything fit for any architecture, so that a machine can be of any.

    apt asks of what is installed that it is of the machine's own architecture, or of all.
    """
    own = run("dpkg", "--print-architecture").strip()
    with open(STATUS, encoding="utf-8") as file:
        lines = file.read().split("\n")
    kept = [
        "Architecture: all" if line == "Architecture: " + own else line
        for line in lines
        if line != "Multi-Arch: same"
    ]
    put(STATUS, "\n".join(kept))
    for path in glob.glob("/var/lib/dpkg/info/*:{}.*".format(own)):
        os.rename(path, path.replace(":" + own, ""))


def clean(names: list[str]) -> None:
    """Take what was moved out of the base, as if it had never been there."""
    run("dpkg", "--purge", "--force-all", *names)
    for path in (*glob.glob("/etc/ssl/certs/*"), *glob.glob("/etc/apt/trusted.gpg.d/*"),
                 *glob.glob("/etc/apt/sources.list.d/*"), *glob.glob("/var/lib/apt/lists/*"),
                 *glob.glob("/var/log/apt/*"), *glob.glob("/var/cache/apt/*.bin")):  # fmt: skip
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    shutil.rmtree("/usr/share/ca-certificates", ignore_errors=True)
    shutil.rmtree("/usr/local/share/ca-certificates", ignore_errors=True)
    any_architecture()
    put("/etc/apt/apt.conf.d/00machine", APT)
    put("/etc/dpkg/dpkg.cfg.d/machine", "force-unsafe-io\n")
    for name in ("ubuntu-archive-keyring", "debian-archive-keyring"):
        shutil.copy2(HOME + "/distribution.gpg", "/usr/share/keyrings/{}.gpg".format(name))
    shutil.copy2(HOME + "/distribution.gpg", "/etc/apt/trusted.gpg.d/archive.gpg")
    put("/var/log/dpkg.log", "")
    if os.path.exists(MARKED_AUTOMATIC):
        os.unlink(MARKED_AUTOMATIC)  # apt would go on about the libraries nobody needs any more
    shutil.rmtree(WORK)


def main() -> None:
    """Make the machine of this base; the further packages are the command's words."""
    os.umask(0o022)
    mkdirs(HOME)
    present = set(installed())
    names = [name for name in dict.fromkeys([*MOVED, *sys.argv[1:]]) if name in present]
    authority()
    signing_key("distribution", "Distribution Archive <archive@localhost>")
    signing_key("docker", "Docker Release (CE deb) <docker@docker.com>")
    replace_programs()
    packages = Packages()
    moved_packages(packages, names)
    own_packages(packages, present)
    pools = [ARCHIVE + "/distribution/pool", ARCHIVE + "/docker/pool"]
    lists("distribution", "distribution", pools[:1])
    lists("docker", "docker", pools[1:])
    lists("everything", "distribution", pools)
    put(HOME + "/packages.json", json.dumps(packages.files))
    clean([*names, *(name for name in GONE if name in present)])


if __name__ == "__main__":
    main()
