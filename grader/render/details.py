"""What every format says of a check beside its points: labelled texts, in one order."""

import math
from collections.abc import Iterable, Iterator

from grader.render.causes import lead_in
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
    """Return pairs of a label and a text that help to mend what a check found, without empty ones.

    Labels are `why`, `expected`, `seen`, `hint`, `output`, `try` and `flag`. A check that passed
    has nothing but its flags. The texts are raw: each renderer makes them safe for where they go.
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
    elif check.status is Status.MANUAL and check.hint:  # an answer in no form that can be judged
        rows = [("why", check.reason), ("expected", check.expected), ("hint", check.hint)]
    rows += [("flag", flag) for flag in check.flags]
    return [(name, value) for name, value in rows if value]


def without_repeats(
    checks: Iterable[CheckResult],
) -> Iterator[tuple[CheckResult, list[tuple[str, str]]]]:
    """Yield each check with its details, without any where the check before has the same cause."""
    before: object = None
    for check in checks:
        rows = details(check)
        cause: object = {
            Status.FAILED: rows,
            Status.SKIPPED: check.after,
            Status.ERROR: check.reason,
            Status.MANUAL: check.reason,
        }.get(check.status)
        yield check, [] if cause is not None and cause == before else rows
        before = cause


def explained(check: CheckResult, section: SectionResult) -> str:
    """Return a check's causes and its details as lines of raw text: `why: ...`, `seen: ...`."""
    rows = (f"{name}: {value}" for name, value in details(check))
    return "\n".join([*lead_in(check, section.causes), *rows])


def has_errors(section: SectionResult) -> bool:
    """Return whether a check of a lab could not be graded: then its points are no score."""
    return any(check.status is Status.ERROR for check in section.checks)


def overall(result: Result) -> str:
    """Return why a result is not final, in one line; empty if it is graded and nobody is wanted."""
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
    """Return points as `3/5`, with `unit` after them.

    What could not be graded has `-/5`, or `3/5 so far` where other checks of it have points: no
    score is not a score of 0.
    """
    match what:
        case CheckResult():
            unscored = what.status is Status.ERROR
        case SectionResult():
            unscored = has_errors(what)
        case Result():
            unscored = not what.status.has_score
    if not unscored:
        return f"{what.score}/{what.max_score}{unit}"
    most = f"/{what.max_score}{unit}"
    return f"{what.score}{most} so far" if what.score else f"-{most}"


def measured(seconds: float) -> float:
    """Return seconds that every format can hold: finite, not negative, to the millisecond."""
    # `> 0` and not `>= 0`: a negative zero would keep its sign.
    return round(seconds, 3) if math.isfinite(seconds) and seconds > 0 else 0.0
