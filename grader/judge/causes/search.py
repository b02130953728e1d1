"""Finds the causes of a lab's failed checks: facts, verdicts and source lines in, causes out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from grader.facts import Place
from grader.judge.causes.all_causes import CAUSES
from grader.judge.causes.cause import Case, Cause, Finding
from grader.judge.check_kinds import ROWS
from grader.judge.context import JudgeContext
from grader.result import CauseResult, CheckResult, Status
from grader.spec.assignment import Check
from grader.spec.scripts import ScriptSpec

# What judges of scripts say of steps that were never taken.
_NEVER = re.compile(
    r"never got to docker run|There is no group|^In the group|fetches no key|There is no directory"
    r"|There is no key|no list of apt's|^Not installed|never installed|never was an entry"
    r"|No apt-get update ran"
)
Found = tuple[Cause, Finding, Case, tuple[str, ...]]


def find_causes(
    context: JudgeContext, results: Mapping[str, CheckResult]
) -> tuple[CauseResult, ...]:
    """Return the causes of the failed checks among `results`, which are by id.

    Parts stand in the order of the spec; in each the table's order decides, the most basic first.
    A check is explained once: by the first cause that is proved, or by all those that only fit.
    """
    checks = context.assignment.checks
    stopped: dict[str, tuple[Cause, Finding]] = {}
    return tuple(
        cause
        for _, part in groupby(checks, key=lambda check: check.part)
        for cause in _of_part(context, tuple(part), results, stopped)
    )


def _of_part(
    context: JudgeContext,
    checks: Sequence[Check],
    results: Mapping[str, CheckResult],
    stopped: dict[str, tuple[Cause, Finding]],
) -> Iterator[CauseResult]:
    """Yield the causes of a part; `stopped` has, by the script, why it came to no end so far."""
    seen = {check.id: results[check.id] for check in checks if check.id in results}
    failed = [
        (check, seen[check.id])
        for check in checks
        if check.id in seen and seen[check.id].status is Status.FAILED
    ]
    about = {check.id: _about(context, check, result) for check, result in failed}
    subjects = dict.fromkeys(name for names in about.values() for name in names)
    cases = [
        Case(
            context,
            name,
            tuple(one for one in failed if name in about[one[0].id]),
            seen,
        )
        for name in subjects
    ]
    # What is proved goes first: a check that it explains needs nothing that only fits.
    proved = set[str]()
    found: list[Found] = []
    for case in cases:
        if case.subject in stopped and (never := _never_came(case)):
            found.append((*stopped[case.subject], case, never))
            proved |= set(never)
    for cause in CAUSES:
        for case in cases:
            finding = _looked(cause, case)
            explains = _explained(cause, case, finding, proved) if finding else ()
            if finding and explains:
                explains = _with_earlier(found, cause, case) + explains
                if not finding.fits and _ends_it(case, explains):
                    stopped[case.subject] = cause, finding
                    explains += tuple(n for n in _never_came(case) if n not in explains)
                found.append((cause, finding, case, explains))
                proved |= set() if finding.fits else set(explains)
    told: list[CauseResult] = []
    for cause, finding, case, explains in found:
        left = tuple(name for name in explains if not finding.fits or name not in proved)
        if left:
            either = finding.fits and any(set(left) & set(other.explains) for other in told)
            told.append(_told(cause, finding, case, left, either=either))
    yield from told


def _looked(cause: Cause, case: Case) -> Finding | None:
    if not any(check.kind in cause.kinds for check, _ in case.failed):
        return None
    return cause.look(case)


def _explained(cause: Cause, case: Case, finding: Finding, proved: set[str]) -> tuple[str, ...]:
    return tuple(
        check.id
        for check, _ in case.failed
        if check.kind in cause.kinds
        and check.id not in proved
        and (not finding.checks or check.id in finding.checks)
    )


def _with_earlier(found: list[Found], cause: Cause, case: Case) -> tuple[str, ...]:
    """Take back what a cause was found to explain of the same case before; return that."""
    same = next((each for each in found if each[0] is cause and each[2] is case), None)
    if same is None:
        return ()
    found.remove(same)
    return same[3]


def _ends_it(case: Case, explains: Sequence[str]) -> bool:
    """Return whether a cause explains why a script did not come to its end."""
    return any(c.kind == "finishes" and c.id in explains for c, _ in case.failed)


def _never_came(case: Case) -> tuple[str, ...]:
    """Return the failed checks of what a script that stopped never came to."""
    return tuple(c.id for c, result in case.failed if _NEVER.search(result.reason))


def _about(context: JudgeContext, check: Check, result: CheckResult) -> tuple[str, ...]:
    """Return what a failed check is about: of several images the one that its reason names."""
    every = subjects_of(context, check)
    named = tuple(
        name
        for name in every
        if re.search(rf"\b{re.escape(name)}(:\d+\b| had ended| was running)", result.reason)
    )
    return named[:1] or every


def subjects_of(context: JudgeContext, check: Check) -> tuple[str, ...]:
    """Return the images, and the observations of scripts, that a check is about."""
    assignment = context.assignment
    found = list(check.params.images())
    for name in check.params.observations():
        spec = assignment.observe[name]
        if isinstance(spec, ScriptSpec):
            found.append(name)
            continue
        step = ROWS[check.kind].step_of(check.params)
        started = spec.image_of(step) if step else None
        found += [started] if started else spec.images()
    return tuple(dict.fromkeys(found))


def _told(
    cause: Cause, finding: Finding, case: Case, explains: tuple[str, ...], *, either: bool
) -> CauseResult:
    first = case.part[explains[0]]
    shows = cause.shows or ("bash -x FILE </dev/null" if case.script else "")
    if "IMAGE" in shows and not shows.startswith("docker build"):
        shows = f"docker build -q -t IMAGE -f FILE . && {shows}"
    shows = shows.replace("IMAGE", case.subject).replace("FILE", case.file)
    return CauseResult(
        id=cause.id,
        title=cause.title,
        part=first.part,
        seen=finding.seen,
        why=cause.why,
        direction=cause.direction,
        shows=shows or first.reproduce,
        place=Place(file=finding.file or case.file, line=finding.line),
        explains=explains,
        either=either,
    )


def with_causes(
    results: Mapping[str, CheckResult], causes: Sequence[CauseResult]
) -> tuple[CheckResult, ...]:
    """Return the results; those that a cause explains name it, and give up their own hint."""
    by_check: dict[str, str] = {}
    for cause in causes:
        for name in cause.explains:
            by_check.setdefault(name, cause.id)
    return tuple(
        result.model_copy(update={"cause": by_check[name], "hint": ""})
        if name in by_check
        else result
        for name, result in results.items()
    )
