"""Locks between processes: one holder, given back however its holder ends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.core.file_lock import lock, locked, opened

HOLDER = """
import sys
from pathlib import Path
from grader.core.file_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _another_holds(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the lock until its input is closed."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_a_lock_that_another_process_holds_is_refused_and_free_once_that_is_killed(
    tmp_path: Path,
) -> None:
    """The kernel gives it back: nobody has to clean up behind a crash."""
    path = tmp_path / "lock"
    with _another_holds(path) as holder:
        with pytest.raises(BlockingIOError), locked(path, wait=False):
            pytest.fail("two hold it")
        holder.kill()
        holder.wait()
        with locked(path, wait=False):
            pass


def test_two_openings_in_one_process_keep_each_other_out(tmp_path: Path) -> None:
    """Threads are kept apart, too."""
    path = tmp_path / "lock"
    with locked(path), pytest.raises(BlockingIOError), locked(path, wait=False):
        pytest.fail("two hold it")
    with locked(path, wait=False):
        pass


def test_shared_locks_go_together_and_keep_an_exclusive_one_out(tmp_path: Path) -> None:
    """Many may use what nobody may remove meanwhile."""
    path, flags = tmp_path / "lock", os.O_RDONLY | os.O_CREAT
    with opened(path, flags) as one, opened(path, flags) as two, opened(path, flags) as three:
        assert lock(one, shared=True, wait=False)
        assert lock(two, shared=True, wait=False)
        assert not lock(three, wait=False)
