"""Graders of one machine know each other, whoever runs them and wherever TMPDIR is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.engine.locks import forget_run, hold_run, is_alive

_ASK = "from grader.engine.locks import is_alive; import sys; sys.exit(not is_alive(sys.argv[1]))"
ROOT = Path(__file__).resolve().parents[2]


def _seen_from_elsewhere(run: str, folder: Path) -> bool:
    """Return whether another process, with another TMPDIR, takes it for alive."""
    asked = subprocess.run(
        [sys.executable, "-c", _ASK, run],
        env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return asked.returncode == 0


def test_a_live_run_is_alive_for_everybody(tmp_path: Path) -> None:
    """Also where TMPDIR is somebody's own."""
    run = f"test-{os.getpid()}"
    with hold_run(run):
        assert _seen_from_elsewhere(run, tmp_path)
    assert not is_alive(run)


@pytest.mark.skipif(os.geteuid() != 0, reason="makes a file of another user's")
def test_another_users_lock_can_be_asked(tmp_path: Path) -> None:
    """Linux refuses to open it with O_CREAT in a sticky folder."""
    from grader.engine import locks  # noqa: PLC0415 - its folder is asked for

    run = f"test-other-{os.getpid()}"
    with hold_run(run):
        path = locks._FOLDER / run
        os.chown(path, 65534, 65534)
        assert is_alive(run)
        assert _seen_from_elsewhere(run, tmp_path)
    forget_run(run)
