"""Where in a student's file the cause of a failed check is, as far as the facts say."""

from grader.facts import ImageFacts, Place
from grader.judge.check_kinds import ROWS
from grader.judge.context import JudgeContext
from grader.spec.assignment import Check


def explaining(context: JudgeContext, check: Check) -> Place | None:
    """Return the submitted file that decided a failed check, with the line if one can be named.

    None where several files could have.
    """
    for name in check.params.observations():
        for file in context.assignment.observe[name].submitted():
            return Place(file=file)
    image = _image(context, check)
    if image is None:
        return None
    facts = context.facts.images.get(image)
    if not isinstance(facts, ImageFacts):
        return Place(file=context.assignment.images[image].dockerfile)
    decisive = ROWS[check.kind].explained_by(facts.written, check.params)
    return Place(file=facts.dockerfile, line=decisive.line if decisive else None)


def _image(context: JudgeContext, check: Check) -> str | None:
    """Return the one image a check is about, None where several could be."""
    images = set(check.params.images())
    for name in check.params.observations():
        spec = context.assignment.observe[name]
        step = ROWS[check.kind].step_of(check.params)
        started = spec.image_of(step) if step else None
        images |= {started} if started else set(spec.images())
    return images.pop() if len(images) == 1 else None
