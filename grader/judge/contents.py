"""Checks of what a scene's files and logs hold."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from grader.core.models import Frozen
from grader.core.text import quoted, shorten
from grader.facts import NotSeen
from grader.facts.scenes import Content, Counted, Missing, SceneFacts, Started
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, failed, nothing, passed, unseen
from grader.judge.scenes import OfStep, last_words
from grader.spec.assignment import Aspect, Need, Params
from grader.spec.observations import Id
from grader.spec.scenes import SceneSpec


class Logged(Params):
    """`logged: {of, times: {STEP: number}, more, unlike}`: how many lines each counting step found.

    With `more: true`, more of them are as good. `unlike` names a counting step that has to have
    found some: without that, nothing is shown.
    """

    of: Id
    times: Mapping[Id, int] = Field(min_length=1)
    more: bool = False
    unlike: Id | None = None

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.STEPS),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)

    def shows(self) -> bool:
        return any(self.times.values()) or self.unlike is not None

    def steps(self) -> tuple[str, ...]:
        return (*self.times, *((self.unlike,) if self.unlike else ()))


def expected_logged(_: JudgeContext, want: Logged) -> str:
    """Return what the check asks for, in words; the lines themselves stand in the spec's steps."""
    return _such_lines(next(iter(want.times.values())))


def judge_logged(context: JudgeContext, _: SceneFacts, want: Logged) -> Outcome:
    """Judge how many lines of a log hold a text."""
    expected, found, problems, anything = [], [], [], False
    for step, times in want.times.items():
        seen = context.step(want.of, step, Counted)
        if isinstance(seen, NotSeen):
            return unseen(seen, _such_lines(times))
        line = shorten(seen.line.strip(), 60)
        expected.append(f"{times} with «{line}»")
        found.append(f"{seen.times} with «{line}»")
        anything |= seen.times > 0
        if seen.times < times or (seen.times > times and not want.more):
            shown = ", ".join(f"«{shorten(text, 80)}»" for text in seen.found)
            more = ", …" if seen.times > len(seen.found) else ""
            noun = "line" if seen.times == 1 else "lines"
            problems.append(
                f"The log of {seen.container} has {seen.times} {noun} with «{line}», "
                f"not {times}{f': {shown}{more}' if shown else '.'}"
            )
    if want.unlike and (outcome := _never_logged(context, want, want.unlike)):
        return outcome
    wanted, actual = ", ".join(expected), ", ".join(found)
    if problems:
        outcome = failed(problems[0], expected=wanted, actual=actual)
        return replace(outcome, nothing=not anything)
    return passed(f"The log has so many lines: {actual}.", expected=wanted, actual=actual)


def _never_logged(context: JudgeContext, want: Logged, unlike: str) -> Outcome | None:
    """Return the outcome where the log lacks what has to be in it in any case, else None."""
    seen = context.step(want.of, unlike, Counted)
    if isinstance(seen, NotSeen):
        return unseen(seen)
    if seen.times:
        return None
    why = f"The log of {seen.container} has no line with «{shorten(seen.line.strip(), 60)}» either."
    return nothing(why, actual="nothing arrived")


def _such_lines(times: int) -> str:
    return f"{times} such lines in the log"


class InLog(Frozen):
    """Each line of a file must be in the log of one of the counting steps `by`, written as `as`.

    `{line}` in `as` stands for the line; a line of the log has to end with it.
    """

    by: tuple[Id, ...] = Field(min_length=1)
    as_: str = Field(default="{line}", alias="as")


class Holds(OfStep):
    """`holds: {of, step, lines, absent, printed_by, logged, lacks, unlike}`: what a file holds.

    `lines` are all of its lines; `printed_by` names steps whose containers each printed one of
    them, in that order; `logged` is where each has to stand as well; `absent: true`
    means there is no such file, or an empty one; `contains` and `lacks` are texts. `unlike` names a
    step that read another file, which has what this one lacks: without that, nothing is shown.
    """

    lines: tuple[str, ...] | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    absent: bool = False
    printed_by: tuple[Id, ...] = ()
    logged: InLog | None = None
    unlike: Id | None = None

    def shows(self) -> bool:
        return bool(self.unlike or self.lines or self.contains or self.printed_by)

    def steps(self) -> tuple[str, ...]:
        other = (self.unlike,) if self.unlike else ()
        return (self.step, *other, *self.printed_by, *(self.logged.by if self.logged else ()))


def expected_holds(context: JudgeContext, want: Holds) -> str:
    """Return what the check asks for, in words."""
    if want.absent:
        return "nothing there"
    if want.printed_by:
        return f"{len(want.printed_by)} lines, each as it was printed"
    if want.lines is not None:
        return quoted(context.fill(want.lines))
    return f"a file that holds {quoted(context.fill(want.contains))}"


