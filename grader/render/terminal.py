"""The report for a terminal: readable at 80 columns, and without colour."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.core.text import clip, inert, visible
from grader.render.causes import cause_rows, of_part
from grader.render.details import MARKS, overall, tally, without_repeats
from grader.result import CheckResult, Result, SectionResult, Status

# Characters: a terminal is no place for a flood, and wrapping one takes minutes.
_TEXT, _OUTPUT = 2_000, 8_000
_STYLES = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
    Status.MANUAL: "yellow",
    Status.ERROR: "bold magenta",
}


def render_text(result: Result, *, width: int = 80, colour: bool = False) -> str:
    """Return the report as terminal text with a final newline; no student text reaches it raw."""
    return printed(_report(result), width=width, colour=colour)


def printed(parts: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """Return rich's parts, one below the other, as a terminal shows them, with a final newline.

    The terminal may be a GitHub workflow's log, which executes lines such as `::set-output`: in
    every such line a backslash is put before the colons.
    """
    console = Console(
        width=width, force_terminal=colour, no_color=not colour, highlight=False, soft_wrap=False
    )
    with console.capture() as capture:
        console.print(Group(*parts))
    return inert("\n".join(line.rstrip() for line in capture.get().splitlines())) + "\n"


def _report(result: Result) -> Iterator[RenderableType]:
    for section in result.sections:
        yield from _section(section)
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


def _section(section: SectionResult) -> Iterator[RenderableType]:
    waiting = f", {section.pending} later" if section.pending else ""
    yield Text(f"{section.title}  {tally(section)}{waiting}", style="bold underline")
    for note in section.notes:
        yield Padding(Text(visible(note), style="yellow"), (0, 0, 0, 2))
    yield Text("")
    for part, checks in groupby(without_repeats(section.checks), key=lambda pair: pair[0].part):
        yield Text(part, style="bold")
        for title, cause in of_part(section, part):
            yield Padding(Text(clip(title, _TEXT), style="bold red"), (0, 0, 0, 2))
            yield Padding(_details(cause_rows(cause)), (0, 0, 0, 4))
        for check, rows in checks:
            yield _line(check)
            if rows:
                yield Padding(_details(rows), (0, 0, 0, 4))
        yield Text("")


def _line(check: CheckResult) -> Table:
    sign, word = MARKS[check.status]
    style = _STYLES[check.status]
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=3, justify="right")
    row.add_column(width=12)
    row.add_column(ratio=1)
    row.add_column(justify="right", min_width=5)
    row.add_row(
        Text(sign, style=style),
        Text(word, style=style),
        Text(check.title),
        Text(f"-/{check.pending}" if check.pending else tally(check)),
    )
    return row


def _details(rows: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=9, style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(clip(value, _OUTPUT if name == "output" else _TEXT)))
    return table
