"""Annotations: workflow commands that put a message on a line of a file in GitHub's pages."""

from collections.abc import Mapping
from typing import Literal

from grader.core.text import clip, shorten
from grader.facts import Place
from grader.render.causes import explain, is_repeat, of_part
from grader.result import CauseResult, CheckResult, Result, SectionResult, Status

# GitHub shows this many errors of a step, and as many warnings; the rest it drops unsaid.
SHOWN = 10
_TITLE, _MESSAGE = 120, 1_200
Found = tuple[SectionResult, CheckResult]


def workflow_command(
    kind: Literal["error", "warning", "notice"],
    message: str,
    *,
    title: str = "",
    file: str = "",
    line: int | None = None,
) -> str:
    """Return one line for a step's output; nothing in the texts can end it or add to it."""
    values = {"file": file, "line": str(line or ""), "title": shorten(title, _TITLE)}
    properties = ",".join(f"{name}={_property(text)}" for name, text in values.items() if text)
    head = f"{kind} {properties}" if properties else kind
    return f"::{head}::{_data(clip(message, _MESSAGE))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def render_annotations(result: Result, folders: Mapping[str, str]) -> list[str]:
    """Return the commands, one a line, causes first; no more than GitHub shows.

    Behind them comes what has no cause, those of the most points first.

    `folders` are the labs' folders, by lab, as seen from the repository's root. A lab that is not
    in it lies outside of the repository, and its annotations name no file.
    """
    found = [(section, check) for section in result.sections for check in section.checks]
    # What a cause explains is said by the cause, once.
    told = {(s.id, name) for s in result.sections for c in s.causes for name in c.explains}
    failed = [
        (section, check)
        for section, check in found
        if check.status is Status.FAILED and (section.id, check.id) not in told
    ]
    failed.sort(key=lambda one: one[1].score - one[1].max_score)
    flagged = [one for one in found if one[1].flags]
    lost = [workflow_command("error", why, title="Not graded") for why in result.causes()]
    causes = [
        _of_cause(section, title, cause, folders)
        for section in result.sections
        for part in dict.fromkeys(cause.part for cause in section.causes)
        for title, cause in of_part(section, part)
        if not is_repeat(section, cause)
    ]
    errors = [_command("error", one, _lost(one[1]), folders) for one in failed]
    warnings = [_command("warning", one, "\n".join(one[1].flags), folders) for one in flagged]
    return [*_shown("error", lost + causes + errors), *_shown("warning", warnings)]


def _of_cause(
    section: SectionResult, title: str, cause: CauseResult, folders: Mapping[str, str]
) -> str:
    same = [one for one in section.causes if (one.id, one.seen) == (cause.id, cause.seen)]
    explains = {name for one in same for name in one.explains}
    lost = sum(
        check.max_score - check.score
        for check in section.checks
        if check.id in explains or check.after in explains
    )
    message = "\n".join((cause.seen, cause.why, cause.direction, f"More: {explain(cause)}"))
    return _placed("error", section, f"{title} (-{lost})", cause.place, message, folders)


def _lost(check: CheckResult) -> str:
    seen = f"expected: {check.expected}; seen: {check.actual}" if check.expected else ""
    return "\n".join(text for text in (check.reason, seen, check.hint) if text)


def _command(
    kind: Literal["error", "warning"], found: Found, message: str, folders: Mapping[str, str]
) -> str:
    section, check = found
    points = f" ({check.score}/{check.max_score})" if kind == "error" else ""
    return _placed(kind, section, f"{check.title}{points}", check.place, message, folders)


def _placed(
    kind: Literal["error", "warning"],
    section: SectionResult,
    title: str,
    place: Place | None,
    message: str,
    folders: Mapping[str, str],
) -> str:
    folder = folders.get(section.id)
    if place is None or folder is None:
        return workflow_command(kind, message, title=f"{section.id}: {title}")
    file = shorten("/".join(part for part in (folder, place.file) if part), 500)
    return workflow_command(kind, message, title=title, file=file, line=place.line or 1)


def _shown(kind: Literal["error", "warning"], commands: list[str]) -> list[str]:
    if len(commands) <= SHOWN:
        return commands
    more = f"{len(commands) - SHOWN + 1} more: the job summary has all of them."
    return [*commands[: SHOWN - 1], workflow_command(kind, more, title="And more")]
