"""What some work costs, told by its own amount or beside other work of the same run.

A bound in seconds fails on a busy machine and says nothing on a fast one.
"""

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from tests.conftest import ROOT

_OURS = str(ROOT / "grader")


def steps(work: Callable[[], object]) -> int:
    """Return how many bytecode instructions of the grader's own code the work takes.

    The same number on every machine; what runs inside a library or in C is not in it.
    """
    count = 0

    def step(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return step

    def enter(frame: FrameType, _: str, __: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_OURS):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return step

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def takes_less(work: Callable[[], object], times: float, other: Callable[[], object]) -> bool:
    """Return whether some work takes less than so many times the processor time of other work.

    Both are measured now, in this thread. One of three tries is enough, so that what else the
    machine does fails nothing; the first is mostly the only one.
    """
    bound = times * _least(other)
    return any(_seconds(work) < bound for _ in range(3))


def _least(work: Callable[[], object]) -> float:
    return max(min(_seconds(work) for _ in range(3)), 0.0001)


def _seconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin
