"""What differs between two gradings of a class, and what of all that went in does."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict, Field

from grader.class_report.class_summary import UnreadableResult
from grader.class_report.collected import GradedEntry
from grader.class_report.reasons import normalised
from grader.core.models import Frozen
from grader.result import CheckResult, GradeStatus, Result, Status

Cause = Literal["submission", "grader", "spec", "bases", "marks", "unknown"]


class CheckOutcome(Frozen):
    """What one grading says of a check; `reason` without what differs from run to run."""

    status: Status
    score: int
    max_score: int
    pending: int
    reason: str
    flags: tuple[str, ...]


class CheckChange(Frozen):
    """A check whose outcome differs; `before` or `after` is null where it was not part of it."""

    lab: str
    check: str
    title: str
    before: CheckOutcome | None
    after: CheckOutcome | None


class Standing(Frozen):
    """A submission's totals in one grading."""

    status: GradeStatus
    score: int
    max_score: int
    pending: int


class SubmissionChange(Frozen):
    """A submission with another outcome. `causes` says what else differs, the likeliest first.

    `submission`: other files were handed in; `grader`, `spec` and `bases`: it was graded with
    others; `marks`: other marks were given, or all that
    differs waited for a person or was marked by one; `unknown`: what
    went in is the same, as far as the results tell.
    """

    id: str
    before: Standing
    after: Standing
    causes: tuple[Cause, ...]
    checks: tuple[CheckChange, ...]


class Tally(Frozen):
    """How often a check went from one status to another; null is where it was not part of it."""

    lab: str
    check: str
    before: Status | None
    after: Status | None
    count: int


class Side(Frozen):
    """One of the two gradings; `mean` is of those that were graded, null when none was.

    `graders` and `specs` say with what, each with the number of submissions.
    """

    submissions: int
    graded: int
    mean: float | None
    graders: Mapping[str, int]
    specs: Mapping[str, int]


