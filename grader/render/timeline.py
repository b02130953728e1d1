"""The picture of how a container came to its end: signals, printed lines and exit over time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.core.signals import KILLED, SIGKILL, mask_bit, name_of
from grader.core.text import shorten
from grader.facts import LogLine, RunFacts, StopFacts
from grader.render.svg import MONO, TEXT, WIDTH, Shapes, drawing, finish, fit, width

_LEFT, _RIGHT = 12.0, WIDTH - 12.0
_STRIP_TOP, _STRIP_HEIGHT, _LIFE = 18.0, 20.0, 6.0
_ROW = 22.0
_PRINTED = 5  # printed lines drawn at most
_EARLY = 0.1  # the engine stamps what a handler prints a moment before its own record of the kill
_TICKS = 6
_AWAY = 11.0  # of the words from their mark
_PRECISE = 1.0  # seconds below which hundredths matter
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True)
class _TimelineEvent:
    at: float
    mark: str
    words: str
    printed: str = ""

    @property
    def in_words(self) -> str:
        said = f"{self.words} “{shorten(self.printed, 80)}”" if self.printed else self.words
        return f"{said} at {_seconds(self.at)}"


def stop_timeline(run: RunFacts, stop: StopFacts, key: str) -> Markup:
    """Return, as SVG, what happened from the moment `docker stop` sent its first signal."""
    zero = stop.kills[0].at if stop.kills else 0.0
    events = [_signal(kill.signal, kill.at - zero, run) for kill in stop.kills]
    events += _printed(run.log, zero)
    end = max(stop.died_at - zero, 0.0)
    events = [
        *sorted(events, key=lambda event: event.at),
        _end(stop.exit_code, end, stop.oom_killed),
    ]
    if not stop.kills:
        return _timeline("It ended by itself before docker stop", events, 0.0, "the start", key)
    return _timeline("What docker stop did", events, stop.grace, "docker stop", key)


def life_timeline(run: RunFacts, key: str) -> Markup:
    """Return, as SVG, the life of a container that had ended before its processes were read."""
    events = [_TimelineEvent(0.0, "begin", "started"), *_printed(run.log, 0.0)]
    if run.ended is not None:
        events.append(_end(run.ended.exit_code, run.ended.after, run.ended.oom_killed))
    return _timeline("The container ended by itself", events, 0.0, "the start", key)


def _signal(number: int, at: float, run: RunFacts) -> _TimelineEvent:
    if number == SIGKILL:
        return _TimelineEvent(at, "kill", "SIGKILL: nobody can handle it")
    sent, first = f"{name_of(number)} to PID 1", run.init
    # 0 stands for a signal of which the engine did not say the number.
    if first is None or number < 1 or first.catches(number):
        return _TimelineEvent(at, "term", sent)
    why = "ignores it" if first.ignored & mask_bit(number) else "has no handler"
    return _TimelineEvent(at, "term", f"{sent}, which {why}")


def _printed(log: Sequence[LogLine], zero: float) -> list[_TimelineEvent]:
    lines = [line for line in log if line.at >= zero - _EARLY and line.text.strip()]
    events = [
        _TimelineEvent(max(0.0, line.at - zero), "print", "printed", line.text) for line in lines
    ]
    if len(events) <= _PRINTED:
        return events
    left = len(events) - _PRINTED + 1
    first, last = events[: _PRINTED - 2], events[-1]
    return [
        *first,
        _TimelineEvent(events[_PRINTED - 2].at, "print", f"and {left} more lines on record"),
        last,
    ]


def _end(code: int, at: float, oom_killed: bool) -> _TimelineEvent:  # noqa: FBT001 - a fact as it is
    if oom_killed:
        return _TimelineEvent(at, "end", f"ended, exit code {code}: out of memory")
    if code == KILLED:
        return _TimelineEvent(at, "end", "ended, exit code 137 (128 + 9)")
    return _TimelineEvent(at, "end", f"ended, exit code {code}")


def _timeline(
    title: str, events: Sequence[_TimelineEvent], grace: float, since: str, key: str
) -> Markup:
    in_words = ". ".join(event.in_words for event in events)
    waits = f" docker stop waits {grace:g} seconds before it sends SIGKILL." if grace else ""
    picture = drawing(key, title, f"Seconds since {since}: {in_words}.{waits}")
    last = max([grace, 0.01, *(event.at for event in events)]) * 1.04

    def place(at: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * at / last

    middle = _STRIP_TOP + _STRIP_HEIGHT / 2
    picture.rect("strip", (_LEFT, _STRIP_TOP, _RIGHT - _LEFT, _STRIP_HEIGHT))
    if grace:
        picture.rect("grace", (_LEFT, _STRIP_TOP, place(grace) - _LEFT, _STRIP_HEIGHT))
        picture.text(
            "muted", place(grace), _STRIP_TOP - 5, ("", f"grace period: {grace:g} s"), anchor="end"
        )
    died = max(2.0, place(events[-1].at) - _LEFT) if events else 0.0
    picture.rect("life", (_LEFT, middle - _LIFE / 2, died, _LIFE))
    bottom = _STRIP_TOP + _STRIP_HEIGHT + 6
    rows = [bottom + _ROW * (number + 0.5) for number in range(len(events))]
    for event, y in zip(events, rows, strict=True):
        picture.path("drop", ("M", place(event.at), bottom - 6, "V", y))
    for event, y in zip(events, rows, strict=True):
        _row(picture, event, place(event.at), y)
    axis = bottom + _ROW * len(events) + 8
    _axis(picture, axis, last, place, since)
    return finish(picture, (WIDTH, axis + 32), "picture")


def _row(picture: Shapes, event: _TimelineEvent, x: float, y: float) -> None:
    """Draw an event's mark and its words, on the side where there is more room for them."""
    group = picture.group(event.in_words)
    _mark(group, event.mark, x, y)
    time = f"  {_seconds(event.at)}"
    taken = width(time) + TEXT * len(event.words) * 1.08
    right = x - _LEFT < (_RIGHT - _LEFT) / 2
    space = (_RIGHT - x if right else x - _LEFT) - _AWAY - taken
    runs = [("strong", event.words)]
    if event.printed:
        runs.append(("said", f" “{fit(event.printed, space - 4 * MONO)}”"))
    runs.append(("muted", time))
    if right:
        group.text("label", x + _AWAY, y + 4, *runs)
    else:
        group.text("label", x - _AWAY, y + 4, *runs, anchor="end")


def _mark(group: Shapes, mark: str, x: float, y: float) -> None:
    if mark == "kill":
        diamond = ("M", x, y - 6, "L", x + 6, y, "L", x, y + 6, "L", x - 6, y, "Z")
        group.path("mark-kill", diamond)
    elif mark == "end":
        group.rect("mark-end", (x - 4.5, y - 4.5, 9, 9))
    else:
        group.circle(f"mark-{mark}", x, y, 3.5 if mark == "print" else 5)


def _axis(
    picture: Shapes, y: float, last: float, place: Callable[[float], float], since: str
) -> None:
    picture.path("axis", ("M", _LEFT, y, "H", _RIGHT))
    step = next((step for step in _STEPS if last / step <= _TICKS), last / _TICKS)
    for number in range(int(last / step) + 1):
        x = place(number * step)
        picture.path("axis", ("M", x, y, "V", y + 4))
        picture.text("muted", x, y + 15, ("", f"{number * step:g}"), anchor="middle")
    picture.text("muted", _RIGHT, y + 29, ("", f"seconds since {since}"), anchor="end")


def _seconds(at: float) -> str:
    return f"{at:.2f} s" if at < _PRECISE else f"{at:.1f} s"
