"""What every kind of fact is made of."""

from enum import StrEnum
from typing import Literal

from grader.frozen import Frozen


class Fault(StrEnum):
    """Whose doing it is that something could not be observed."""

    STUDENT = "student"
    ENGINE = "engine"


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
