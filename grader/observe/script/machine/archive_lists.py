"""The packages of a machine's archives with their lists, made and signed for this machine alone.

Every package carries a seal: a file with a random word in it that dpkg puts beside its own when it
unpacks the package. The word is another on every machine, so a machine that has it has unpacked
what was served there; one on which dpkg's list alone says so has not.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from typing import Any

import openpgp
from machine_files import installed, read, text

SEAL = "seal"  # the file's name behind the package's
SEAL_BYTES = 32
PLACE = "/var/lib/dpkg/info/{}." + SEAL
DPKG_LOG, APT_LOG = "/var/log/dpkg.log", "/var/log/apt/history.log"
COMPONENTS = {
    "distribution": ("main", "restricted", "universe", "multiverse", "contrib", "non-free",
                     "non-free-firmware"),
    "docker": ("stable", "test", "nightly", "edge"),
}  # fmt: skip
ARCHITECTURES = ("all", "amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")
# The archives by name, with the pools whose packages each lists; the first one's key signs.
TREES = {
    "distribution": ("distribution",),
    "docker": ("docker",),
    "everything": ("distribution", "docker"),
}


class Lists:
    """What a machine's archives hold; made from a folder that image_archives.py has filled."""

    def __init__(self, folder: str) -> None:
        self.packages: dict[str, dict[str, bytes]] = {}
        self.seals: dict[str, set[bytes]] = {}
        self.keys: dict[str, openpgp.Secret] = {}
        self.signed: dict[str, bytes] = {}
        paragraphs: dict[str, str] = {}
        for kind in COMPONENTS:
            with open("{}/{}.json".format(folder, kind), encoding="utf-8") as file:
                about = json.load(file)
            self.keys[kind] = about["key"]
            self.packages[kind] = {}
            told = []
            for name, entry in about["packages"].items():
                content = self.sealed(os.path.join(folder, kind, name), entry)
                self.packages[kind][name] = content
                told.append("{}Filename: pool/{}\nSize: {}\nSHA256: {}\n".format(
                    entry["paragraph"], name, len(content), hashlib.sha256(content).hexdigest()
                ))  # fmt: skip
            paragraphs[kind] = "\n".join(told)
        self.texts = {
            tree: "\n".join(paragraphs[kind] for kind in kinds).encode()
            for tree, kinds in TREES.items()
        }

    def sealed(self, path: str, entry: dict[str, Any]) -> bytes:
        """Return a package with a word of this machine's in it."""
        word = secrets.token_hex(SEAL_BYTES // 2).encode()
        self.seals.setdefault(entry["name"], set()).add(word)
        with open(path, "rb") as file:
            content = file.read()
        return content[: entry["seal"]] + word + content[entry["seal"] + SEAL_BYTES :]

    def look(self, tree: str, suite: str, rest: str) -> bytes | None:
        """Return a list of an archive for one suite, or what signs its lists; None for others."""
        if rest == "InRelease":
            return self.in_release(tree, suite)
        component, _, name = rest.partition("/")
        kind = TREES[tree][0]
        known = {"binary-{}/Packages".format(architecture) for architecture in ARCHITECTURES}
        if component not in COMPONENTS[kind] or name not in known:
            return None
        return self.listed(tree, component)

    def listed(self, tree: str, component: str) -> bytes:
        """Return the packages of a component: all of them, or none."""
        full = (COMPONENTS[TREES[tree][0]][0], "test")
        return self.texts[tree] if component in full else b""

    def in_release(self, tree: str, suite: str) -> bytes:
        """Return the signed list of a suite's lists."""
        name = "{}/{}".format(tree, suite)
        if name not in self.signed:
            kind = TREES[tree][0]
            rows: list[str] = []
            for component in COMPONENTS[kind]:
                content = self.listed(tree, component)
                digest = hashlib.sha256(content).hexdigest()
                rows += [
                    " {} {} {}/binary-{}/Packages".format(digest, len(content), component, each)
                    for each in ARCHITECTURES
                ]
            now = time.time()
            text = "\n".join([
                "Origin: " + kind.capitalize(), "Label: " + kind.capitalize(), "Suite: " + suite,
                "Codename: " + suite.partition("-")[0],
                time.strftime("Date: %a, %d %b %Y %H:%M:%S UTC", time.gmtime(now)),
                "Architectures: " + " ".join(ARCHITECTURES),
                "Components: " + " ".join(COMPONENTS[kind]), "SHA256:", *rows, "",
            ])  # fmt: skip
            self.signed[name] = openpgp.clear_signed(text, self.keys[kind], int(now))
        return self.signed[name]

    def unpacked(self, name: str) -> bool:
        """Return whether dpkg has unpacked a package that was served here."""
        return read(PLACE.format(name), 2 * SEAL_BYTES) in self.seals.get(name, ())


class Installed:
    """Which packages are installed, by what no script can write down without installing them."""

    def __init__(self, lists: Lists, fetched: set[str]) -> None:
        self.lists = lists
        self.fetched = fetched
        self.before = installed()

    def proven(self) -> set[str]:
        """Return the packages that were fetched here, unpacked, and are installed."""
        return {name for name in installed() & self.fetched if self.lists.unpacked(name)}

    def doubts(self, *, by_hand: bool) -> list[dict[str, str]]:
        """Return of which packages the machine's records disagree, with what is lacking.

        With `by_hand` the script called dpkg itself, of which apt's log knows nothing.
        """
        proven, found = self.proven(), []
        for name in sorted(installed() - self.before - proven)[:20]:
            lacks = "unpacked" if name in self.fetched else "fetched"
            found.append({"package": name[:60], "lacks": lacks})
        logs = [text(DPKG_LOG)] + ([] if by_hand else [text(APT_LOG)])
        for name in sorted(proven - self.before):
            if not all(" {}:".format(name) in log for log in logs):
                found.append({"package": name, "lacks": "logged"})
        return found
