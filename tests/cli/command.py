"""The command line in this process: starting one takes longer than most of what is tested."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from grader.cli.main import main


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(*args: object, cwd: Path, env: Mapping[str, str], said: str = "") -> Done:
    """Run `grader ARGS` as a process of its own would, in that folder and environment.

    `said` is what a person types. Use a real process where its own memory, signals or streams
    matter.
    """
    out, err = io.StringIO(newline=""), io.StringIO()
    words = ["grader", *map(str, args)]
    before = signal.getsignal(signal.SIGTERM)
    with (
        mock.patch.dict(os.environ, env, clear=True),
        mock.patch.object(sys, "argv", words),
        mock.patch.object(sys, "stdin", io.StringIO(said)),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        finally:
            signal.signal(signal.SIGTERM, before)
    return Done(code, out.getvalue(), err.getvalue())
