"""Gives points by hand for checks that were judged, under the rules and the lock of marks."""

import time
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import shorten, visible
from grader.core.times import show_time
from grader.marks.mark_history import MAX_COMMENT, MAX_NAME, Override
from grader.marks.overrides import current_overrides, doubt, judged_checks
from grader.result import CheckResult, Result, Status
from grader.results import store
from grader.results.marks_file import add_override, hold, read_overrides
from grader.spec.reader import did_you_mean


@dataclass(frozen=True, slots=True)
class GivenOverride:
    """What was done: the override, and the one that it takes the place of."""

    now: Override
    before: Override | None


@dataclass(frozen=True, slots=True)
class DoubtedOverride:
    """An override that somebody should look at again, and why."""

    submission: str
    override: Override
    why: str


def override_check(
    folder: Path, lab: str, check: str, points: int | None, reason: str, by: str
) -> GivenOverride:
    """Add points for a check of the submission in `folder`, or with None take them back.

    `lab` is an id or the beginning of just one. UsageError says what cannot be: nothing is written
    then. Whoever calls makes the result again.
    """
    with hold(folder.parent):
        try:
            result = store.read_whole(folder)
        except ValueError as error:
            raise UsageError(f"{shorten(folder.name)}: {error}") from error
        lab, judged = _find(result, lab, check)
        before = current_overrides(read_overrides(folder)).get((lab, check))
        if points is None and before is None:
            raise UsageError(f"Nothing was given by hand for '{check}' of {lab}.")
        _refuse(judged, points, reason, by)
        given = Override(
            lab=lab,
            check=check,
            points=points,
            of=judged.max_score,
            status=judged.status,
            score=judged.score,
            digest=result.submission.digest,
            reason=visible(reason.strip(), keep="\n"),
            by=visible(" ".join(by.split())) or "unknown",
            when=show_time(time.time()),
        )
        add_override(folder, given)
    return GivenOverride(given, before)


def doubted_overrides(results: Path) -> list[DoubtedOverride]:
    """Return what was given by hand and should be looked at again, by submission."""
    found: list[DoubtedOverride] = []
    for folder in store.folders(results):
        given = current_overrides(read_overrides(folder))
        if not given:
            continue
        try:
            result = store.read_result(folder)
        except ValueError:
            continue  # whoever reads results names it
        judged = judged_checks(result)
        for place, one in given.items():
            why = (
                doubt(one, judged[place], result.submission.digest)
                if place in judged
                else f"{one.by} gave {one.text()}, and the check is not there now"
            )
            if why:
                found.append(DoubtedOverride(folder.name, one, why))
    return found


def _find(result: Result, lab: str, check: str) -> tuple[str, CheckResult]:
    ids = [section.id for section in result.sections]
    fits = [lab] if lab in ids else [name for name in ids if name.startswith(lab)]
    if len(fits) != 1:
        raise UsageError(
            f"{shorten(result.submission.id)} has no lab '{shorten(lab)}'{did_you_mean(lab, ids)}"
        )
    judged = {
        name: found for (where, name), found in judged_checks(result).items() if where == fits[0]
    }
    if check not in judged:
        raise UsageError(f"{fits[0]} has no check '{shorten(check)}'{did_you_mean(check, judged)}")
    return fits[0], judged[check]


def _refuse(judged: CheckResult, points: int | None, reason: str, by: str) -> None:
    if judged.status is Status.MANUAL:
        raise UsageError(
            f"'{judged.id}' waits to be marked; give its mark with --set, or judge it by a key."
        )
    if points is not None and points > judged.max_score:
        raise UsageError(
            f"{points} points cannot be given: '{judged.id}' is worth {judged.max_score}."
        )
    if not reason.strip():
        raise UsageError("Say why, with --comment: the student and your colleagues read it.")
    if len(reason) > MAX_COMMENT or len(by) > MAX_NAME:
        raise UsageError(f"A reason has at most {MAX_COMMENT} characters, a name {MAX_NAME}.")
