"""What facts say of an observation that was not made because this run has no Docker engine."""

from collections.abc import Mapping

from grader.facts import Fault, NotSeen

NO_ENGINE_HERE = NotSeen(
    fault=Fault.NOBODY,
    why="This run had no Docker engine: nothing was built or started, and no point is lost by it.",
)


def first_lost(found: Mapping[str, NotSeen]) -> NotSeen:
    """Return the first reason in `found` that is the student's fault, NO_ENGINE_HERE without one.

    `found` are, by name, the images and files that an observation needs and why each is missing.
    """
    theirs = (lost for lost in found.values() if lost.fault is Fault.STUDENT)
    return next(theirs, NO_ENGINE_HERE)
