"""Shows one submission being graded: each check as it is decided, and what is under way."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from grader.core.text import shorten, visible
from grader.facts import LabFacts
from grader.judge.so_far import decided
from grader.observe.lab_so_far import Watcher
from grader.render.details import MARKS
from grader.render.lab_words import lab_word, work_words
from grader.result import CheckResult, Status
from grader.spec.assignment import Assignment

_STYLES = {Status.PASSED: "green", Status.FAILED: "bold red", Status.ERROR: "bold magenta"}
_NAMED = 1  # of what is under way
_TURNING = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TURNS = 8  # a second


class SteadyConsole(Console):
    """A console that never hides the cursor: however a run ends, nothing has to give it back."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's signature
        """Leave the cursor as it is."""
        return False


class CheckProgress(Watcher):
    """Says each check once, when its facts are in: a line for it on the console.

    A lab of which nothing passes and all is known at once is one line.
    """

    def __init__(self, labs: Sequence[Assignment], console: Console) -> None:
        self._labs = {lab.id: lab for lab in labs}
        self._console = console
        self._said: dict[str, set[str]] = {lab.id: set() for lab in labs}
        self._under_way: dict[tuple[str, str, str], float] = {}
        self._begin = time.monotonic()
        self._doing = "asking the Docker engine"
        # rich draws the live line while it holds its own lock, which printing takes as well: what
        # the line is made of has a lock that is never held while something is printed.
        self._lock = threading.Lock()
        self._printing = threading.Lock()

    def note(self, text: str) -> None:
        """Print a line that is not about a check."""
        with self._printing:
            self._print(escape(visible(text)))

    def begins(self, lab: str, kind: str, name: str) -> None:
        """Show it in the live line."""
        with self._lock:
            self._under_way[lab, kind, name] = time.monotonic()

    def ends(self, lab: str, kind: str, name: str) -> None:
        """Take it out of the live line."""
        with self._lock:
            self._under_way.pop((lab, kind, name), None)

    def known(self, facts: LabFacts) -> None:
        """Print the checks of a lab that are decided by now, and were not before."""
        lab = self._labs[facts.lab]
        found = decided(lab, facts)
        with self._printing:
            with self._lock:
                said = self._said[facts.lab]
                new = {name: check for name, check in found.items() if name not in said}
                said.update(new)
            if len(new) == len(lab.checks) > 1 and _all_alike(new.values()):
                first = next(iter(new.values()))
                self._line(lab.id, first, f"all {len(new)} checks: {first.reason}")
                return
            for check in new.values():
                self._line(lab.id, check, check.title)

    def live(self) -> Text:
        """Return the live line: how far, how long, and what is under way for how long."""
        with self._lock:
            now = time.monotonic()
            total = sum(len(lab.checks) for lab in self._labs.values())
            done = sum(map(len, self._said.values()))
            words = []
            for (lab, kind, name), since in list(self._under_way.items())[:_NAMED]:
                doing, usual = work_words(self._labs[lab], kind, name)
                long = f"{now - since:.0f} s, mostly {usual}"
                words.append(f"{lab_word(lab)} {doing} ({long})")
            more = len(self._under_way) - _NAMED
            words += [f"+{more}"] if more > 0 else []
            doing = ", ".join(words) or self._doing
            return Text(f"{done}/{total} checks, {now - self._begin:.0f} s: {doing}")

    def _line(self, lab: str, check: CheckResult, text: str) -> None:
        sign, word = MARKS[check.status]
        style = _STYLES.get(check.status, "dim")
        head = f"[{style}]{sign} {word:<7}[/] " if self._console.is_terminal else f"{word}: "
        self._print(f"{head}{escape(lab_word(lab))} {escape(visible(shorten(text, 200)))}")

    def _print(self, text: str) -> None:
        if self._console.is_terminal:
            self._console.print(text, highlight=False, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(text, highlight=False, soft_wrap=True)


def _all_alike(checks: Iterable[CheckResult]) -> bool:
    found = {(check.status, check.reason) for check in checks}
    return len(found) == 1


class _LiveLine:
    """What rich draws anew several times a second."""

    def __init__(self, progress: CheckProgress) -> None:
        self._progress = progress

    def __rich__(self) -> Text:
        sign = _TURNING[int(time.monotonic() * _TURNS) % len(_TURNING)]
        line = Text(f"{sign} ", no_wrap=True, overflow="ellipsis")
        return line.append_text(self._progress.live())


@contextmanager
def watching(labs: Sequence[Assignment], console: Console | None = None) -> Iterator[CheckProgress]:
    """Yield what is told how the grading of a submission goes; it speaks on stderr."""
    console = console or SteadyConsole(stderr=True)
    progress = CheckProgress(labs, console)
    if not console.is_terminal:
        yield progress
        return
    with Live(
        _LiveLine(progress),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield progress
