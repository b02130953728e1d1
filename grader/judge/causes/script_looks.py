"""How causes in scripts are looked for: by what checks said, runs printed, and what is written."""

import re
from collections.abc import Callable

from grader.judge.causes.cause import Case, Finding, Look, quote

_MACHINE = re.compile(r" \(The machine: [^()]*\)")


def output(case: Case) -> str:
    """Return what the script printed on all of its machines, as far as it was kept."""
    facts = case.script
    worlds = facts.worlds.values() if facts else ()
    return "\n".join(run.output for world in worlds for run in world.runs)


def said(case: Case, pattern: str, *kinds: str) -> str:
    """Return the reason of a failed check that holds a pattern, without the machine; or nothing."""
    for check, result in case.failed:
        if (not kinds or check.kind in kinds) and re.search(pattern, result.reason):
            return _MACHINE.sub("", result.reason)
    return ""


def found_by(
    reason: str = "", *, written: str = "", printed: str = "", absent: str = "", tail: str = ""
) -> Look:
    """Return a look for scripts: all patterns that are given have to be found, `absent` must not.

    `reason` is looked for in what failed checks said, and those alone are explained; `printed` in
    what the script printed, `written` and `absent` in its lines. The sentence quotes the line that
    was found, and says `tail` of it, else the reason.
    """

    def look(case: Case) -> Finding | None:
        if case.script is None:
            return None
        why = said(case, reason) if reason else ""
        line = case.line(written) if written else None
        heard = re.search(printed, output(case)) if printed else None
        if (reason and not why) or (written and not line) or (printed and not heard):
            return None
        if absent and case.line(absent):
            return None
        checks = tuple(c.id for c, result in case.failed if re.search(reason, result.reason))
        sentence = _sentence(case, why, line, heard, tail)
        return Finding(sentence, line[0] if line else None, checks=checks if reason else ())

    return look


def _sentence(
    case: Case,
    why: str,
    line: tuple[int, str] | None,
    heard: re.Match[str] | None,
    tail: str,
) -> str:
    if line:
        return f"{case.quote(*line)}{tail or (f'. {why}' if why else '.')}"
    if tail:
        return f"{case.file}{tail}"
    return why or f"{case.file} printed: {heard[0] if heard else ''}"


def any_of(*looks: Look) -> Look:
    """Return the look that finds what the first of several finds."""

    def look(case: Case) -> Finding | None:
        return next((found for each in looks if (found := each(case))), None)

    return look


def where(test: Callable[[Case], bool], look: Look) -> Look:
    """Return the look, for cases that pass a test only."""
    return lambda case: look(case) if case.script and test(case) else None


def printed_by(pattern: str, tail: str = "") -> Look:
    """Return a look for containers: a shell says this of a line of a script that is in the image.

    The sentence quotes the line, and says `tail` of it, else what the shell said.
    """

    def look(case: Case) -> Finding | None:
        said = rf"([\w.-]+): (?:line )?(\d+): (?:\d+: )?({pattern})"
        for found in re.finditer(said, case.reasons() if case.image else ""):
            text = case.context.facts.sources.get(found[1], "").split("\n")
            number = int(found[2])
            if found[1].startswith("Dockerfile") or not 0 < number <= len(text) > 1:
                continue
            line = quote(found[1], number, text[number - 1].strip())
            return Finding(f"{line}{tail or f'. The shell said: {found[3]}.'}", number, found[1])
        return None

    return look
