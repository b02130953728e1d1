"""What is said of an observation that was not made: by a run without an engine, or for a cause."""

from collections.abc import Mapping

from grader.facts import Fault, NotSeen

NO_ENGINE_HERE = NotSeen(
    fault=Fault.NOBODY,
    why="This run had no Docker engine: nothing was built or started, and no point is lost by it.",
)


def first_lost(found: Mapping[str, NotSeen]) -> NotSeen:
    """Return the first of `found` that is the student's fault; without one, no engine was there.

    `found` says of each image or file that an observation needs why it is not there, by name.
    """
    theirs = (lost for lost in found.values() if lost.fault is Fault.STUDENT)
    return next(theirs, NO_ENGINE_HERE)
