"""What to do after a report: one thing, the most basic that is wrong, and how to check it again."""

import shlex
from collections.abc import Iterator

from grader.judge.questions import NO_ANSWER
from grader.render.lab_words import lab_word
from grader.result import CheckResult, Result, SectionResult, Status


def next_step(
    result: Result, command: str = "grader check", folder: str = ""
) -> list[tuple[str, str]]:
    """Return pairs of a label and a text, none where there is nothing to mend.

    The labels are those of a report: `first` is what to mend, `next` where to look, `try` a
    command that shows it, `then` the command that checks the lab again. `folder` is where the
    submission is, empty where that is the current folder.
    """
    for section in result.sections:
        rows = list(_of_cause(section)) or list(_of_check(section))
        if rows:
            lab = f"{folder.rstrip('/')}/{section.id}" if folder else lab_word(section.id)
            again = f"{command} {shlex.quote(lab)}"
            return [row for row in (*rows, ("then", again)) if row[1]]
    if not result.status.has_score:
        return [("first", "The engine failed; your work need not change."), ("then", command)]
    return []


def _of_cause(section: SectionResult) -> Iterator[tuple[str, str]]:
    for cause in section.causes[:1]:
        yield "first", f"{section.title}: {cause.title}. {cause.seen}"
        yield "next", cause.direction
        yield "try", cause.shows


def _of_check(section: SectionResult) -> Iterator[tuple[str, str]]:
    wrong = [
        check
        for check in section.checks
        if check.status is Status.FAILED or (check.status is Status.MANUAL and check.hint)
    ]
    for check in sorted(wrong, key=_is_unanswered)[:1]:
        yield "first", f"{section.title}: {check.title}. {check.reason}"
        yield "next", check.hint
        yield "try", check.reproduce


def _is_unanswered(check: CheckResult) -> bool:
    """Return whether a check is an answer that is still open: what was begun comes before it."""
    return check.actual == NO_ANSWER
