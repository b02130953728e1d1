"""A runner of workflows, as far as ours need one: `run:` steps in order, in a clean folder."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Ran:
    """One step: its exit code, what it printed, its outputs, and its part of the summary."""

    name: str
    code: int
    printed: str
    outputs: Mapping[str, str]
    summary: str


def run_steps(
    steps: list[dict[str, Any]],
    checkout: Path,
    temporary: Path,
    *,
    expressions: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> list[Ran]:
    """Run the steps that have a `run:`; `uses:` is passed over, as is all after a failure.

    `expressions` are the values of `${{ … }}` in a step's environment. PATH begins with this
    Python's folder, as it does after actions/setup-python.
    """
    done: list[Ran] = []
    for number, step in enumerate(step for step in steps if "run" in step):
        if done and done[-1].code != 0:
            break
        folder = temporary / str(number)
        folder.mkdir(parents=True)
        output, summary, script = (folder / name for name in ("output", "summary", "script"))
        output.touch()
        summary.touch()
        script.write_text(step["run"])
        own = {key: _value(text, expressions or {}) for key, text in step.get("env", {}).items()}
        shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        process = subprocess.run(
            shell,
            check=False,
            cwd=checkout,
            capture_output=True,
            text=True,
            timeout=800,
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(temporary),
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_WORKSPACE": str(checkout),
                **{k: v for k, v in os.environ.items() if k.startswith(("DOCKER_", "PIP_"))},
                **own,
                **(env or {}),
            },
        )
        printed = process.stdout + process.stderr
        name = step.get("name", "")
        done.append(Ran(name, process.returncode, printed, _outputs(output), summary.read_text()))
    return done


def _value(text: str, expressions: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: expressions[found[1]], text)


def _outputs(path: Path) -> dict[str, str]:
    """Return a step's outputs; only lines of the form NAME=VALUE are ours to write."""
    pairs = [line.partition("=") for line in path.read_text().splitlines()]
    return {name: value for name, _, value in pairs}
