"""Turns verdicts into points: whole ones, all or nothing, one mistake explained once."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from grader.facts import EngineFacts, Fault, LabFacts, NotSeen, SubmissionFacts
from grader.judge.causes.search import find_causes, with_causes
from grader.judge.check_kinds import judge
from grader.judge.context import JudgeContext
from grader.judge.location import explaining
from grader.judge.notes import lab_notes, with_changes
from grader.judge.outcome import not_seen
from grader.judge.questions import judge_question
from grader.judge.reproduce import reproduce
from grader.result import (
    BaseRef,
    CheckResult,
    GradeStatus,
    Provenance,
    Result,
    SectionResult,
    Status,
    SubmissionRef,
    Verdict,
)
from grader.spec.assignment import Assignment, Check
from grader.spec.keys import Key
from grader.spec.questions import Question

ANSWERS = "Answers"
_NO_KEYS: Mapping[str, Key] = {}
_HAND_IN = (
    "Hand in the folder under this name, as the starter repository has it, with what you have of "
    "it: each check counts by itself."
)


def score_submission(
    facts: SubmissionFacts,
    assignments: Sequence[Assignment],
    keys: Mapping[str, Key] = _NO_KEYS,
) -> Result:
    """Return the result of a whole submission, a pure function of facts, specs and keys.

    `keys` holds the key of a lab by the lab's id; without it the answers wait to be marked.
    """
    by_id = {lab.lab: lab for lab in facts.labs}
    chosen = [assignment for assignment in assignments if assignment.id in by_id]
    scored = [
        score_lab(assignment, by_id[assignment.id], keys.get(assignment.id))
        for assignment in chosen
    ]
    sections = with_changes(scored, facts.changed)
    bases = {base.name: base for lab in facts.labs for base in lab.bases.values()}
    return Result(
        submission=SubmissionRef(id=facts.submission, digest=facts.digest),
        status=overall(facts, sections, keyed=bool(keys)),
        score=sum(section.score for section in sections),
        max_score=sum(section.max_score for section in sections),
        pending=sum(section.pending for section in sections),
        sections=sections,
        changed=facts.changed,
        provenance=Provenance(
            grader=facts.grader,
            spec=" ".join(f"{a.id}@{a.digest[:12]}" for a in chosen),
            engine=_engine(facts.engine),
            bases={
                name: BaseRef(id=base.id, standin=base.standin)
                for name, base in sorted(bases.items())
            },
            graded_at=facts.graded_at,
            seconds=round(facts.seconds, 3),
            phases=_phases(facts),
            inputs=inputs_digest(facts.observed, chosen, keys),
            same_as=facts.same_as,
            distrust=facts.distrust,
        ),
    )


def _engine(engine: EngineFacts) -> str:
    if not engine.version:
        return engine.name
    return f"{engine.name} {engine.version} (API {engine.api})"


def inputs_digest(
    observed: str, assignments: Sequence[Assignment], keys: Mapping[str, Key] = _NO_KEYS
) -> str:
    """Return a SHA-256 over what a result follows from; `observed` is that of its facts.

    Empty where the facts are of an older grader, which did not say what they rest on.
    """
    if not observed:
        return ""
    parts = [observed, *(f"{a.id} {a.digest}" for a in assignments)]
    parts += [f"key {a.id} {keys[a.id].digest}" for a in assignments if a.id in keys]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _phases(facts: SubmissionFacts) -> Mapping[str, float]:
    total: Counter[str] = Counter()
    for lab in facts.labs:
        total.update(lab.phases)
    return {name: round(seconds, 3) for name, seconds in sorted(total.items())}


def overall(
    facts: SubmissionFacts, sections: Sequence[SectionResult], *, keyed: bool
) -> GradeStatus:
    """Return a result's status; `keyed` says that answers were judged by a key, as staff do it."""
    checks = [check for section in sections for check in section.checks]
    statuses = {check.status for check in checks}
    if facts.distrust or Status.ERROR in statuses:
        return GradeStatus.NOT_GRADED
    flagged = bool(facts.changed) or any(check.flags for check in checks)
    # Without a key every answer waits, and no person is asked for: that is a student's own run.
    waits = keyed and Status.MANUAL in statuses
    return GradeStatus.NEEDS_REVIEW if flagged or waits else GradeStatus.GRADED


