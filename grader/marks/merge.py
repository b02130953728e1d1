"""Lays marks over an automatic result: what a person gave takes the place of "marked later"."""

from collections.abc import Mapping, Sequence

from grader.core.text import visible
from grader.facts import AnswerFacts, LabFacts, SubmissionFacts
from grader.judge.score import overall, score_question
from grader.marks.free_answers import free_key, free_questions, rubric_of
from grader.marks.mark_history import Mark, current_marks
from grader.marks.mark_state import MarkState, state_of_mark
from grader.result import CheckResult, GradeStatus, Result, SectionResult, Status
from grader.spec.assignment import Assignment
from grader.spec.keys import Key
from grader.spec.questions import Question


def with_marks(
    result: Result,
    facts: SubmissionFacts,
    assignments: Sequence[Assignment],
    keys: Mapping[str, Key],
    marks: Sequence[Mark],
    *,
    again: bool = False,
) -> Result:
    """Return `result` with every free answer scored by its mark, or waiting for one.

    `marks` is the submission's whole history. Nothing else of the result changes, and doing it
    twice is the same as once. Without any history the result is returned as it is, unless it may
    have had marks before (`again`): then its free answers wait.
    """
    if not (marks or again):
        return result
    given = current_marks(marks)
    specs = {assignment.id: assignment for assignment in assignments}
    observed = {lab.lab: lab for lab in facts.labs}
    sections = tuple(
        _section(section, specs[section.id], observed[section.id], keys, given)
        if section.id in specs and section.id in observed
        else section
        for section in result.sections
    )
    status = overall(facts, sections, keyed=bool(marks or keys))
    return result.with_sections(sections, status=status)


def without_marks(result: Result) -> Result:
    """Return the result of a submission whose marks cannot be read: a person is asked for."""
    note = "Marks were given by hand, but cannot be read now: they are missing here."
    sections = tuple(
        section.model_copy(update={"notes": (*section.notes, note)})
        if section.pending and note not in section.notes
        else section
        for section in result.sections
    )
    status = GradeStatus.NEEDS_REVIEW if result.status is GradeStatus.GRADED else result.status
    return result.model_copy(update={"sections": sections, "status": status})


def _section(
    section: SectionResult,
    assignment: Assignment,
    facts: LabFacts,
    keys: Mapping[str, Key],
    given: Mapping[tuple[str, str], Mark],
) -> SectionResult:
    marked = {
        question.id: marked_check(
            score_question(facts, question, None),
            question,
            facts.answers.get(question.id),
            rubric_of(free_key(keys, assignment.id, question.id)),
            given.get((assignment.id, question.id)),
        )
        for question in free_questions(assignment)
    }
    checks = tuple(marked.get(check.id, check) for check in section.checks)
    return section.with_checks(checks)


def marked_check(
    check: CheckResult, question: Question, seen: object, rubric: str, mark: Mark | None
) -> CheckResult:
    """Return the line of a free answer, `check` being what it is without a mark."""
    if mark is None or mark.points is None or check.status is Status.ERROR:
        return check
    if check.status is not Status.MANUAL or not isinstance(seen, AnswerFacts):
        return _flagged(check, f"{mark.by} gave {mark.text()} for an answer that is not there now.")
    finding = state_of_mark(mark, answer=seen.sha256, points=question.points, rubric=rubric)
    why = f"{finding.why[:1].upper()}{finding.why[1:]}"
    if finding.state is MarkState.STALE:
        reason = f"Waits to be marked again: {finding.why}."
        return _flagged(check.model_copy(update={"reason": visible(reason)}), f"{why}.")
    comment = f": {mark.comment}" if mark.comment else "."
    reason = f"Marked {mark.points} of {question.points} by {mark.by}{comment}"
    full = mark.points == question.points
    done = check.model_copy(
        update={
            "status": Status.PASSED if full else Status.FAILED,
            "score": mark.points,
            "max_score": question.points,
            "pending": 0,
            "reason": visible(reason, keep="\n"),
            "flags": (),  # a person has looked at it
        }
    )
    doubtful = finding.state is MarkState.DOUBTFUL
    return _flagged(done, f"{why}; the mark counts.") if doubtful else done


def _flagged(check: CheckResult, flag: str) -> CheckResult:
    return check.model_copy(update={"flags": (*check.flags, visible(flag))})
