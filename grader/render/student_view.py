"""What a student may see of a staff's grading: nothing hidden, and nothing of anybody else.

The staff's own result holds checks that no release names, and may name the submission of equal
content that was observed in its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.facts import LabFacts, SubmissionFacts
from grader.result import GradeStatus, Result, SectionResult, Status
from grader.spec.assignment import Assignment


@dataclass(frozen=True, slots=True)
class StudentView:
    """A result, its facts and the labs, without what students are not shown."""

    result: Result
    facts: SubmissionFacts
    labs: tuple[Assignment, ...]


def student_view(result: Result, facts: SubmissionFacts, labs: Sequence[Assignment]) -> StudentView:
    """Return what a student may see of a result.

    Points are those of the checks that are left: a course that hides checks says its total itself.
    """
    public = {lab.id: _lab(lab) for lab in labs}
    hidden = {lab.id: {check.id for check in lab.checks if check.hidden} for lab in labs}
    sections = tuple(
        _section(section, hidden[section.id]) if hidden.get(section.id) else section
        for section in result.sections
    )
    origin = result.provenance.model_copy(update={"same_as": "", "beside": {}})
    shown = result.with_sections(
        sections,
        status=_status(result, sections),
        by_hand=tuple(
            one for one in result.by_hand if one.judged.id not in hidden.get(one.lab, set())
        ),
        provenance=origin,
    )
    seen = tuple(_facts(lab, public) for lab in facts.labs)
    kept = facts.model_copy(update={"labs": seen, "same_as": ""})
    return StudentView(shown, kept, tuple(public.values()))


def _lab(lab: Assignment) -> Assignment:
    checks = tuple(check for check in lab.checks if not check.hidden)
    if len(checks) == len(lab.checks):
        return lab
    used = {name for check in checks for name in check.params.observations()}
    parts = {check.part for check in checks}
    return replace(
        lab,
        checks=checks,
        observe={name: spec for name, spec in lab.observe.items() if name in used},
        parts={name: title for name, title in lab.parts.items() if name in parts},
    )


def _section(section: SectionResult, hidden: set[str]) -> SectionResult:
    checks = tuple(check for check in section.checks if check.id not in hidden)
    causes = tuple(
        cause.model_copy(update={"explains": explains})
        for cause in section.causes
        if (explains := tuple(name for name in cause.explains if name not in hidden))
    )
    told = {cause.id for cause in causes}
    checks = tuple(
        check if check.cause in told else check.model_copy(update={"cause": ""}) for check in checks
    )
    return section.with_checks(checks, causes=causes)


def _status(result: Result, sections: Sequence[SectionResult]) -> GradeStatus:
    """Return the status without what only hidden checks brought about."""
    if result.status is GradeStatus.GRADED:
        return result.status
    checks = [check for section in sections for check in section.checks]
    if result.provenance.distrust or any(check.status is Status.ERROR for check in checks):
        return GradeStatus.NOT_GRADED
    asked = any(check.flags or check.status is Status.MANUAL for check in checks)
    return GradeStatus.NEEDS_REVIEW if asked or result.changed else GradeStatus.GRADED


def _facts(facts: LabFacts, labs: Mapping[str, Assignment]) -> LabFacts:
    lab = labs.get(facts.lab)
    if lab is None:
        return facts
    seen = {name: entry for name, entry in facts.observations.items() if name in lab.observe}
    return facts.model_copy(update={"observations": seen})
