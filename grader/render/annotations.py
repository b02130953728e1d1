"""Annotations: workflow commands that put a message on a line of a file in GitHub's pages."""

from collections.abc import Mapping
from typing import Literal

from grader.core.text import clip, shorten
from grader.result import CheckResult, Result, SectionResult, Status

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
    """Return the commands, one a line, those of the most points first; no more than GitHub shows.

    `folders` are the labs' folders, by lab, as seen from the repository's root. A lab that is not
    in it lies outside of the repository, and its annotations name no file.
    """
    found = [(section, check) for section in result.sections for check in section.checks]
    failed = [one for one in found if one[1].status is Status.FAILED]
    failed.sort(key=lambda one: one[1].score - one[1].max_score)
    flagged = [one for one in found if one[1].flags]
    causes = [workflow_command("error", why, title="Not graded") for why in result.causes()]
    errors = [_command("error", one, _lost(one[1]), folders) for one in failed]
    warnings = [_command("warning", one, "\n".join(one[1].flags), folders) for one in flagged]
    return [*_shown("error", causes + errors), *_shown("warning", warnings)]


def _lost(check: CheckResult) -> str:
    seen = f"expected: {check.expected}; seen: {check.actual}" if check.expected else ""
    return "\n".join(text for text in (check.reason, seen, check.hint) if text)


def _command(
    kind: Literal["error", "warning"], found: Found, message: str, folders: Mapping[str, str]
) -> str:
    section, check = found
    points = f" ({check.score}/{check.max_score})" if kind == "error" else ""
    folder = folders.get(section.id)
    if check.place is None or folder is None:
        return workflow_command(kind, message, title=f"{section.id}: {check.title}{points}")
    file = shorten("/".join(part for part in (folder, check.place.file) if part), 500)
    line = check.place.line or 1
    return workflow_command(kind, message, title=f"{check.title}{points}", file=file, line=line)


def _shown(kind: Literal["error", "warning"], commands: list[str]) -> list[str]:
    if len(commands) <= SHOWN:
        return commands
    more = f"{len(commands) - SHOWN + 1} more: the job summary has all of them."
    return [*commands[: SHOWN - 1], workflow_command(kind, more, title="And more")]
