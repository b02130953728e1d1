"""The report for a terminal: readable at 80 columns, and without colour."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.core.text import clip, inert, visible
from grader.judge.questions import NO_ANSWER
from grader.judge.score import ANSWERS
from grader.render.causes import cause_rows, of_part
from grader.render.details import MARKS, details, overall, tally, without_repeats
from grader.render.lab_words import lab_word
from grader.render.next_step import next_step
from grader.render.pasted import pasteable
from grader.result import CheckResult, Result, SectionResult, Status

# Characters: a terminal is no place for a flood, and wrapping one takes minutes.
_TEXT, _OUTPUT = 2_000, 8_000
_LABEL = 9  # columns
_COMMANDS = frozenset({"try", "more", "then"})
_STYLES = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
    Status.MANUAL: "yellow",
    Status.ERROR: "bold magenta",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """How the grader is called where a report is read: by itself, and to check something.

    `folder` is the submission's, as it is named there; empty where it is the current one.
    """

    grader: str = "grader"
    check: str = "grader check"
    folder: str = ""


_ALONE = Typed()


def render_text(
    result: Result, *, width: int = 80, colour: bool = False, typed: Typed = _ALONE
) -> str:
    """Return the report as terminal text with a final newline; no student text reaches it raw.

    Commands to try are never broken but where a shell takes them up again: each can be pasted.
    """
    return printed(_report(result, width, typed), width=width, colour=colour)


def printed(parts: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """Return rich's parts, one below the other, as a terminal shows them, with a final newline.

    The terminal may be a GitHub workflow's log, which executes lines such as `::set-output`: in
    every such line a backslash is put before the colons.
    """
    console = Console(
        width=width, force_terminal=colour, no_color=not colour, highlight=False, soft_wrap=False
    )
    with console.capture() as capture:
        console.print(Group(*parts), crop=False)
    return inert("\n".join(line.rstrip() for line in capture.get().splitlines())) + "\n"


def _report(result: Result, width: int, typed: Typed) -> Iterator[RenderableType]:
    for section in result.sections:
        yield from _section(section, width, typed)
    standins = [name for name, base in result.provenance.bases.items() if base.standin]
    waiting = f", {result.pending} more are marked later" if result.pending else ""
    yield Text(f"{tally(result, ' points')}{waiting}", style="bold")
    if note := overall(result):
        yield Text(note, style="yellow")
    if result.provenance.distrust:
        yield Text(visible(result.provenance.distrust, keep="\n"), style="yellow")
    seconds = result.provenance.seconds
    tail = f" · stand-ins: {', '.join(standins)}" if standins else ""
    yield Text(f"{result.provenance.engine} · {seconds:.1f} s{tail}", style="dim")
    if todo := next_step(result, typed.check, typed.folder):
        yield Text("")
        yield Text("What to do next", style="bold underline")
        yield from _details(todo, 2, width)


def _section(section: SectionResult, width: int, typed: Typed) -> Iterator[RenderableType]:
    waiting = f", {section.pending} later" if section.pending else ""
    yield Text(f"{section.title}  {tally(section)}{waiting}", style="bold underline")
    if any(check.reproduce for check in section.checks if check.status is Status.FAILED):
        where = f"Commands to try are for the folder {section.id}."
        yield Padding(Text(where, style="dim"), (0, 0, 0, 2))
    yield Text("")
    if _nothing_there(section):
        yield _in_one(section.checks, "nothing of this lab is there")
        yield from _details(details(section.checks[0]), 4, width)
        yield Text("")
        return
    for part, checks in groupby(without_repeats(section.checks), key=lambda pair: pair[0].part):
        yield Text(part, style="bold")
        for title, cause in of_part(section, part):
            yield Padding(Text(clip(title, _TEXT), style="bold red"), (0, 0, 0, 2))
            yield from _details(cause_rows(cause, typed.grader), 4, width)
        for open_answer, group in groupby(checks, key=lambda pair: _is_open(pair[0])):
            pairs = list(group)
            if open_answer and len(pairs) > 1:
                questions = ", ".join(check.title for check, _ in pairs)
                yield _in_one([check for check, _ in pairs], f"not answered yet: {questions}")
                yield from _details([("hint", pairs[0][0].hint)], 4, width)
                continue
            for check, rows in pairs:
                yield _line(check)
                more = _page_of(section, check, typed) if rows else []
                yield from _details([*rows, *more], 4, width)
        yield Text("")
    # Behind the causes: they are what a report is read for.
    for note in section.notes:
        yield Text(visible(note), style="yellow")
    if section.notes:
        yield Text("")


def _page_of(section: SectionResult, check: CheckResult, typed: Typed) -> list[tuple[str, str]]:
    """Return the row with the command for a check's page, where no cause has one of its own."""
    if check.status is not Status.FAILED or check.cause or check.part == ANSWERS:
        return []
    return [("more", f"{typed.grader} explain {lab_word(section.id)}/{check.id}")]


def _nothing_there(section: SectionResult) -> bool:
    """Return whether all of a lab failed for one reason: its folder is not there."""
    causes = {(check.status, check.reason) for check in section.checks}
    return len(section.checks) > 1 and len(causes) == 1 and causes.pop()[0] is Status.FAILED


def _is_open(check: CheckResult) -> bool:
    return check.status is Status.FAILED and check.actual == NO_ANSWER


def _in_one(checks: Sequence[CheckResult], text: str) -> Table:
    """Return the line of several checks that are as the first of them is."""
    points = f"{sum(c.score for c in checks)}/{sum(c.max_score for c in checks)}"
    return _row(checks[0].status, text, points)


def _line(check: CheckResult) -> Table:
    return _row(check.status, check.title, f"-/{check.pending}" if check.pending else tally(check))


def _row(status: Status, title: str, points: str) -> Table:
    sign, word = MARKS[status]
    style = _STYLES[status]
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=3, justify="right")
    row.add_column(width=12)
    row.add_column(ratio=1)
    row.add_column(justify="right", min_width=5)
    row.add_row(
        Text(sign, style=style),
        Text(word, style=style),
        Text(title),
        Text(points),
    )
    return row


def _details(rows: Sequence[tuple[str, str]], indent: int, width: int) -> Iterator[RenderableType]:
    """Yield labelled texts; a command as lines that a shell takes, which nothing folds."""
    for name, value in rows:
        if name in _COMMANDS:
            room = max(width - indent - _LABEL - 1, _LABEL)
            for number, line in enumerate(pasteable(clip(value, _TEXT), room)):
                label = name if number == 0 else ""
                text = Text(f"{'':{indent}}{label:<{_LABEL}} ", style="dim")
                text.no_wrap, text.overflow = True, "ignore"
                yield text.append(line, style="not dim")
            continue
        table = Table.grid(padding=(0, 1))
        table.add_column(width=_LABEL, style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(name, Text(clip(value, _OUTPUT if name == "output" else _TEXT)))
        yield Padding(table, (0, 0, 0, indent))