class Changes(Frozen):
    """The output of `grader diff --format json` (`grader/diff/v1`): fields are only ever added.

    `same` counts submissions with the same outcome, `renewed` those of them whose files are
    others all the same. `added` and `removed` are ids.
    """

    format: Literal["grader/diff/v1"] = Field(default="grader/diff/v1", alias="schema")
    before: Side
    after: Side
    same: int
    renewed: int
    changed: tuple[SubmissionChange, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    checks: tuple[Tally, ...]
    unreadable: tuple[UnreadableResult, ...] = ()

    model_config = ConfigDict(populate_by_name=True)

    @property
    def any(self) -> bool:
        """Return whether the two say anything different, or could not be compared as a whole."""
        return bool(self.changed or self.added or self.removed or self.unreadable)

    def to_json(self) -> str:
        """Return it as JSON, one final newline included."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


@dataclass(slots=True)
class _Counting:
    """What is counted of one side while submissions pass by."""

    submissions: int = 0
    graded: int = 0
    score: int = 0
    graders: Counter[str] = field(default_factory=Counter)
    specs: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        self.submissions += 1
        if result.status.has_score:
            self.graded += 1
            self.score += result.score
        self.graders[result.provenance.grader] += 1
        self.specs[result.provenance.spec] += 1

    def side(self) -> Side:
        return Side(
            submissions=self.submissions,
            graded=self.graded,
            mean=round(self.score / self.graded, 2) if self.graded else None,
            graders=dict(sorted(self.graders.items())),
            specs=dict(sorted(self.specs.items())),
        )


def compare(pairs: Iterable[tuple[GradedEntry | None, GradedEntry | None]]) -> Changes:
    """Return the changes between two gradings, given each submission's entry in both."""
    sides = _Counting(), _Counting()
    changed: list[SubmissionChange] = []
    added: list[str] = []
    removed: list[str] = []
    same = renewed = 0
    for before, after in pairs:
        for side, entry in zip(sides, (before, after), strict=True):
            if entry:
                side.add(entry.result)
        if before and after:
            if change := compare_two(before, after):
                changed.append(change)
                continue
            same += 1
            renewed += before.result.submission.digest != after.result.submission.digest
        elif after:
            added.append(after.result.submission.id)
        elif before:
            removed.append(before.result.submission.id)
    return Changes(
        before=sides[0].side(),
        after=sides[1].side(),
        same=same,
        renewed=renewed,
        changed=tuple(changed),
        added=tuple(added),
        removed=tuple(removed),
        checks=_tallies(changed),
    )


def _tallies(changed: Iterable[SubmissionChange]) -> tuple[Tally, ...]:
    counts: Counter[tuple[str, str, Status | None, Status | None]] = Counter()
    for change in changed:
        for check in change.checks:
            was, now = (
                outcome.status if outcome else None for outcome in (check.before, check.after)
            )
            if was != now:
                counts[check.lab, check.check, was, now] += 1
    found = [
        Tally(lab=lab, check=check, before=was, after=now, count=count)
        for (lab, check, was, now), count in counts.items()
    ]
    return tuple(
        sorted(found, key=lambda t: (-t.count, t.lab, t.check, str(t.before), str(t.after)))
    )


def compare_two(before: GradedEntry, after: GradedEntry) -> SubmissionChange | None:
    """Return how a submission's outcome changed; None where it did not."""
    was, now = _outcomes(before), _outcomes(after)
    checks = tuple(
        CheckChange(lab=key[0], check=key[1], title=title, before=was.get(key), after=now.get(key))
        for key, title in {**_titles(before), **_titles(after)}.items()
        if was.get(key) != now.get(key)
    )
    standings = _standing(before.result), _standing(after.result)
    if not checks and standings[0] == standings[1]:
        return None
    return SubmissionChange(
        id=after.result.submission.id,
        before=standings[0],
        after=standings[1],
        causes=tuple(_causes(before.result, after.result, checks)),
        checks=checks,
    )


def _titles(entry: GradedEntry) -> dict[tuple[str, str], str]:
    return {(s.id, check.id): check.title for s in entry.result.sections for check in s.checks}


def _outcomes(entry: GradedEntry) -> dict[tuple[str, str], CheckOutcome]:
    return {
        (section.id, check.id): _outcome(check, entry.words.get(section.id, {}))
        for section in entry.result.sections
        for check in section.checks
    }


def _outcome(check: CheckResult, words: Mapping[str, str]) -> CheckOutcome:
    return CheckOutcome(
        status=check.status,
        score=check.score,
        max_score=check.max_score,
        pending=check.pending,
        reason=normalised(check.reason, words),
        flags=tuple(normalised(flag, words) for flag in check.flags),
    )


def _standing(result: Result) -> Standing:
    return Standing(
        status=result.status,
        score=result.score,
        max_score=result.max_score,
        pending=result.pending,
    )


def _causes(before: Result, after: Result, checks: Iterable[CheckChange]) -> list[Cause]:
    was, now = before.provenance, after.provenance
    differs: dict[Cause, bool] = {
        "submission": before.submission.digest != after.submission.digest,
        "grader": was.grader != now.grader,
        "spec": was.spec != now.spec,
        "bases": _ids(before) != _ids(after),
        "marks": bool(was.beside and now.beside) and _marks(before) != _marks(after),
    }
    if found := [cause for cause, differ in differs.items() if differ]:
        return found
    marked = [Status.MANUAL in {o.status for o in (c.before, c.after) if o} for c in checks]
    return ["marks" if marked and all(marked) else "unknown"]


def _marks(result: Result) -> str:
    """Return the digest of the marks that lay beside a result when it was written."""
    return result.provenance.beside.get("marks.json", "")


def _ids(result: Result) -> dict[str, str]:
    return {name: base.id for name, base in result.provenance.bases.items()}