def judge_holds(context: JudgeContext, seen: Content, want: Holds) -> Outcome:
    """Judge the lines of a file, by themselves or against what containers printed."""
    lines = seen.lines
    actual = "no such file" if lines is None else quoted(lines[:6])
    if want.absent:
        if lines:
            why = f"{seen.path} holds {actual}, and nothing should be there."
            return failed(why, actual=actual)
        return passed(f"{seen.path}: nothing is there.", actual="nothing")
    if lines is None and want.unlike and not (want.lines or want.contains or want.printed_by):
        lines, actual = (), "no such file"
    if lines is None:
        why = f"There is no file {seen.path}. {seen.asked}".strip()
        return replace(failed(why, actual=actual), nothing=_nobody_wrote(context, want))
    if problem := _wrong_lines(context, want, lines):
        why = f"{seen.path}: {problem} {seen.asked}".strip()
        return replace(failed(why, actual=actual), nothing=_nobody_wrote(context, want))
    if want.unlike and (outcome := _never_was(context, want, want.unlike)):
        return outcome
    return passed(f"{seen.path} holds {actual}.", actual=actual)


def _nobody_wrote(context: JudgeContext, want: Holds) -> bool:
    """Return whether nobody can have written anything.

    No container of the scene could be started, or all those whose answers are kept failed.
    """
    runs = [context.step(want.of, step, Started) for step in want.printed_by]
    if runs and all(isinstance(run, NotSeen) or run.exit_code for run in runs):
        return True
    spec, facts = context.assignment.observe[want.of], context.observation(want.of, SceneFacts)
    if not isinstance(spec, SceneSpec) or isinstance(facts, NotSeen):
        return False
    starts = [step.id for step in spec.steps if step.start and step.start.image]
    return bool(starts) and all(isinstance(facts.steps.get(name), Missing) for name in starts)


def _never_was(context: JudgeContext, want: Holds, unlike: str) -> Outcome | None:
    """Return the outcome where what a file lacks was not in the other one either, else None."""
    other = context.step(want.of, unlike, Content)
    if isinstance(other, NotSeen):
        return unseen(other)
    text = "\n".join(other.lines or ())
    missing = [entry for entry in context.fill(want.lacks) if entry not in text]
    if not missing:
        return None
    why = f"{other.path} never held {quoted(missing)}. {other.asked}"
    return nothing(why.strip(), actual="never written")


def _wrong_lines(context: JudgeContext, want: Holds, lines: Sequence[str]) -> str:
    if want.lines is not None and tuple(lines) != context.fill(want.lines):
        return f"its lines are {quoted(tuple(lines[:6]))}."
    text = "\n".join(lines)
    missing = [entry for entry in context.fill(want.contains) if entry not in text]
    if missing:
        return f"it does not hold {quoted(missing)}."
    surplus = [entry for entry in context.fill(want.lacks) if entry in text]
    if surplus:
        return f"it holds {quoted(surplus)}, which it should not."
    problem = _not_as_printed(context, want, lines) if want.printed_by else ""
    return problem or _not_as_logged(context, want, lines)


def _not_as_printed(context: JudgeContext, want: Holds, lines: Sequence[str]) -> str:
    if len(lines) != len(want.printed_by):
        noun = "line" if len(lines) == 1 else "lines"
        number = f"it has {len(lines)} {noun} after {len(want.printed_by)} runs."
        return f"{number} {_failed_run(context, want)}".strip()
    for line, step in zip(lines, want.printed_by, strict=True):
        ran = context.step(want.of, step, Started)
        if isinstance(ran, NotSeen):
            return f"{step}: {ran.why}"
        # Whether it prints anything is another check's; what was answered is in the service's log.
        silent = want.logged is not None and not any(entry.text.strip() for entry in ran.log)
        if not silent and line.strip() not in [entry.text.strip() for entry in ran.log]:
            return f"its line «{shorten(line)}» is not what {step} printed."
    return ""


def _failed_run(context: JudgeContext, want: Holds) -> str:
    """Return a sentence about the first run that failed, empty if none did."""
    for step in want.printed_by:
        ran = context.step(want.of, step, Started)
        if isinstance(ran, Started) and ran.exit_code != 0:
            code = ran.exit_code
            ended = "did not end by itself" if code is None else f"ended with exit code {code}"
            return f"The run {step} {ended}. {last_words(ran)}"
    return ""


def _not_as_logged(context: JudgeContext, want: Holds, lines: Sequence[str]) -> str:
    if want.logged is None:
        return ""
    rows: list[str] = []
    for step in want.logged.by:
        counted = context.step(want.of, step, Counted)
        if isinstance(counted, NotSeen):
            return counted.why
        rows += [entry.text for entry in counted.log]
    for line in lines:
        written = want.logged.as_.replace("{line}", line.strip())
        if not any(row.endswith(written) for row in rows):
            return f"its line «{shorten(line)}» is nothing that was answered."
    return ""
