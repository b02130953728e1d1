"""Tries a starter repository before students get it: in an empty place, as they would."""

import logging
import os
import subprocess
import tempfile
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import clip, visible
from grader.release.starter import Tree
from grader.release.starter_folder import write

# Seconds: pip fetches some thirty packages, also through a slow line.
_PATIENCE = 900
_SHOWN = 1500
# What would let the starter find a grader, or a Python, that students do not have.
_OURS = ("GRADER_", "PYTHON", "VIRTUAL_ENV")
_log = logging.getLogger(__name__)


def try_starter(tree: Tree) -> str:
    """Write a starter into an empty place, start its `./check --version`, and return what it said.

    UsageError says why the grader cannot be installed from it, in pip's own words.
    """
    with tempfile.TemporaryDirectory(prefix="grader-starter-") as parent:
        folder = Path(parent) / "a starter"
        write(folder, tree)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        try:
            done = subprocess.run(  # noqa: S603 - the release's own script
                [folder / "check", "--version"],
                cwd=parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UsageError(
                "Tried in an empty place, the starter was not ready after "
                f"{_PATIENCE // 60} minutes; nothing was written. Try again with a faster line."
            ) from error
    _log.info("./check --version ended with %d: %s", done.returncode, done.stdout.strip())
    if done.returncode or not done.stdout.startswith("grader, version "):
        said = visible(clip(done.stderr.strip(), _SHOWN), keep="\n") or "it said nothing"
        raise UsageError(
            f"Students could not use this starter: tried in an empty place, its `./check "
            f"--version` ended with {done.returncode}. Nothing was written. It said:\n{said}"
        )
    return done.stdout.strip()
