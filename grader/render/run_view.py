"""The view of a run: the command that started it, its processes, and how it came to its end."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.core.signals import name_of
from grader.facts import LogLine, RunFacts
from grader.render.process_tree import process_tree
from grader.render.timeline import life_timeline, stop_timeline
from grader.render.view_input import ObservationView, ViewInput
from grader.spec.observations import RunSpec

_DOCKER_GRACE = 10.0  # seconds docker stop waits if nobody says otherwise
_LOG_LINES = 20  # shown of each end


@dataclass(frozen=True, slots=True)
class RunView:
    """What `templates/observed/run.html.j2` shows.

    `random`: the words of the command are new in every run. `processes` and `timeline` are SVG.
    """

    command: str
    random: bool
    ready: bool
    processes: Markup | None
    timeline: Markup | None
    timeline_title: str
    timeline_note: str
    log: tuple[LogLine, ...]


def view_run(given: ViewInput[RunFacts, RunSpec]) -> ObservationView:
    """Return the view of a run."""
    title = command(given.facts)
    return ObservationView(given.anchor, RunSpec.kind, title, _body(given))


def _body(given: ViewInput[RunFacts, RunSpec]) -> RunView:
    run, new_anchor = given.facts, given.new_anchor
    program = given.assignment.submission.program
    timeline, title, note = None, "", ""
    if run.stop is not None:
        timeline = stop_timeline(run, run.stop, new_anchor(given.anchor, "time"))
        title = "docker stop" if run.stop.kills else "Its end"
        if run.stop.kills and run.stop.grace < _DOCKER_GRACE:
            sent = name_of(run.stop.kills[0].signal)
            note = (
                f"It was given {run.stop.grace:g} s instead of docker stop's {_DOCKER_GRACE:g}: "
                f"PID 1 had no handler for {sent}, so waiting longer would have shown nothing more."
            )
    elif not run.processes:
        timeline = life_timeline(run, new_anchor(given.anchor, "time"))
        title = "Its end"
    tree = None
    if run.processes:
        tree = process_tree(run, program, new_anchor(given.anchor, "tree"))
    return RunView(
        command=command(run),
        random=bool(run.args or run.env),
        ready=run.ready,
        processes=tree,
        timeline=timeline,
        timeline_title=title,
        timeline_note=note,
        log=_two_ends(run.log),
    )


def command(run: RunFacts) -> str:
    """Return the `docker run` that a student would type for it."""
    words = ["docker run -d"]
    words += [f"-e {name}={shlex.quote(value)}" for name, value in run.env.items()]
    return " ".join([*words, run.image, *(shlex.quote(word) for word in run.args)])


def _two_ends(log: Sequence[LogLine]) -> tuple[LogLine, ...]:
    left = len(log) - 2 * _LOG_LINES
    if left <= 0:
        return tuple(log)
    between = LogLine(at=log[_LOG_LINES].at, text=f"… and {left} more lines on record …")
    return (*log[:_LOG_LINES], between, *log[-_LOG_LINES:])
