"""Sections and results whose sums and status follow from their checks."""

from grader.result import CauseResult, CheckResult, GradeStatus, Result, SectionResult, Status


def section_of(
    id_: str,
    title: str,
    checks: tuple[CheckResult, ...],
    notes: tuple[str, ...] = (),
    causes: tuple[CauseResult, ...] = (),
) -> SectionResult:
    """Return a section whose totals are the sums of its checks."""
    return SectionResult(
        id=id_,
        title=title,
        score=sum(check.score for check in checks),
        max_score=sum(check.max_score for check in checks),
        pending=sum(check.pending for check in checks),
        checks=checks,
        notes=notes,
        causes=causes,
    )


def result_of(sections: tuple[SectionResult, ...], like: Result) -> Result:
    """Return a result whose totals and status follow from its sections."""
    checks = [check for section in sections for check in section.checks]
    review = any(check.flags or check.status is Status.MANUAL for check in checks)
    ill = any(check.status is Status.ERROR for check in checks)
    return like.model_copy(
        update={
            "sections": sections,
            "score": sum(section.score for section in sections),
            "max_score": sum(section.max_score for section in sections),
            "pending": sum(section.pending for section in sections),
            "status": GradeStatus("not_graded" if ill else "needs_review" if review else "graded"),
        }
    )
