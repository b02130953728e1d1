"""Ctrl-C: answered at once, ended in order, and at the second one without any."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from grader.cli.exit_codes import EXIT_INTERRUPTED

_ENDING = "\nEnding: what was started is being taken away. Ctrl-C again leaves at once.\n"


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block at the first SIGINT or SIGTERM, and say so at once.

    The second one ends the process: the reaper takes away what is left on the engine.
    """

    def leave(_: int, __: FrameType | None) -> None:
        os._exit(EXIT_INTERRUPTED)

    def end(_: int, __: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, leave)
        # Not through Python's stream: the signal may have come in the middle of a line of it.
        with suppress(OSError):
            os.write(2, _ENDING.encode())
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
