"""Shows a class being graded: a bar on a terminal, a line for each submission elsewhere."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from grader.cli.check_progress import SteadyConsole
from grader.cli.common import say
from grader.core.text import shorten, visible
from grader.result import GradeStatus, Result

_NAMED = 3  # of those under way


class Quiet:
    """Says nothing but what a person must know."""

    def started(self, name: str) -> None:
        """Say nothing."""

    def finished(self, name: str, result: Result) -> None:
        """Say nothing."""

    def begins(self, text: str) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Pass it on."""
        say(text)


class Lines(Quiet):
    """One line for each result: for logs and for what is no terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._begin = time.monotonic()
        self._lock = threading.Lock()

    def begins(self, text: str) -> None:
        """Pass it on."""
        self.note(text)

    def finished(self, name: str, result: Result) -> None:
        """Print a line: how far, who, and the score."""
        with self._lock:
            self._done += 1
            left = _left(self._begin, self._done, self._total)
            click.echo(f"{self._done}/{self._total} {visible(name)}: {_outcome(result)}{left}")


class Bar(Quiet):
    """A bar with the rate, the time left, what is under way, and how many were not graded."""

    def __init__(self, progress: Progress, task: TaskID, total: int) -> None:
        self._progress = progress
        self._task = task
        self._total = total
        self._done = self._failed = 0
        self._under_way: dict[str, None] = {}
        self._now = ""
        self._begin = time.monotonic()
        self._lock = threading.Lock()

    def begins(self, text: str) -> None:
        """Pass it on, and show it where nothing is under way."""
        self.note(text)
        with self._lock:
            self._now = text
            self._show()

    def started(self, name: str) -> None:
        """Name it among those under way."""
        with self._lock:
            self._under_way[name] = None
            self._show()

    def finished(self, name: str, result: Result) -> None:
        """Move on by one."""
        with self._lock:
            self._under_way.pop(name, None)
            self._done += 1
            self._failed += not result.status.has_score
            self._progress.advance(self._task)
            self._show()
        if not result.status.has_score:
            self.note(f"{visible(name)}: {_outcome(result)}")

    def note(self, text: str) -> None:
        """Print it above the bar."""
        self._progress.console.print(escape(visible(text)), highlight=False)

    def _show(self) -> None:
        names = [shorten(name, 20) for name in self._under_way]
        more = f" +{len(names) - _NAMED}" if len(names) > _NAMED else ""
        self._progress.update(
            self._task,
            left=_left(self._begin, self._done, self._total).removeprefix(", "),
            failed=f"{self._failed} not graded" if self._failed else "",
            doing=", ".join(names[:_NAMED]) + more or visible(self._now),
        )


class _TwoLines(Progress):
    """How far it is on one line, who is under way on the next: one is too short for both."""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        for task in self.tasks:
            if doing := task.fields["doing"]:
                yield Text(f"  {doing}", style="dim", no_wrap=True, overflow="ellipsis")


@contextmanager
def showing(total: int, *, quiet: bool, console: Console | None = None) -> Iterator[Quiet]:
    """Yield what shows the grading of `total` submissions."""
    console = console or SteadyConsole(stderr=True)
    if quiet or not console.is_terminal:
        yield Quiet() if quiet else Lines(total)
        return
    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(16),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("[red]{task.fields[failed]}"),
    )
    with _TwoLines(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total, left="", failed="", doing="")
        yield Bar(progress, task, total)


def _outcome(result: Result) -> str:
    if not result.status.has_score:
        return "not graded"
    pending = f", {result.pending} waiting" if result.pending else ""
    review = " (to be looked at)" if result.status is GradeStatus.NEEDS_REVIEW else ""
    return f"{result.score}/{result.max_score}{pending}{review}"


def _left(begin: float, done: int, total: int) -> str:
    """Return the rate and the time left, as far as they are known."""
    passed = time.monotonic() - begin
    if not done or passed < 1:
        return ""
    rate = done / passed * 60
    seconds = (total - done) * passed / done
    left = f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"  # noqa: PLR2004
    return f", {rate:.1f}/min, {left} left"
