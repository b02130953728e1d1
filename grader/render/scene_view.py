"""The view of a scene: its steps in order, what each saw, and which checks were judged by it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from grader.core.models import Frozen
from grader.core.signals import SIGKILL, name_of
from grader.core.text import shorten
from grader.facts import LogLine
from grader.facts.scenes import (
    Answer,
    Answered,
    Content,
    Counted,
    Done,
    Missing,
    Said,
    SceneFacts,
    Started,
    Stopped,
)
from grader.render.anchors import Link
from grader.render.scene_commands import setup_commands, step_command
from grader.render.view_input import CheckLink, ObservationView, ViewInput
from grader.spec.scenes import SceneSpec, Step

_LINES, _WIDTH = 4, 300  # of what was printed, answered or read; a report is not a log


@dataclass(frozen=True, slots=True)
class SceneStepView:
    """A row of the table.

    `seen` is a sentence, `lines` are what was printed, answered or read, under `label`. `checks`
    are those that were judged by this step.
    """

    anchor: str
    command: str
    seen: str
    label: str
    lines: tuple[str, ...]
    checks: tuple[CheckLink, ...]


@dataclass(frozen=True, slots=True)
class SceneView:
    """What `templates/observed/scene.html.j2` shows.

    `setup` are the commands for what the first step finds there. `open`: a check that was judged
    by it did not pass, so it is unfolded.
    """

    name: str
    setup: tuple[str, ...]
    steps: tuple[SceneStepView, ...]
    open: bool


def view_scene(given: ViewInput[SceneFacts, SceneSpec]) -> ObservationView:
    """Return the view of a scene; of a step without facts it has only the command."""
    steps = {step.id: _step(step, given) for step in given.spec.steps}
    judged = [check for step in steps.values() for check in step.checks]
    wrong = any(check.sign.style in {"failed", "error"} for check in judged)
    body = SceneView(given.name, setup_commands(given.spec), tuple(steps.values()), wrong)
    links = {
        name: Link(step.anchor, f"{given.name}, step {number}")
        for number, (name, step) in enumerate(steps.items(), 1)
    }
    return ObservationView(given.anchor, SceneSpec.kind, given.name, body, links)


def _step(step: Step, given: ViewInput[SceneFacts, SceneSpec]) -> SceneStepView:
    facts = given.facts.steps.get(step.id)
    unknown: _Words = ("not on record", "", ())
    seen, label, lines = unknown if facts is None else _SEEN[facts.did](facts)
    return SceneStepView(
        anchor=given.new_anchor(given.anchor, step.id),
        command=step_command(step, given.facts, given.words),
        seen=seen,
        label=label,
        lines=tuple(shorten(line, _WIDTH) for line in lines),
        checks=given.by_step.get(step.id, ()),
    )


# Each returns a sentence, a label, and the lines that stand under it.
_Words = tuple[str, str, tuple[str, ...]]


def _started(seen: Started) -> _Words:
    if seen.running:
        where = f", at {seen.address}" if seen.address else ""
        return f"running{where}", *_printed(seen.log)
    return f"ended with exit code {seen.exit_code}", *_printed(seen.log)


def _said(seen: Said) -> _Words:
    if seen.after is not None:
        return f"printed after {seen.after:.2f} s", *_printed(seen.log)
    ended = "" if seen.running else "; the container had ended"
    return f"never printed{ended}", *_printed(seen.log)


def _answered(seen: Answered) -> _Words:
    said = Counter(_answer(answer) for answer in seen.answers)
    words = [f"{text} ({times} times)" if times > 1 else text for text, times in said.items()]
    peers = {answer.peer for answer in seen.answers if answer.peer and not answer.error}
    if len(peers) > 1:
        words.append(f"from {len(peers)} addresses")
    bodies = dict.fromkeys(answer.body.strip() for answer in seen.answers if answer.body.strip())
    lines = tuple(bodies)[:_LINES]
    sentence = ", ".join(words) or "no answer"
    return f"{sentence}. {seen.asked}".strip() if seen.asked else sentence, "answered", lines


def _answer(answer: Answer) -> str:
    if answer.error:
        return f"no answer: {shorten(answer.error, 120)}"
    return f"status {answer.status}" if answer.status else "an answer" if answer.body else "nothing"


def _content(seen: Content) -> _Words:
    if seen.lines is None:
        return f"no such file. {seen.asked}".strip(), "", ()
    kept = seen.lines[:_LINES]
    more = f", the first {_LINES}" if len(seen.lines) > _LINES else ""
    return _number(len(seen.lines), "line"), f"in it{more}", kept


def _counted(seen: Counted) -> _Words:
    return _number(seen.times, "line"), "found", seen.found[:_LINES]


def _stopped(seen: Stopped) -> _Words:
    stop = seen.stop
    if not stop.kills:
        return f"had ended by itself, exit code {stop.exit_code}", *_printed(seen.log)
    sent = stop.kills[0]
    after = f"{stop.died_at - sent.at:.2f} s after {name_of(sent.signal)}"
    how = "ended by SIGKILL" if any(k.signal == SIGKILL for k in stop.kills) else "ended"
    return f"{how} {after}, exit code {stop.exit_code}", *_printed(seen.log)


def _done(_: Done) -> _Words:
    return "done", "", ()


def _missing(seen: Missing) -> _Words:
    return f"could not be done: {seen.why.why}", "", ()


def _printed(log: Sequence[LogLine]) -> tuple[str, tuple[str, ...]]:
    texts = [line.text for line in log if line.text.strip()]
    label = "printed, the last of it" if len(texts) > _LINES else "printed"
    return label, tuple(texts[-_LINES:])


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


_Tell = Callable[[Frozen], _Words]
# By what a step's facts say it did.
_SEEN: Mapping[str, _Tell] = {
    "started": cast("_Tell", _started),
    "said": cast("_Tell", _said),
    "answered": cast("_Tell", _answered),
    "content": cast("_Tell", _content),
    "counted": cast("_Tell", _counted),
    "stopped": cast("_Tell", _stopped),
    "done": cast("_Tell", _done),
    "missing": cast("_Tell", _missing),
}
