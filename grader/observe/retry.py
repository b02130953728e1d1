"""Repeats what an engine failed at, so that its faults do not become a student's."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from grader.core.errors import EngineAway, EngineFault, EngineRefusal
from grader.core.logs import working_on
from grader.facts import Fault, NotSeen
from grader.observe.session import Session

_log = logging.getLogger(__name__)

TRIES = 3
_MOST_TRIES = 12  # those that fell into an outage of the engine included
_RETRY_PAUSE = 0.5  # seconds
_OUTAGE_PAUSE = 2.0

T = TypeVar("T")


def attempt(session: Session, action: Callable[[], T]) -> T | NotSeen:
    """Return the value of `action`, which is called again when the engine fails in it.

    After `TRIES` failures, or when the run is cancelled, the answer is a NotSeen whose fault is
    the engine's: the checks that need it are not graded, and no point is lost. A try that fell
    into an outage is not counted; it is made again once the engine is back. Raises
    EngineUnavailable when the engine stays away for longer than the session's patience.
    """
    problem, tries = "the grading was interrupted", 0
    for number in range(1, _MOST_TRIES + 1):
        if session.cancelled.is_set() or tries == TRIES:
            break
        begin = time.monotonic()
        try:
            with working_on(attempt=number):
                return action()
        except (EngineFault, EngineRefusal) as error:
            problem = str(error)
            away = isinstance(error, EngineAway)
            _log.warning("attempt %d: %s: %s", number, type(error).__name__, problem)
            if away:  # on connections that are open, an engine that stops still answers for a while
                session.cancelled.wait(_OUTAGE_PAUSE)
            if not session.engine.recover(begin, session.patience, session.cancelled) and not away:
                tries += 1
                session.cancelled.wait(_RETRY_PAUSE)
    _log.error("given up after %d tries that count: %s", tries, problem)
    return NotSeen(fault=Fault.ENGINE, why=f"The engine failed {TRIES} times: {problem}")
