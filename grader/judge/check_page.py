"""A check's page: what is looked at, what has to be there, and how to see it oneself."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from grader.facts import LabFacts
from grader.judge.check_kinds import ROWS
from grader.judge.context import JudgeContext, NotObserved
from grader.judge.reproduce import reproduce
from grader.spec.assignment import Assignment, Check


def checks_named(name: str, labs: Sequence[Assignment]) -> list[tuple[Assignment, Check]]:
    """Return the checks that `CHECK` or `LAB/CHECK` names, with their labs; LAB may be a number."""
    lab_name, _, check_name = name.rpartition("/")
    return [
        (lab, check)
        for lab in labs
        for check in lab.checks
        if check.id == check_name and lab_name in {"", lab.id, lab.id.split("-", 1)[0]}
    ]


def check_page(lab: Assignment, check: Check, command: str, hints: int = 1) -> str:
    """Return a check's page as Markdown, with a final newline.

    `command` is how the grader is called, `hints` how many of the check's hints are shown.
    """
    return "\n\n".join(_paragraphs(lab, check, command, hints)) + "\n"


def _paragraphs(lab: Assignment, check: Check, command: str, hints: int) -> Iterator[str]:
    unit = "point" if check.points == 1 else "points"
    yield f"# {check.title}"
    yield f"`{check.id}` of {lab.title} ({lab.parts[check.part]}): {check.points} {unit}"
    # Nothing was observed: random words stand by their names, as in {first}.
    nothing = LabFacts(lab=lab.id, words={}, bases={}, images={}, observations={})
    with suppress(NotObserved):  # some say it only of what was observed
        yield f"Expected: {ROWS[check.kind].wanted(JudgeContext(lab, nothing), check.params)}"
    if check.after:
        titles = {other.id: other.title for other in lab.checks}
        first = "; ".join(titles[name] for name in check.after)
        yield f"It is looked at only when this is right: {first}"
    for hint in check.hints[:hints]:
        yield f"Hint: {hint}"
    if len(check.hints) > hints:
        yield f"There is a further hint: {command} explain {lab.id}/{check.id} --hint {hints + 1}"
    if shown := reproduce(lab, check, nothing):
        yield f"To see it yourself, in the folder {lab.id}:\n\n```sh\n{shown}\n```"
