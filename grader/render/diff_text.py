"""The difference between two gradings for a terminal: readable at 80 columns, without colour."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.class_report.changes import (
    Cause,
    Changes,
    CheckChange,
    CheckOutcome,
    Side,
    Standing,
    SubmissionChange,
    Tally,
)
from grader.core.text import shorten, visible
from grader.render.details import MARKS
from grader.render.terminal import printed
from grader.result import Status

_CAUSES: Mapping[Cause, str] = {
    "submission": "other files were handed in",
    "grader": "another version of the grader",
    "spec": "another spec",
    "bases": "other base images",
    "marks": "marked by a person",
    "unknown": "the same files, grader and spec: look at it, it may not be repeatable",
}
_NAMES, _TALLIES = 20, 30
_UNSCORED = {Status.MANUAL, Status.ERROR}
_QUIET = {Status.PASSED, Status.SKIPPED}


def render_changes(changes: Changes, *, width: int = 80, colour: bool = False) -> str:
    """Return the changes as terminal text; no student text reaches it raw."""
    return printed(_parts(changes), width=width, colour=colour)


def _parts(changes: Changes) -> Iterator[RenderableType]:
    yield _sides(changes.before, changes.after)
    yield from _made("grader", changes.before.graders, changes.after.graders)
    yield from _made("spec", changes.before.specs, changes.after.specs)
    for change in changes.changed:
        yield Text("")
        yield from _submission(change)
    if changes.checks:
        yield Text("")
        yield Text("By check", style="bold")
        yield _tallies(changes.checks[:_TALLIES])
        if left := len(changes.checks) - _TALLIES:
            yield from [Text(f"  and {left} more")] if left > 0 else []
    yield Text("")
    for word, names in (
        ("Only in the second", changes.added),
        ("Only in the first", changes.removed),
    ):
        if names:
            yield Text(f"{word}: {_listed(names)}.")
    for found in changes.unreadable:
        yield Text(f"Not compared: {visible(found.folder)}: {visible(found.why)}", style="yellow")
    again = f", {changes.renewed} of them with other files" if changes.renewed else ""
    yield Text(
        f"{len(changes.changed)} changed, {changes.same} the same{again}, {len(changes.added)} "
        f"added, {len(changes.removed)} removed.",
        style="bold",
    )


def _sides(before: Side, after: Side) -> Text:
    words = []
    for name, side in (("first", before), ("second", after)):
        mean = "" if side.mean is None else f", {side.mean:.1f} points on average"
        words.append(f"{name}: {side.submissions} submissions{mean}")
    return Text("; ".join(words), style="dim")


def _made(name: str, before: Iterable[str], after: Iterable[str]) -> Iterator[RenderableType]:
    """Yield lines that say how what both were graded with (`name`: grader, spec …) differs."""
    was, now = (
        dict.fromkeys(word for text in side for word in text.split()) for side in (before, after)
    )
    if was.keys() == now.keys() or not was or not now:
        return
    yield Text(f"The {name} is another:")
    for word, mine, other in (("was", was, now), ("now", now, was)):
        only = " ".join(part for part in mine if part not in other)
        yield Padding(_row(word, only or "no other"), (0, 0, 0, 2))


def _submission(change: SubmissionChange) -> Iterator[RenderableType]:
    before, after = change.before, change.after
    delta = after.score - before.score
    moved = f"  ({delta:+d})" if before.status.has_score and after.status.has_score else ""
    line = Text(shorten(change.id, 60), style="bold")
    line.append(f"  {_standing(before)} -> {_standing(after)}{moved}")
    yield line
    yield Text(f"  why: {', '.join(_CAUSES[cause] for cause in change.causes)}", style="yellow")
    for lab, checks in groupby(change.checks, key=lambda check: check.lab):
        yield Text(f"  {visible(lab)}")
        for (was, now), group in _by_outcome(checks):
            names = ", ".join(visible(check.check) for check in group)
            yield Padding(Text(f"{names}: {was} -> {now}"), (0, 0, 0, 4))
            if len(group) == 1:
                yield from (Padding(row, (0, 0, 0, 6)) for row in _reasons(group[0]))


def _by_outcome(
    checks: Iterable[CheckChange],
) -> Iterator[tuple[tuple[str, str], list[CheckChange]]]:
    """Yield checks one by one, but those together that only follow from another one."""
    together: dict[tuple[str, str], list[CheckChange]] = {}
    for check in checks:
        outcomes = [outcome for outcome in (check.before, check.after) if outcome]
        follows = any(outcome.status is Status.SKIPPED for outcome in outcomes)
        if follows and all(outcome.status in _QUIET for outcome in outcomes):
            together.setdefault((_outcome(check.before), _outcome(check.after)), []).append(check)
        else:
            yield (_outcome(check.before), _outcome(check.after)), [check]
    yield from together.items()


def _reasons(check: CheckChange) -> Iterator[RenderableType]:
    """Yield what each side says that the other does not; that a check passed says enough."""
    for word, mine, other in (
        ("was", check.before, check.after),
        ("now", check.after, check.before),
    ):
        if mine is None:
            continue
        passed = mine.status is Status.PASSED and (other is None or other.status is not mine.status)
        if not passed and (other is None or mine.reason != other.reason):
            yield _row(word, mine.reason)
        for flag in mine.flags:
            if other is None or flag not in other.flags:
                yield _row(word, f"flag: {flag}")


def _standing(standing: Standing) -> str:
    if not standing.status.has_score:
        return "not graded"
    later = f", {standing.pending} later" if standing.pending else ""
    return f"{standing.score}/{standing.max_score}{later}"


def _outcome(outcome: CheckOutcome | None) -> str:
    if outcome is None:
        return "not part of it"
    points = "-" if outcome.status in _UNSCORED else str(outcome.score)
    return f"{_word(outcome.status)} {points}/{outcome.max_score + outcome.pending}"


def _word(status: Status | None) -> str:
    return "not part of it" if status is None else MARKS[status][1]


def _tallies(tallies: Iterable[Tally]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=6, justify="right")
    table.add_column(overflow="fold")
    for tally in tallies:
        where = f"{visible(tally.lab)}/{visible(tally.check)}"
        words = f"{where}: {_word(tally.before)} -> {_word(tally.after)}"
        table.add_row(Text(str(tally.count)), Text(words))
    return table


def _row(word: str, text: str) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=3, style="dim")
    table.add_column(overflow="fold")
    table.add_row(word, Text(visible(text)))
    return table


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(shorten(name, 60) for name in names[:_NAMES])
    return f"{shown} and {len(names) - _NAMES} more" if len(names) > _NAMES else shown
