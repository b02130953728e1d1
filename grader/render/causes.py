"""How every format says a cause: labelled texts, in one order, before the checks it explains."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from grader.result import CauseResult, CheckResult, SectionResult


def of_part(section: SectionResult, part: str) -> tuple[tuple[str, CauseResult], ...]:
    """Return a part's causes, each with its title as a report says it, in their order.

    Where the evidence fits several, they begin with *Either* and *Or*. One that a part before was
    told already is said again, and not explained again.
    """
    causes = [cause for cause in section.causes if cause.part == part]
    before_or = {one.id for one, other in pairwise(causes) if other.either and not one.either}
    return tuple(
        (f"{_title(cause, before_or)}, as above", _short(cause))
        if is_repeat(section, cause)
        else (_title(cause, before_or), cause)
        for cause in causes
    )


def is_repeat(section: SectionResult, cause: CauseResult) -> bool:
    """Return whether a part before was told the same cause, by the same evidence."""
    first = next(one for one in section.causes if (one.id, one.seen) == (cause.id, cause.seen))
    return first.part != cause.part


def _short(cause: CauseResult) -> CauseResult:
    return cause.model_copy(update={"why": "", "direction": "", "shows": ""})


def _title(cause: CauseResult, before_or: set[str]) -> str:
    lead = "Or: " if cause.either else "Either: " if cause.id in before_or else ""
    return f"{lead}{cause.title}"


def cause_rows(cause: CauseResult, command: str = "grader") -> list[tuple[str, str]]:
    """Return pairs of a label and a text that say a cause, without empty ones.

    `command` is how the grader is called where it is read.

    Labels are `seen`, `why`, `next`, `try` and `more`; the texts are raw.
    """
    rows = [
        ("seen", cause.seen),
        ("why", cause.why),
        ("next", cause.direction),
        ("try", cause.shows),
        ("more", explain(cause, command)),
    ]
    return [(name, value) for name, value in rows if value]


def explain(cause: CauseResult, command: str = "grader") -> str:
    """Return the command that prints a cause's page."""
    return f"{command} explain {cause.id}"


def lead_in(check: CheckResult, causes: Iterable[CauseResult]) -> Iterator[str]:
    """Yield lines on a check's causes for formats that know checks only: at the first in full."""
    for cause in causes:
        if check.id in cause.explains[:1]:
            yield f"cause: {cause.title}"
            yield from (f"{name}: {value}" for name, value in cause_rows(cause))
        elif check.id in cause.explains:
            yield f"cause: {cause.title} (said with the first check of it)"


def first_words(check: CheckResult, causes: Iterable[CauseResult]) -> str:
    """Return one sentence on why a check failed: its cause where one was found, else its reason."""
    found = next((cause for cause in causes if check.id in cause.explains), None)
    return f"{found.title}. {found.seen}" if found else check.reason
