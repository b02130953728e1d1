"""Checks of what a scene's files and logs hold."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from grader.core.models import Frozen
from grader.core.text import quoted, shorten
from grader.facts import NotSeen
from grader.facts.scenes import Content, Counted, SceneFacts, Started
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, failed, passed, unseen
from grader.judge.scenes import OfStep, last_words
from grader.spec.assignment import Aspect, Need, Params
from grader.spec.observations import Id


class Logged(Params):
    """`logged: {of, times: {STEP: number}}`: how many lines each counting step of a scene found."""

    of: Id
    times: Mapping[Id, int] = Field(min_length=1)

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.STEPS),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)

    def steps(self) -> tuple[str, ...]:
        return tuple(self.times)


def expected_logged(_: JudgeContext, want: Logged) -> str:
    """Return what the check asks for, in words; the lines themselves stand in the spec's steps."""
    return _such_lines(next(iter(want.times.values())))


def judge_logged(context: JudgeContext, _: SceneFacts, want: Logged) -> Outcome:
    """Judge how many lines of a log hold a text."""
    expected, found, problems = [], [], []
    for step, times in want.times.items():
        seen = context.step(want.of, step, Counted)
        if isinstance(seen, NotSeen):
            return unseen(seen, _such_lines(times))
        line = shorten(seen.line.strip(), 60)
        expected.append(f"{times} with «{line}»")
        found.append(f"{seen.times} with «{line}»")
        if seen.times != times:
            shown = ", ".join(f"«{shorten(text, 80)}»" for text in seen.found)
            more = ", …" if seen.times > len(seen.found) else ""
            noun = "line" if seen.times == 1 else "lines"
            problems.append(
                f"The log of {seen.container} has {seen.times} {noun} with «{line}», "
                f"not {times}{f': {shown}{more}' if shown else '.'}"
            )
    wanted, actual = ", ".join(expected), ", ".join(found)
    if problems:
        return failed(problems[0], expected=wanted, actual=actual)
    return passed(f"The log has so many lines: {actual}.", expected=wanted, actual=actual)


def _such_lines(times: int) -> str:
    return f"{times} such lines in the log"


class InLog(Frozen):
    """Each line of a file must be in the log of one of the counting steps `by`, written as `as`.

    `{line}` in `as` stands for the line; a line of the log has to end with it.
    """

    by: tuple[Id, ...] = Field(min_length=1)
    as_: str = Field(default="{line}", alias="as")


class Holds(OfStep):
    """`holds: {of, step, lines, absent, printed_by, logged, lacks}`: what a file holds.

    `lines` are all of its lines; `printed_by` names steps whose containers each printed one of
    them, in that order; `logged` is where each has to stand as well; `absent: true`
    means there is no such file, or an empty one; `contains` and `lacks` are texts.
    """

    lines: tuple[str, ...] | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    absent: bool = False
    printed_by: tuple[Id, ...] = ()
    logged: InLog | None = None

    def steps(self) -> tuple[str, ...]:
        return (self.step, *self.printed_by, *(self.logged.by if self.logged else ()))


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
    if lines is None:
        why = f"There is no file {seen.path}. {seen.asked}".strip()
        return failed(why, actual=actual)
    if problem := _wrong_lines(context, want, lines):
        why = f"{seen.path}: {problem} {seen.asked}".strip()
        return failed(why, actual=actual)
    return passed(f"{seen.path} holds {actual}.", actual=actual)


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
        if line.strip() not in [entry.text.strip() for entry in ran.log]:
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
