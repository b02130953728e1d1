"""One line of a gradebook: a result beside what is known of its student."""

from collections.abc import Collection
from dataclasses import dataclass

from grader.core.errors import UsageError
from grader.core.import_record import Imported, Person
from grader.core.text import shorten
from grader.core.times import Zone, parse_duration, parse_time
from grader.exports.late import Policy
from grader.result import GradeStatus, Result


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the class had to hand in, in seconds since 1970, and what being late costs.

    `zone` is the course's: of times that name none, and of the calendar that days are counted in.
    """

    due: int | None = None
    policy: Policy | None = None
    zone: Zone = None


@dataclass(frozen=True, slots=True)
class LabPoints:
    """The points of one lab; `score` is None where it was not graded, also only a part of it."""

    id: str
    score: int | None
    max_score: int
    pending: int


@dataclass(frozen=True, slots=True)
class Grade:
    """What a gradebook says of one student.

    `score` is None where it was not graded: that is no zero. `late_by` is in seconds and None
    where there is no due date or no time of submission; `penalty` is in whole points.
    """

    person: Person
    labs: tuple[LabPoints, ...] = ()
    score: int | None = None
    max_score: int = 0
    pending: int = 0
    status: str = "no result"
    flags: int = 0
    submitted_at: str = ""
    late_by: int | None = None
    said_late: bool | None = None
    penalty: int = 0

    @property
    def points(self) -> int | None:
        """Return what counts in the end: the score less the penalty, never below zero."""
        return None if self.score is None else max(0, self.score - self.penalty)

    @property
    def full(self) -> int:
        """Return the most that can be reached, with what still waits for a person."""
        return self.max_score + self.pending


def grade_of(
    result: Result, known: Imported, deadline: Deadline, only: Collection[str] = ()
) -> Grade:
    """Return the line of one result, of the labs in `only` if there are any."""
    sections = [section for section in result.sections if not only or section.id in only]
    labs = tuple(
        LabPoints(section.id, result.lab_score(section), section.max_score, section.pending)
        for section in sections
    )
    graded = [lab.score for lab in labs if lab.score is not None]
    flags = sum(len(check.flags) for section in sections for check in section.checks)
    maximum, pending = sum(lab.max_score for lab in labs), sum(lab.pending for lab in labs)
    span = _span(known, deadline)
    late = None if span is None else max(0, span[1] - span[0])
    status = result.status
    if only and not result.provenance.distrust:
        # The engine may have failed on another lab only.
        status = GradeStatus.NEEDS_REVIEW if pending or flags else GradeStatus.GRADED
    whole = 0 < len(labs) == len(graded) and status.has_score
    return Grade(
        person=known.person,
        labs=labs,
        score=sum(graded) if whole else None,
        max_score=maximum,
        pending=pending,
        status=status if whole else GradeStatus.NOT_GRADED,
        flags=flags,
        submitted_at=known.submitted_at,
        late_by=late,
        said_late=known.late,
        penalty=_penalty(span, deadline, maximum + pending),
    )


def _penalty(span: tuple[int, int] | None, deadline: Deadline, maximum: int) -> int:
    if span is None or deadline.policy is None:
        return 0
    return deadline.policy.penalty(*span, maximum, deadline.zone)


def _span(known: Imported, deadline: Deadline) -> tuple[int, int] | None:
    """Return when a student had to hand in and when they did, None where one is not known."""
    due = _own_due(known.person, deadline)
    if due is None or not known.submitted_at:
        return None
    try:
        return due, parse_time(known.submitted_at, deadline.zone)
    except ValueError:
        return None


def _own_due(person: Person, deadline: Deadline) -> int | None:
    """Return a student's own due date: a date of its own, or so much after the class's."""
    if not person.due or deadline.due is None:
        return deadline.due
    try:
        return parse_time(person.due, deadline.zone)
    except ValueError:
        pass
    try:
        return parse_duration(person.due).after(deadline.due, deadline.zone)
    except ValueError as error:
        raise UsageError(
            f"The extension of {shorten(person.id)}, '{shorten(person.due)}', is neither a date "
            "nor a time like 2d."
        ) from error
