"""Takes a run's containers away when the grader itself is killed and cannot.

A child process holds the end of a pipe. The kernel closes the other end however the grader dies;
without a word on it, the child removes what carries the run's label. It is in a session of its
own, so Ctrl-C on the terminal does not reach it, and it loads nothing before it has to. What it
does is added to the file of --log, where there is one.
"""

import contextlib
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.core.logs import listen, log_file, short, working_on

_CHILD = """
import sys
run_id, log, *sys.path = sys.argv[1:]
if not sys.stdin.buffer.read(1):
    from grader.engine.reaper import reap
    reap(run_id, log)
"""
_log = logging.getLogger(__name__)
_PAUSE = 1.0
_PATIENCE = 900.0  # seconds that an engine which is away is waited for
_CLEAN = 3  # looks in a row that have to find nothing: a call may have been under way
_BYE = 5.0


@contextlib.contextmanager
def reaper(run_id: str) -> Iterator[Callable[[], None]]:
    """Have a child that cleans up after this process, should it not come to do so itself.

    Yields what sends the child away: to be called when nothing of the run is left. Where it was not
    called by the end of the block, as with an engine that is away then, the child stays and waits
    for the engine.
    """
    here = str(Path(__file__).parent.parent.parent)
    command = [sys.executable, "-S", "-c", _CHILD, run_id, str(log_file() or ""), here, *sys.path]
    child = subprocess.Popen(  # noqa: S603 - ourselves
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _log.debug("process %d takes run %s away, should this one be killed", child.pid, run_id)

    def dismiss() -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            child.communicate(b".", timeout=_BYE)
            _log.debug("process %d was sent away: nothing of run %s is left", child.pid, run_id)

    try:
        yield dismiss
    finally:
        if child.stdin is not None and not child.stdin.closed:
            child.stdin.close()
        if child.poll() is None:
            child.returncode = 0  # it outlives us; nobody is to be warned of that
            _log.info("process %d takes away what run %s left", child.pid, run_id)


def reap(run_id: str, log: str = "") -> None:
    """Remove what a run that was killed left on the engine.

    What is done is added to the file `log`, if it is given and can be written.
    """
    with contextlib.suppress(OSError):
        listen(file=Path(log) if log else None)
    with working_on(run=run_id):
        _reap(run_id)


def _reap(run_id: str) -> None:
    from grader.core.errors import EngineError  # noqa: PLC0415
    from grader.engine.docker import connect  # noqa: PLC0415 - only a child that has work loads it
    from grader.engine.housekeeping import sweep  # noqa: PLC0415
    from grader.engine.locks import forget_run  # noqa: PLC0415

    ends, clean = time.monotonic() + _PATIENCE, 0
    while clean < _CLEAN and time.monotonic() < ends:
        try:
            engine = connect()
            gone, stuck = sweep(engine, lambda label: label == run_id)
            for entry in gone:
                _log.info("removed %s %s of a run that ended early", entry.kind, short(entry.id))
            clean = 0 if gone or stuck else clean + 1
            engine.close()
        except EngineError as error:
            _log.info("waiting for the engine: %s", error)
        time.sleep(_PAUSE)
    if clean < _CLEAN:
        _log.warning("gave up after %.0f s; `grader clean` removes what is left", _PATIENCE)
    forget_run(run_id)
