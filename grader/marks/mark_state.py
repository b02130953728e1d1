"""Whether a mark still counts: for this answer, by this rubric."""

from dataclasses import dataclass
from enum import StrEnum

from grader.marks.mark_history import Mark


class Standing(StrEnum):
    """How an answer and its mark stand to each other."""

    WAITING = "waiting"
    STALE = "stale"
    DOUBTFUL = "doubtful"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A standing, and in words what speaks against the mark: empty where nothing does.

    A `STALE` mark does not count until somebody confirms or changes it. A `DOUBTFUL` one counts,
    but a person should look at it again.
    """

    standing: Standing
    why: str = ""


def rule(mark: Mark | None, *, answer: str, points: int, rubric: str) -> Ruling:
    """Return how `mark` stands to an answer of that digest to a question worth `points`.

    `rubric` is the digest of today's rubric, empty where it is not at hand: then nothing is said
    about it.
    """
    if mark is None or mark.points is None:
        return Ruling(Standing.WAITING)
    given = f"{mark.by} gave {mark.told()} on {mark.when[:10]}"
    if mark.answer != answer:
        return Ruling(Standing.STALE, f"the answer has changed since {given}")
    if not mark.fits(points):
        return Ruling(Standing.STALE, f"the question is worth {points} now, and {given}")
    if mark.of != points:
        return Ruling(Standing.DOUBTFUL, f"the question is worth {points} now, and {given}")
    if rubric and mark.rubric and mark.rubric != rubric:
        return Ruling(Standing.DOUBTFUL, f"the rubric has changed since {given}")
    return Ruling(Standing.MARKED)
