"""What a judge hands back, and the verdict that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.facts import Fault, NotSeen, Place
from grader.result import Status, Verdict

_STATUS: Mapping[Fault, Status] = {
    Fault.STUDENT: Status.FAILED,
    Fault.ENGINE: Status.ERROR,
    Fault.NOBODY: Status.MANUAL,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A judge's judgement of one check: passed or failed, and the words for the report.

    `reason` is a sentence that stands alone, `actual` what was found, in a few words. What was
    expected is said by the check's row in `check_kinds`; `expected` replaces it where a judge
    knows better once it has seen the facts. `flags` ask a person to look, whatever the points.
    `evidence` is output of the student's own program or script. With `missing` a further fact
    could not be seen; then there is no judgement, and whose fault that is decides. `nothing`: what
    the check is about did not happen, so that nothing of it could be right or wrong.
    """

    passed: bool
    reason: str = ""
    actual: str = ""
    hint: str = ""
    flags: tuple[str, ...] = ()
    expected: str = ""
    place: Place | None = None
    evidence: str = ""
    missing: NotSeen | None = None
    nothing: bool = False

    def verdict(self, expected: str) -> Verdict:
        """Return the verdict; `expected` is the row's."""
        expected = self.expected or expected
        if self.missing is not None:
            return not_seen(self.missing, expected)
        return Verdict(
            status=Status.PASSED if self.passed else Status.FAILED,
            reason=self.reason,
            expected=expected,
            actual=self.actual,
            hint=self.hint,
            flags=self.flags,
            place=self.place,
            evidence=self.evidence,
            nothing=self.nothing,
        )


def passed(reason: str, *, actual: str, flags: tuple[str, ...] = (), expected: str = "") -> Outcome:
    """Return an outcome with all points."""
    return Outcome(passed=True, reason=reason, actual=actual, flags=flags, expected=expected)


def failed(reason: str, *, actual: str, hint: str = "", expected: str = "") -> Outcome:
    """Return an outcome without points."""
    return Outcome(passed=False, reason=reason, actual=actual, hint=hint, expected=expected)


def nothing(reason: str, *, actual: str, hint: str = "") -> Outcome:
    """Return an outcome without points where there was nothing to look at.

    The check is skipped where one that it waits for is not right either.
    """
    return Outcome(passed=False, reason=reason, actual=actual, hint=hint, nothing=True)


def unseen(missing: NotSeen, expected: str = "") -> Outcome:
    """Return the outcome where a fact that the judge asked for itself could not be seen."""
    return Outcome(passed=False, missing=missing, expected=expected)


def not_seen(missing: NotSeen, expected: str) -> Verdict:
    """Return the verdict where there is nothing to judge.

    The student's fault loses the points, the engine's is an error that has to be graded again,
    and what nobody looked at (a run without an engine) waits for a person or another run.
    """
    status = _STATUS[missing.fault]
    return Verdict(
        status=status,
        reason=missing.why,
        expected=expected,
        actual="nothing to look at" if status is Status.FAILED else "not observed",
        hint=missing.hint,
        place=missing.place,
        evidence=missing.evidence,
        nothing=status is Status.FAILED,
    )
