"""Where a machine's image keeps what it is made of, and how commands and files are made there."""

from __future__ import annotations

import os
import subprocess
import sys

HOME = "/usr/lib/machine"
ARCHIVE = HOME + "/archive"
WORK = "/tmp/setup"


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


def mkdirs(path: str) -> str:
    """Make a directory and return it."""
    os.makedirs(path, exist_ok=True)
    return path
