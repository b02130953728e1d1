"""Turns a base with the real programs in it into a machine that lacks them until it installs them.

Runs once, as root, while the image is built, without a network. Moves curl, gpg, the trust store
and their kin out of the base and into small packages; signs an archive of the distribution's and
one of Docker's; makes the test authority that vouches for https://download.docker.com. What it
leaves in `HOME` is read by the agent when a machine starts, and is gone when a script does.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import sys

import docker_key
from image_archives import authority, describe, signing_key
from image_files import HOME, WORK, installed, mkdirs, put, run
from image_packages import GONE, MOVED, PackageMaker, moved_packages, own_packages
from image_programs import replace_programs

STATUS = "/var/lib/dpkg/status"
MARKED_AUTOMATIC = "/var/lib/apt/extended_states"
# mmdebstrap leaves its options to apt in what it makes; a machine has apt's own.
OF_THE_STANDIN = "/etc/apt/apt.conf.d/99mmdebstrap"
APT = """Acquire::Retries "0";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Languages "none";
"""


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
    if os.path.exists(OF_THE_STANDIN):
        os.unlink(OF_THE_STANDIN)
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
    signing_key("docker", "Docker Release (CE deb) <docker@docker.com>", docker_key.PACKETS)
    replace_programs()
    packages = PackageMaker()
    moved_packages(packages, names)
    own_packages(packages, present)
    for kind in packages.told:
        describe(kind, packages)
    put(HOME + "/packages.json", json.dumps(packages.files))
    clean([*names, *(name for name in GONE if name in present)])


if __name__ == "__main__":
    main()
