"""What every kind of fact is made of."""

from enum import StrEnum
from typing import Literal

from grader.core.models import Frozen


class Fault(StrEnum):
    """Whose doing it is that something could not be observed.

    Nobody's is what was not looked at on purpose: it waits, as what a person marks does.
    """

    STUDENT = "student"
    ENGINE = "engine"
    NOBODY = "nobody"


class Place(Frozen):
    """A line of a submitted file; `line` counts from 1."""

    file: str
    line: int | None = None


class NotSeen(Frozen):
    """Why there is nothing to judge: in words for a person, with the evidence behind them."""

    kind: Literal["not-seen"] = "not-seen"
    fault: Fault
    why: str
    hint: str = ""
    place: Place | None = None
    evidence: str = ""
