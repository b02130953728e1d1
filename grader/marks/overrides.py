"""Results changed by hand: what a person gave for a check that was judged, and why."""

from collections.abc import Iterable, Mapping, Sequence

from grader.core.text import visible
from grader.facts import SubmissionFacts
from grader.judge.score import overall
from grader.marks.mark_history import Override
from grader.result import ByHand, CheckResult, Result, SectionResult, Status

Place = tuple[str, str]  # a lab and a check


def current_overrides(overrides: Iterable[Override]) -> dict[Place, Override]:
    """Return by lab and check what was given last, what was taken back left out."""
    last = {(one.lab, one.check): one for one in overrides}
    return {place: one for place, one in last.items() if one.points is not None}


def judged_checks(result: Result) -> dict[Place, CheckResult]:
    """Return every check of a result as it was judged, whatever a person gave for it."""
    found = {
        (section.id, check.id): check for section in result.sections for check in section.checks
    }
    return {**found, **{(one.lab, one.judged.id): one.judged for one in result.by_hand}}


def doubt(override: Override, judged: CheckResult, digest: str) -> str:
    """Return why somebody should look at it again, "" where nothing speaks against it."""
    given = f"{override.by} gave {override.text()} on {override.when[:10]}"
    if override.of != judged.max_score:
        return f"the check is worth {judged.max_score} now, and {given}"
    if override.digest != digest:
        return f"the work has changed since {given}"
    if (override.status, override.score) != (judged.status, judged.score):
        return f"the check is judged otherwise since {given}"
    return ""


def with_overrides(
    result: Result, facts: SubmissionFacts, overrides: Sequence[Override], *, keyed: bool
) -> Result:
    """Return `result` with what was given by hand in the place of what was judged.

    Doing it twice is the same as once: what was judged is kept in `by_hand`. `keyed` is as in
    `overall`.
    """
    given = current_overrides(overrides)
    if not (given or result.by_hand):
        return result
    judged = judged_checks(result)
    digest = result.submission.digest
    sections = tuple(_section(section, judged, given, digest) for section in result.sections)
    changed = [place for place in judged if place in given and _counts(judged[place])]
    return result.with_sections(
        sections,
        status=overall(facts, sections, keyed=keyed),
        by_hand=tuple(ByHand(lab=place[0], judged=judged[place]) for place in changed),
    )


def _counts(judged: CheckResult) -> bool:
    """Return whether points can be given for a check: not for one that waits for a mark."""
    return judged.status is not Status.MANUAL


def _section(
    section: SectionResult,
    judged: Mapping[Place, CheckResult],
    given: Mapping[Place, Override],
    digest: str,
) -> SectionResult:
    checks = tuple(
        _check(judged[section.id, check.id], given.get((section.id, check.id)), digest)
        for check in section.checks
    )
    there = {check.id for check in checks}
    gone = tuple(
        visible(f"{one.by} gave {one.text()} for the check '{name}', which is not there now.")
        for (lab, name), one in given.items()
        if lab == section.id and name not in there
    )
    notes = (*section.notes, *(note for note in gone if note not in section.notes))
    return section.with_checks(checks, notes=notes)


def _check(judged: CheckResult, given: Override | None, digest: str) -> CheckResult:
    if given is None or given.points is None or not _counts(judged):
        return judged
    why = doubt(given, judged, digest)
    points = min(given.points, judged.max_score)
    full = points == judged.max_score
    reason = (
        f"{given.by} gave {points} of {judged.max_score} by hand: {given.reason}\n"
        f"Before that ({judged.status}, {judged.score}): {judged.reason}"
    )
    flags = (visible(f"{why[:1].upper()}{why[1:]}; what was given counts."),) if why else ()
    return judged.model_copy(
        update={
            "status": Status.PASSED if full else Status.FAILED,
            "score": points,
            "reason": visible(reason, keep="\n"),
            "cause": "" if full else judged.cause,
            "flags": flags,
        }
    )
