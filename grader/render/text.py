"""The report for a terminal: readable at 80 columns, and without colour."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.model import CheckResult, Result, SectionResult, Status
from grader.text import visible

# A word beside each mark: colour and signs alone tell nothing to those who cannot see them.
_MARKS = {
    Status.PASSED: ("✓", "passed", "green"),
    Status.FAILED: ("✗", "FAILED", "bold red"),
    Status.SKIPPED: ("·", "skipped", "dim"),
    Status.MANUAL: ("?", "marked later", "yellow"),
    Status.ERROR: ("!", "NOT GRADED", "bold magenta"),
}
_OVERALL = {
    "graded": "",
    "needs_review": "a person should look at the flagged checks",
    "not_graded": "not graded: the engine failed, this is not your score",
}


def render_text(result: Result, *, width: int = 80, colour: bool = False) -> str:
    """Return the report as terminal text with a final newline; no student text reaches it raw."""
    console = Console(
        width=width, force_terminal=colour, no_color=not colour, highlight=False, soft_wrap=False
    )
    with console.capture() as capture:
        console.print(Group(*_report(result)))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _report(result: Result) -> Iterator[RenderableType]:
    for section in result.sections:
        yield from _section(section)
    standins = [name for name, base in result.provenance.bases.items() if base.standin]
    yield Text(f"{result.score}/{result.max_score} points", style="bold")
    if note := _OVERALL[result.status]:
        yield Text(note, style="yellow")
    seconds = result.provenance.seconds
    tail = f" · stand-ins: {', '.join(standins)}" if standins else ""
    yield Text(f"{result.provenance.engine} · {seconds:.1f} s{tail}", style="dim")


def _section(section: SectionResult) -> Iterator[RenderableType]:
    yield Text(f"{section.title}  {section.score}/{section.max_score}", style="bold underline")
    for note in section.notes:
        yield Padding(Text(visible(note), style="yellow"), (0, 0, 0, 2))
    yield Text("")
    for part, checks in groupby(section.checks, key=lambda check: check.part):
        yield Text(part, style="bold")
        told: str | None = None
        for check in checks:
            yield _line(check)
            # One cause is told once, not under each check that waits for it.
            waits = check.after if check.status is Status.SKIPPED else None
            details = None if waits is not None and waits == told else _details(check)
            told = waits
            if details:
                yield Padding(details, (0, 0, 0, 4))
        yield Text("")


def _line(check: CheckResult) -> Table:
    sign, word, style = _MARKS[check.status]
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=3, justify="right")
    row.add_column(width=12)
    row.add_column(ratio=1)
    row.add_column(justify="right", min_width=5)
    row.add_row(
        Text(sign, style=style),
        Text(word, style=style),
        Text(check.title),
        Text(f"{check.score}/{check.max_score}"),
    )
    return row


def _details(check: CheckResult) -> Table | None:
    """Return what a reader needs to mend it; a check that passed needs none."""
    rows: list[tuple[str, str]] = []
    if check.status in {Status.FAILED, Status.ERROR}:
        rows = [
            ("why", check.reason),
            ("expected", check.expected),
            ("seen", check.actual),
            ("hint", check.hint),
            ("output", check.evidence),
            ("try", check.reproduce),
        ]
    elif check.status is Status.SKIPPED:
        rows = [("why", check.reason)]
    rows += [("flag", flag) for flag in check.flags]
    rows = [(name, value) for name, value in rows if value]
    if not rows:
        return None
    table = Table.grid(padding=(0, 1))
    table.add_column(width=9, style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(visible(value, keep="\n")))
    return table
