"""Checks of a scene: what its steps saw of containers, networks and volumes."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from grader.core.printed import last_line, looked_at
from grader.core.signals import SIGKILL, name_of
from grader.core.text import quoted, shorten
from grader.facts import NotSeen
from grader.facts.scenes import Answered, Said, Started, Stopped
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, failed, nothing, passed, unseen
from grader.spec.assignment import Aspect, Need, Params
from grader.spec.observations import Id


class OfStep(Params):
    """Parameters of a check that looks at one step of a scene."""

    of: Id
    step: Id

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.STEPS),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)

    def shows(self) -> bool:
        return True

    def steps(self) -> tuple[str, ...]:
        return (self.step,)


def unanswered(context: JudgeContext, of: str, asked: str | None) -> Outcome | None:
    """Return the outcome of a check where the request `asked` got no answer at all, else None.

    What then stays silent, or does not end, shows nothing.
    """
    if asked is None:
        return None
    seen = context.step(of, asked, Answered)
    if isinstance(seen, NotSeen):
        return unseen(seen)
    if any(answer.status or answer.body for answer in seen.answers):
        return None
    why = f"{seen.to} did not answer before either, so there is nothing to compare with."
    return nothing(why, actual="never answered")


class Starts(OfStep):
    """`starts: {of, step}`: the step could start its container, whatever became of it then."""


def judge_starts(_: JudgeContext, seen: Started, __: Starts) -> Outcome:
    """Judge whether a container could be started."""
    return passed(f"{seen.container} was started.", actual="started")


class SaysLine(OfStep):
    """`says: {of, step, within, unlike}`: the line a step waited for was printed in that time.

    `unlike` names another such step of the scene: what its container printed lacks the line.
    """

    within: float = Field(default=30.0, gt=0)
    unlike: Id | None = None

    def steps(self) -> tuple[str, ...]:
        return (self.step,) if self.unlike is None else (self.step, self.unlike)


def judge_says(context: JudgeContext, seen: Said, want: SaysLine) -> Outcome:
    """Judge whether a line was printed in time."""
    line = shorten(seen.line)
    expected = f"«{line}» within {want.within:g} s"
    outcome = _printed(seen, want)
    if outcome.passed and want.unlike is not None:
        other = context.step(want.of, want.unlike, Said)
        if isinstance(other, NotSeen):
            outcome = unseen(other)
        elif any(seen.line in entry.text for entry in other.log):
            why = f"{other.container} printed «{line}» as well, and there it is not true."
            outcome = failed(why, actual="always printed")
    return replace(outcome, expected=expected)


def _printed(seen: Said, want: SaysLine) -> Outcome:
    line = shorten(seen.line)
    if seen.after is None:
        ended = "" if seen.running else ", and the container had ended"
        why = f"{seen.container} never printed «{line}»{ended}. {last_words(seen, seen.line)}"
        return failed(why.strip(), actual="never printed")
    actual = f"printed after {seen.after:.1f} s"
    if seen.after > want.within:
        return failed(f"{seen.container} printed it too late.", actual=actual)
    return passed(f"{seen.container} printed «{line}».", actual=actual)


class Ends(OfStep):
    """`ends: {of, step, also, code, says, lacks, beside, asked}`: a container ended by itself.

    `code` is a number, `nonzero` for any but 0, or `any`. `also` names the steps of further
    containers of which the same is true. `beside` names one for which all was well, so that it has
    to end with 0: where that one failed as well, a failure shows nothing. `asked` names a request
    that was answered before.
    """

    also: tuple[Id, ...] = ()
    code: int | Literal["nonzero", "any"] = 0
    says: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    beside: Id | None = None
    asked: Id | None = None

    def shows(self) -> bool:
        return bool(self.beside or self.asked or self.says)

    def steps(self) -> tuple[str, ...]:
        others = (name for name in (self.beside, self.asked) if name)
        return (self.step, *self.also, *others)


def expected_ends(context: JudgeContext, want: Ends) -> str:
    """Return what the check asks for, in words."""
    special = {"nonzero": "an exit code other than 0", "any": "it ends by itself"}
    code = special.get(str(want.code), f"exit code {want.code}")
    says = context.fill(want.says)
    return f"{code}, {quoted(says)} printed" if says else code


def judge_ends(context: JudgeContext, seen: Started, want: Ends) -> Outcome:
    """Judge how containers ended by themselves and what they printed."""
    if outcome := unanswered(context, want.of, want.asked):
        return outcome
    outcome = _ended(context, seen, want)
    if want.beside and outcome.passed:
        outcome = _unlike(context, want, want.beside) or outcome
    for step in want.also:
        if not outcome.passed:
            break
        other = context.step(want.of, step, Started)
        if isinstance(other, NotSeen):
            return unseen(other)
        outcome = _ended(context, other, want)
        if not outcome.passed:
            outcome = replace(outcome, reason=f"In the run {step}: {outcome.reason}")
    return outcome


def _unlike(context: JudgeContext, want: Ends, beside: str) -> Outcome | None:
    """Return the outcome where the container for which all was well failed too, else None."""
    other = context.step(want.of, beside, Started)
    if isinstance(other, NotSeen):
        return unseen(other)
    if other.exit_code == 0:
        return None
    code = other.exit_code
    how = "did not end by itself" if code is None else f"ended with exit code {code}"
    why = f"The run {beside}, for which nothing was in the way, {how} as well. {last_words(other)}"
    return nothing(why, actual="fails always")


def _ended(context: JudgeContext, seen: Started, want: Ends) -> Outcome:
    says, lacks = context.fill(want.says), context.fill(want.lacks)
    code = seen.exit_code
    if code is None:
        why = f"It did not end by itself. {last_words(seen)}"
        return failed(why.strip(), actual="still running")
    actual = f"exit code {code}"
    if not _right_code(code, want.code):
        why = f"It ended with exit code {code}. {last_words(seen)}"
        return failed(why.strip(), actual=actual)
    printed = "\n".join(line.text for line in seen.log)
    missing = [text for text in says if text not in printed]
    if missing:
        why = f"It never printed {quoted(missing)}. {last_words(seen)}"
        return failed(why.strip(), actual=f"{actual}, not printed")
    surplus = [text for text in lacks if text in printed]
    if surplus:
        why = f"It printed {quoted(surplus)}, which it should not."
        return failed(why, actual=actual)
    return passed(f"It ended with {actual}.", actual=actual)


def _right_code(code: int, wanted: int | str) -> bool:
    if wanted == "nonzero":
        return code != 0
    return wanted in {"any", code}


class StopsInScene(OfStep):
    """`stops: {of, step, says, within}`: `docker stop` in a scene ended it with 0 in that time."""

    says: str = ""
    within: float = Field(default=2.0, gt=0)


def expected_stops(_: JudgeContext, want: StopsInScene) -> str:
    """Return what the check asks for, in words."""
    return f"exit code 0 within {want.within:g} s of SIGTERM"


def judge_stops(_: JudgeContext, seen: Stopped, want: StopsInScene) -> Outcome:
    """Judge what `docker stop` did in a scene."""
    stop = seen.stop
    if not stop.kills:
        why = f"{seen.container} ended by itself (exit code {stop.exit_code})."
        return nothing(why, actual=f"exit code {stop.exit_code}")
    first = stop.kills[0]
    sent, took = name_of(first.signal), stop.took
    actual = f"exit code {stop.exit_code} after {took:.1f} s"
    if any(kill.signal == SIGKILL for kill in stop.kills):
        why = f"{sent} had no effect on {seen.container}; it had to be killed."
        return failed(why, actual=actual)
    if stop.exit_code != 0:
        why = f"{sent} ended {seen.container} with exit code {stop.exit_code}."
        return failed(why, actual=actual)
    if took > want.within:
        return failed(f"It took {took:.1f} s to end.", actual=actual)
    said = [line.at for line in seen.log if want.says in line.text]
    if want.says and not said:
        why = f"It ended, but never printed «{want.says}». {last_words(seen, want.says)}"
        return failed(why.strip(), actual=actual)
    if want.says and seen.printed_until is not None and max(said) <= seen.printed_until:
        why = f"It printed «{want.says}» before docker stop, and not when {sent} arrived."
        return failed(why, actual=actual)
    return passed(f"It ended {took:.2f} s after {sent}.", actual=actual)


def last_words(seen: Started | Said | Stopped, wanted: str = "") -> str:
    """Return in a sentence what a container printed last, or what was almost `wanted`."""
    words = [line.text for line in seen.log if line.text.strip()]
    near = [text for text in words if wanted and wanted.casefold() in text.casefold()]
    if near:
        return f"It printed «{shorten(near[-1], 160)}», but capitals count."
    if not words:
        return "It printed nothing."
    last = f"The last it printed was: {last_line(seen.log, 160)}"
    return f"{last}. {much}" if (much := looked_at(seen.log)) else last
