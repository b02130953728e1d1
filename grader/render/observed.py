"""What the page shows of a lab's observations: runs with their pictures, and second builds."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from markupsafe import Markup

from grader.core.text import shorten
from grader.facts import AnswerFacts, LabFacts, LogLine, RebuildFacts, RunFacts
from grader.render.markdown_html import render_markdown
from grader.render.process_tree import process_tree
from grader.render.timeline import life_timeline, stop_timeline
from grader.result import CheckResult
from grader.spec.assignment import Assignment
from grader.spec.questions import FREE

_DOCKER_GRACE = 10.0  # seconds docker stop waits if nobody says otherwise
_LOG_LINES = 20  # shown of each end
_STEP_LENGTH = 160
_DIGEST = re.compile(r"\b(?:file|dir|multi):([0-9a-f]{6})[0-9a-f]+")

NewAnchor = Callable[..., str]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run: the command that started it and the pictures of what it did."""

    anchor: str
    command: str
    random: bool
    ready: bool
    processes: Markup | None
    timeline: Markup | None
    timeline_title: str
    timeline_note: str
    log: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a second build: taken from the cache, or run again."""

    text: str
    again: bool


@dataclass(frozen=True, slots=True)
class RebuildView:
    """An image built again after a file changed."""

    anchor: str
    image: str
    changed: str
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """What was observed for one lab, and by which observations each check was judged."""

    assignment: Assignment | None
    facts: LabFacts | None

    def of(self, check: CheckResult) -> Iterator[tuple[str, RunFacts | RebuildFacts]]:
        """Yield the observations of a check of which there is something to show."""
        checks = self.assignment.checks if self.assignment else ()
        spec = next((one for one in checks if one.id == check.id), None)
        if spec is None or self.facts is None:
            return
        for name in spec.params.observations():
            seen = self.facts.observations.get(name)
            if isinstance(seen, RunFacts) or (isinstance(seen, RebuildFacts) and _steps(seen)):
                yield name, seen

    def answer(self, check: CheckResult) -> Markup | None:
        """Return the student's own text where a person marks it."""
        asked = self.assignment.questions if self.assignment else ()
        if self.facts is None or all(one.id != check.id or one.kind != FREE for one in asked):
            return None
        seen = self.facts.answers.get(check.id)
        return render_markdown(seen.text) if isinstance(seen, AnswerFacts) and seen.text else None

    def run(self, run: RunFacts, anchor: str, new_anchor: NewAnchor) -> RunView:
        """Return what the page shows of a run."""
        program = self.assignment.submission.program if self.assignment else "the program"
        timeline, title, note = None, "", ""
        if run.stop is not None:
            timeline = stop_timeline(run, run.stop, new_anchor(anchor, "time"))
            title = "docker stop" if run.stop.kills else "Its end"
            if run.stop.kills and run.stop.grace < _DOCKER_GRACE:
                note = (
                    f"It was given {run.stop.grace:g} s instead of docker stop's "
                    f"{_DOCKER_GRACE:g}: PID 1 had no handler for SIGTERM, so waiting longer "
                    "would have shown nothing more."
                )
        elif not run.processes:
            timeline = life_timeline(run, new_anchor(anchor, "time"))
            title = "Its end"
        tree = process_tree(run, program, new_anchor(anchor, "tree")) if run.processes else None
        return RunView(
            anchor=anchor,
            command=command(run),
            random=bool(run.args or run.env),
            ready=run.ready,
            processes=tree,
            timeline=timeline,
            timeline_title=title,
            timeline_note=note,
            log=_two_ends(run.log),
        )

    def rebuild(self, rebuild: RebuildFacts, anchor: str) -> RebuildView:
        """Return what the page shows of a second build."""
        return RebuildView(anchor, rebuild.image, rebuild.changed, _steps(rebuild))


def _two_ends(log: Sequence[LogLine]) -> tuple[LogLine, ...]:
    left = len(log) - 2 * _LOG_LINES
    if left <= 0:
        return tuple(log)
    between = LogLine(at=log[_LOG_LINES].at, text=f"… and {left} more lines on record …")
    return (*log[:_LOG_LINES], between, *log[-_LOG_LINES:])


def _steps(rebuild: RebuildFacts) -> tuple[StepView, ...]:
    """Return the steps of a second build: one that ran again is a new intermediate image.

    Empty where the engine keeps none, so that nothing can be told step by step.
    """
    pairs = zip_longest(rebuild.after, rebuild.before[: len(rebuild.after)])
    if any(step.id is None for step in (*rebuild.before, *rebuild.after)):
        return ()
    return tuple(
        StepView(_instruction(new.created_by), old is None or old.id != new.id)
        for new, old in pairs
    )


def command(run: RunFacts) -> str:
    """Return the docker run a student would type for it."""
    words = ["docker run -d"]
    words += [f"-e {name}={shlex.quote(value)}" for name, value in run.env.items()]
    return " ".join([*words, run.image, *(shlex.quote(word) for word in run.args)])


def _instruction(created_by: str) -> str:
    """Return a line of an image's history as it stood in the Dockerfile, as far as it tells."""
    plain = re.sub(r"^(?:/bin/sh -c )?#\(nop\)\s+", "", created_by)
    if plain != created_by:
        return shorten(_DIGEST.sub(r"\1…", plain), _STEP_LENGTH)
    return shorten(re.sub(r"^/bin/sh -c ", "RUN ", created_by), _STEP_LENGTH)
