"""What every kind of fact is made of."""

from enum import StrEnum
from typing import Literal

from grader.core.models import Frozen


class Fault(StrEnum):
    """Whose doing it is that something could not be observed: it decides what that costs.

    - `STUDENT`: what was handed in; the check fails.
    - `ENGINE`: the machine or the grader; the check is an error, and the submission not graded.
    - `NOBODY`: it was not looked at on purpose; the check waits, as one that a person marks.
    """

    STUDENT = "student"
    ENGINE = "engine"
    NOBODY = "nobody"


class Place(Frozen):
    """A line of a submitted file: its path in the lab's folder, and the line counted from 1."""

    file: str
    line: int | None = None


class NotSeen(Frozen):
    """Stands in the place of facts that are not there: there is nothing to judge.

    - `why`: a sentence for a person; `hint`: what to do about it.
    - `place`: the line of a submitted file that is the cause, where there is one.
    - `evidence`: what an engine or a build printed, several lines of visible text.
    """

    kind: Literal["not-seen"] = "not-seen"
    fault: Fault
    why: str
    hint: str = ""
    place: Place | None = None
    evidence: str = ""