def score_lab(assignment: Assignment, facts: LabFacts, key: Key | None = None) -> SectionResult:
    """Return the section of one lab: its checks in the order of the spec, then its questions."""
    context = JudgeContext(assignment, facts)
    done: dict[str, CheckResult] = {}
    for check in assignment.checks:
        done[check.id] = check_result(assignment, facts, check, done)
    # Of a lab that is not there nothing is the cause but that.
    causes = () if facts.missing else find_causes(context, done)
    asked = (score_question(facts, question, key) for question in assignment.questions)
    checks = (*with_causes(done, causes), *asked)
    return SectionResult(
        id=assignment.id,
        title=assignment.title,
        score=sum(check.score for check in checks),
        max_score=sum(check.max_score for check in checks),
        pending=sum(check.pending for check in checks),
        checks=checks,
        notes=lab_notes(facts),
        causes=causes,
    )


def check_result(
    assignment: Assignment, facts: LabFacts, check: Check, done: Mapping[str, CheckResult]
) -> CheckResult:
    """Return the result of one check where those it comes after are `done`, by their ids."""
    before = _obstacle([done[name] for name in check.after if name in done])
    verdict = _verdict(JudgeContext(assignment, facts), check, before)
    return _result(assignment, facts, check, verdict, before)


_BEHIND = "Not graded, because "


def _obstacle(before: Sequence[CheckResult]) -> CheckResult | None:
    """Return the check that may leave nothing to look at for a later one, None if all passed.

    What the student got wrong comes first: it would be in the way without an engine's fault too.
    """
    wrong = [check for check in before if check.status is not Status.PASSED]
    return next((c for c in wrong if c.status is not Status.ERROR), wrong[0] if wrong else None)


def _verdict(context: JudgeContext, check: Check, before: CheckResult | None) -> Verdict:
    if context.facts.missing is not None:
        return _of_nothing(context.facts.missing)
    if before is None:
        return judge(context, check)
    if before.status is Status.ERROR:
        # The first of them is named, once: what lies between has the same reason.
        reason = before.reason
        if not reason.startswith(_BEHIND):
            reason = f"{_BEHIND}'{before.title}' could not be: {reason}"
        return Verdict(status=Status.ERROR, reason=reason)
    if before.status is Status.MANUAL:
        return Verdict(status=Status.MANUAL, reason=before.reason, actual=before.actual)
    if check.params.shows():
        verdict = judge(context, check)
        if not verdict.nothing:
            return verdict
    root = next(
        (other.title for other in context.assignment.checks if other.id == _root(before)), ""
    )
    reason = f"Not looked at: '{root}' has to be right first."
    return Verdict(status=Status.SKIPPED, reason=reason, actual="not observed")


def _of_nothing(missing: NotSeen) -> Verdict:
    """Return the verdict on every check of a lab that is missing from the submission."""
    if missing.fault is not Fault.STUDENT:
        return not_seen(missing, "")
    verdict = not_seen(missing, "the lab's folder, with the files filled in")
    return verdict.model_copy(update={"hint": _HAND_IN})


def _root(before: CheckResult) -> str:
    """Return the id of the check at the root: one mistake is explained once."""
    return before.after if before.status is Status.SKIPPED and before.after else before.id


def _result(
    assignment: Assignment,
    facts: LabFacts,
    check: Check,
    verdict: Verdict,
    before: CheckResult | None,
) -> CheckResult:
    lost = verdict.status is Status.FAILED
    skipped = verdict.status is Status.SKIPPED
    waits = verdict.status is Status.MANUAL
    return CheckResult(
        id=check.id,
        title=check.title,
        part=assignment.parts[check.part],
        status=verdict.status,
        score=check.points if verdict.status is Status.PASSED else 0,
        max_score=0 if waits else check.points,
        pending=check.points if waits else 0,
        reason=verdict.reason,
        expected=verdict.expected,
        actual=verdict.actual,
        hint=(verdict.hint or next(iter(check.hints), "")) if lost else "",
        reproduce="" if facts.missing else reproduce(assignment, check, facts),
        flags=verdict.flags,
        after=_root(before) if skipped and before else None,
        place=verdict.place
        or (explaining(JudgeContext(assignment, facts), check) if lost else None),
        evidence=verdict.evidence,
    )


def score_question(facts: LabFacts, question: Question, key: Key | None) -> CheckResult:
    """Return the line of one question, a free answer still without a mark."""
    answer = key.answers[question.id] if key else None
    verdict = (
        _of_nothing(facts.missing)
        if facts.missing
        else judge_question(question, facts.answers.get(question.id), answer)
    )
    waits = verdict.status is Status.MANUAL
    return CheckResult(
        id=question.id,
        title=question.title,
        part=ANSWERS,
        status=verdict.status,
        score=question.points if verdict.status is Status.PASSED else 0,
        max_score=0 if waits else question.points,
        pending=question.points if waits else 0,
        reason=verdict.reason,
        expected=verdict.expected,
        actual=verdict.actual,
        hint=verdict.hint,
        reproduce="",
        flags=verdict.flags,
        place=verdict.place,
        evidence=verdict.evidence,
    )
