"""The report as Markdown: the job summary of GitHub Actions, and `grader check --format markdown`.

What a student wrote, or made a program print, stands in fences only, each longer than any run of
backticks in it: nothing in a fence is a link, an image, a mention or HTML. The little that stands
outside (titles, notes) has every character that means something to GitHub written as an entity;
addresses are the ones of causes, which no student writes.
"""

import re
import textwrap

from grader.core.text import clip, shorten
from grader.judge.causes import cause_of
from grader.render.causes import cause_rows, is_repeat, of_part
from grader.render.details import MARKS, measured, overall, tally, without_repeats
from grader.result import CheckResult, Result, SectionResult, Status

# GitHub refuses a summary of more than 1024 KiB whole; other steps' tools may add to ours.
BUDGET = 900 * 1024
_LEFT_OUT = "*{} more parts did not fit here; the report page has them all.*\n"
_WIDTH = 96
_TITLE = 160
_ROWS, _NOTES = 300, 20
_LIMITS = {"why": 2_000, "output": 8_000, "try": 2_000}
_OTHER_LIMIT = 1_000
_PROSE = {"why", "expected", "seen", "hint", "flag", "next", "more"}
_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~@&$]|:(?=//)|(?<=[wW]{3})\.")
_BACKTICKS = re.compile(r"`+")


def render_markdown(result: Result, *, budget: int = BUDGET) -> str:
    """Return the report in at most `budget` bytes of UTF-8.

    Where it is longer, explanations are left out first, then tables; a last line counts them.
    """
    blocks = [(0, _head(result))]
    for section in result.sections:
        blocks.append((1, f"### {_said(section.title)} {_points(section)}\n\n"))
        blocks += [(1, block) for block in _causes(section)]
        blocks += [(1, f"*{_said(note, 400)}*\n\n") for note in section.notes[:_NOTES]]
        blocks.append((1, _table(section)))
        blocks += [(2, block) for block in _explanations(section)]
    room = budget - len(_LEFT_OUT.format(len(blocks)).encode())
    kept: set[int] = set()
    for wanted in range(3):
        for number, (rank, block) in enumerate(blocks):
            size = len(block.encode())
            if rank == wanted and size <= room:
                kept.add(number)
                room -= size
    text = "".join(block for number, (_, block) in enumerate(blocks) if number in kept)
    left_out = len(blocks) - len(kept)
    return text + (_LEFT_OUT.format(left_out) if left_out else "")


def _head(result: Result) -> str:
    if not result.status.has_score:
        rows = ["## Not graded", "", f"**{_said(overall(result))}**"]
        causes = [clip(cause, _OTHER_LIMIT) for cause in result.causes()[:5]]
        rows += ["", _fence("\n\n".join(causes), "text")] if causes else []
    else:
        rows = [f"## {result.score}/{result.max_score} points"]
        if note := overall(result):
            rows += ["", f"*{_said(note)}*"]
    if result.pending:
        rows += ["", f"{result.pending} points are marked later and are not in this total."]
    if len(result.sections) > 1:
        rows += ["", "| lab | points | lost | not graded |", "|---|---:|---:|---:|"]
        rows += [_overview(section) for section in result.sections[:_ROWS]]
    standins = [name for name, base in result.provenance.bases.items() if base.standin]
    about = [result.provenance.engine, f"{measured(result.provenance.seconds):.1f} s"]
    about += [f"stand-ins {', '.join(standins)}"] if standins else []
    return "\n".join([*rows, "", " · ".join(map(_said, about)), "", ""])


def _overview(section: SectionResult) -> str:
    lost = sum(check.status in {Status.FAILED, Status.SKIPPED} for check in section.checks)
    errors = sum(check.status is Status.ERROR for check in section.checks)
    return f"| {_said(section.title)} | {_points(section)} | {lost} | {errors} |"


def _causes(section: SectionResult) -> list[str]:
    """Return a block of Markdown for each cause, part by part."""
    blocks = []
    for part in dict.fromkeys(cause.part for cause in section.causes):
        for title, cause in of_part(section, part):
            fences = _fences(cause_rows(cause))
            row = None if is_repeat(section, cause) else cause_of(cause.id)
            fences += (
                ["To read: " + ", ".join(f"<{address}>" for address in row.read)] if row else []
            )
            head = f"#### {_said(title)}\n\n{_said(part)}"
            blocks.append("\n\n".join([head, *fences]) + "\n\n")
    return blocks[:_ROWS]


def _table(section: SectionResult) -> str:
    rows = ["| | check | points |", "|---|---|---:|"]
    for check in section.checks[:_ROWS]:
        sign, word = MARKS[check.status]
        rows.append(f"| {sign} {word} | {_said(check.title)} | {_points(check)} |")
    if len(section.checks) > _ROWS:
        rows.append(f"| | {len(section.checks) - _ROWS} more checks | |")
    return "\n".join([*rows, "", ""])


def _points(what: SectionResult | CheckResult) -> str:
    later = f" (+{what.pending} later)" if what.pending else ""
    return f"{tally(what)}{later}"


def _explanations(section: SectionResult) -> list[str]:
    """Return a block of Markdown for each check that has details."""
    blocks = []
    for check, rows in without_repeats(section.checks):
        if rows:
            sign, word = MARKS[check.status]
            title = f"#### {sign} {word}: {_said(check.title)} {_points(check)}"
            blocks.append("\n\n".join([title, *_fences(rows)]) + "\n\n")
    return blocks


def _fences(rows: list[tuple[str, str]]) -> list[str]:
    words = [f"{name:9} {_wrapped(name, value)}" for name, value in rows if name in _PROSE]
    fences = [_fence("\n".join(words), "text")] if words else []
    for name, value in rows:
        if name not in _PROSE:
            language = "sh" if name == "try" else "text"
            fences.append(f"{name}\n\n{_fence(clip(value, _LIMITS[name]), language)}")
    return fences


def _wrapped(name: str, value: str) -> str:
    """Return the text in lines of at most 96 characters, the further ones indented."""
    seen = clip(value, _LIMITS.get(name, _OTHER_LIMIT))
    rows = [
        row
        for line in seen.split("\n")
        for row in textwrap.wrap(line, _WIDTH, break_on_hyphens=False) or [""]
    ]
    return "\n".join([rows[0], *(f"{'':9} {row}".rstrip() for row in rows[1:])])


def _fence(text: str, language: str) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _said(text: str, limit: int = _TITLE) -> str:
    """Return text on one line in which GitHub finds no Markdown, mention or link."""
    # Mentions and issue numbers are looked for after entities are read: a word joiner, which is
    # not seen, parts the sign from the name.
    line = _SPECIAL.sub(lambda m: f"&#{ord(m[0])};", shorten(text, limit))
    return line.replace("&#64;", "&#64;\u2060").replace("&#35;", "&#35;\u2060") or "-"
