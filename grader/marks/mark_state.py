"""Whether a mark still counts: for this answer, by this rubric."""

from dataclasses import dataclass
from enum import StrEnum

from grader.marks.mark_history import Mark


class MarkState(StrEnum):
    """What an answer's mark is worth now: there is none, or it does not count, or it does."""

    WAITING = "waiting"
    STALE = "stale"
    DOUBTFUL = "doubtful"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class MarkFinding:
    """The state of a mark, and in words what speaks against it: empty where nothing does.

    A `STALE` mark does not count until somebody confirms or changes it. A `DOUBTFUL` one counts,
    but a person should look at it again.
    """

    state: MarkState
    why: str = ""


def state_of_mark(mark: Mark | None, *, answer: str, points: int, rubric: str) -> MarkFinding:
    """Return how `mark` stands to an answer of that digest to a question worth `points`.

    `rubric` is the digest of today's rubric, empty where it is not at hand: then nothing is said
    about it.
    """
    if mark is None or mark.points is None:
        return MarkFinding(MarkState.WAITING)
    given = f"{mark.by} gave {mark.text()} on {mark.when[:10]}"
    if mark.answer != answer:
        return MarkFinding(MarkState.STALE, f"the answer has changed since {given}")
    if not mark.fits(points):
        return MarkFinding(MarkState.STALE, f"the question is worth {points} now, and {given}")
    if mark.of != points:
        return MarkFinding(MarkState.DOUBTFUL, f"the question is worth {points} now, and {given}")
    if rubric and mark.rubric and mark.rubric != rubric:
        return MarkFinding(MarkState.DOUBTFUL, f"the rubric has changed since {given}")
    return MarkFinding(MarkState.MARKED)
