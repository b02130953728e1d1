"""What is said of a check beside its points, in every format: one list of labelled texts."""

import math
from collections.abc import Iterable, Iterator

from grader.result import CheckResult, GradeStatus, Result, SectionResult, Status

# A word beside each sign: signs alone tell nothing to those who cannot see them.
MARKS = {
    Status.PASSED: ("✓", "passed"),
    Status.FAILED: ("✗", "FAILED"),
    Status.SKIPPED: ("·", "skipped"),
    Status.MANUAL: ("?", "marked later"),
    Status.ERROR: ("!", "NOT GRADED"),
}


def details(check: CheckResult) -> list[tuple[str, str]]:
    """Return label and text of what a reader needs to mend it; a check that passed needs none.

    The texts are raw: each renderer makes them safe for where they go.
    """
    rows: list[tuple[str, str]] = []
    if check.status in {Status.FAILED, Status.ERROR}:
        rows = [
            ("why", check.reason),
            ("expected", check.expected),
            ("seen", check.actual),
            ("hint", check.hint),
            ("output", check.evidence),
            ("try", check.reproduce),
        ]
    elif check.status is Status.SKIPPED:
        rows = [("why", check.reason)]
    rows += [("flag", flag) for flag in check.flags]
    return [(name, value) for name, value in rows if value]


def without_repeats(
    checks: Iterable[CheckResult],
) -> Iterator[tuple[CheckResult, list[tuple[str, str]]]]:
    """Yield each check with its details; what the one before it told is not repeated."""
    told: object = None
    for check in checks:
        rows = details(check)
        cause: object = {
            Status.FAILED: rows,
            Status.SKIPPED: check.after,
            Status.ERROR: check.reason,
            Status.MANUAL: check.reason,
        }.get(check.status)
        yield check, [] if cause is not None and cause == told else rows
        told = cause


def explained(check: CheckResult) -> str:
    """Return the same as lines of raw text: `why: ...`, `expected: ...`."""
    return "\n".join(f"{name}: {value}" for name, value in details(check))


def has_errors(section: SectionResult) -> bool:
    """Return whether something of a lab could not be graded, which is nobody's low score."""
    return any(check.status is Status.ERROR for check in section.checks)


def overall(result: Result) -> str:
    """Return what a reader has to know of a result as a whole; nothing if it is simply graded."""
    if not result.status.has_score:
        return "not graded: this is not your score"
    if result.status is GradeStatus.GRADED:
        return ""
    checks = [check for section in result.sections for check in section.checks]
    wanted = []
    if any(check.flags for check in checks):
        wanted.append("a person should look at the flagged checks")
    if any(check.status is Status.MANUAL for check in checks):
        wanted.append("answers wait to be marked by a person")
    # What else asks for a person is noted with the labs: given files that were changed.
    return "; ".join(wanted) or "a person should look at the notes"


def tally(what: Result | SectionResult | CheckResult, unit: str = "") -> str:
    """Return points as `3/5`, with `unit` behind; what an engine failed on has `-/5`.

    Of several checks, some of which it failed on, the others have `3/5 so far`: no score is not a
    score of 0.
    """
    match what:
        case CheckResult():
            ill = what.status is Status.ERROR
        case SectionResult():
            ill = has_errors(what)
        case Result():
            ill = not what.status.has_score
    if not ill:
        return f"{what.score}/{what.max_score}{unit}"
    most = f"/{what.max_score}{unit}"
    return f"{what.score}{most} so far" if what.score else f"-{most}"


def measured(seconds: float) -> float:
    """Return seconds that every format can hold: finite, not negative, to the millisecond."""
    # `> 0` and not `>= 0`: a negative zero would keep its sign.
    return round(seconds, 3) if math.isfinite(seconds) and seconds > 0 else 0.0
