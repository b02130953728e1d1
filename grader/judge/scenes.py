"""Checks of a scene: what its steps saw of containers, networks and volumes."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import Field

from grader.facts import NotSeen
from grader.facts.scenes import (
    Answer,
    Answered,
    Content,
    Missing,
    Said,
    SceneFacts,
    Seen,
    Started,
    Stopped,
)
from grader.judge.common import failed, not_seen, passed
from grader.model import Verdict
from grader.spec.model import Aspect, Need, Params, Scene
from grader.spec.observations import Id
from grader.text import quoted, shorten

_SIGKILL = 9
S = TypeVar("S", bound=Seen)


class OfStep(Params):
    """Parameters of a check that looks at one step of a scene."""

    of: Id
    step: Id

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.STEPS),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)


def _step(scene: Scene, of: str, step: str, kind: type[S]) -> S | NotSeen:
    """Return what a step saw; a step of another kind is the spec's mistake."""
    facts = scene.facts.observations[of]
    if isinstance(facts, NotSeen):
        return facts
    if not isinstance(facts, SceneFacts) or step not in facts.steps:
        message = f"'{of}' is no scene with a step '{step}'"
        raise TypeError(message)
    found = facts.steps[step]
    if isinstance(found, Missing):
        return found.why
    if isinstance(found, kind):
        return found
    message = f"the step '{step}' of '{of}' did something else than this check looks at"
    raise TypeError(message)


class Runs(OfStep):
    """`runs: {of, step}`: `step` started a container that is to keep running."""


def judge_runs(scene: Scene, want: Runs) -> Verdict:
    """Judge whether a container was running after its start."""
    expected = "the container keeps running"
    seen = _step(scene, want.of, want.step, Started)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    if seen.running:
        return passed(f"{seen.container} was running.", expected=expected, actual="running")
    why = f"{seen.container} ended by itself with exit code {seen.exit_code}. {_last_words(seen)}"
    return failed(why.strip(), expected=expected, actual=f"exit code {seen.exit_code}")


class Says(OfStep):
    """`says: {of, step, within}`: the line a step waited for was printed in that time."""

    within: float = Field(default=30.0, gt=0)


def judge_says(scene: Scene, want: Says) -> Verdict:
    """Judge whether a line was printed in time."""
    seen = _step(scene, want.of, want.step, Said)
    if isinstance(seen, NotSeen):
        return not_seen(seen, "the line is printed")
    line = shorten(seen.line)
    expected = f"«{line}» within {want.within:g} s"
    if seen.after is None:
        ended = "" if seen.running else ", and the container had ended"
        why = f"{seen.container} never printed «{line}»{ended}. {_last_words(seen)}"
        return failed(why.strip(), expected=expected, actual="never printed")
    actual = f"printed after {seen.after:.1f} s"
    if seen.after > want.within:
        return failed(f"{seen.container} printed it too late.", expected=expected, actual=actual)
    return passed(f"{seen.container} printed «{line}».", expected=expected, actual=actual)


class Answers(OfStep):
    """`answers: {of, step, status, contains, lacks}`: every answer of a request.

    `status` 0 is plain TCP. In `contains` and `lacks` random words are filled in.
    """

    status: int = 200
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def judge_answers(scene: Scene, want: Answers) -> Verdict:
    """Judge whether a request was answered, and with what."""
    contains, lacks = scene.fill(want.contains), scene.fill(want.lacks)
    expected = f"an answer with status {want.status}" if want.status else "an answer"
    if contains:
        expected += f" that holds {quoted(contains)}"
    seen = _step(scene, want.of, want.step, Answered)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    for answer in seen.answers:
        actual = _answer(answer)
        if answer.error:
            why = f"{seen.to} did not answer: {shorten(answer.error, 160)}."
            return failed(why, expected=expected, actual=actual)
        if answer.status != want.status:
            why = f"{seen.to} answered with status {answer.status}: {shorten(answer.body, 160)}"
            return failed(why, expected=expected, actual=actual)
        missing = [text for text in contains if text not in answer.body]
        if missing:
            why = f"The answer of {seen.to} does not hold {quoted(missing)}: {actual}"
            return failed(why, expected=expected, actual=actual)
        surplus = [text for text in lacks if text in answer.body]
        if surplus:
            why = f"The answer of {seen.to} holds {quoted(surplus)}, which it should not."
            return failed(why, expected=expected, actual=actual)
    actual = _answer(seen.answers[-1])
    return passed(f"{seen.to} answered {actual}.", expected=expected, actual=actual)


class Silent(OfStep):
    """`silent: {of, step}`: nothing answered a request."""


def judge_silent(scene: Scene, want: Silent) -> Verdict:
    """Judge whether a request stayed without an answer."""
    expected = "no answer"
    seen = _step(scene, want.of, want.step, Answered)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    for answer in seen.answers:
        if not answer.error and (answer.status or answer.body):
            actual = _answer(answer)
            return failed(f"{seen.to} answered {actual}.", expected=expected, actual=actual)
    error = shorten(seen.answers[0].error) if seen.answers else "no connection"
    return passed(f"{seen.to} did not answer ({error}).", expected=expected, actual="no answer")


class Spread(OfStep):
    """`spread: {of, step, over}`: a repeated request was answered by that many containers."""

    over: int = Field(ge=2)


def judge_spread(scene: Scene, want: Spread) -> Verdict:
    """Judge how many addresses answered a repeated request."""
    expected = f"answers from {want.over} containers"
    seen = _step(scene, want.of, want.step, Answered)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    peers = {answer.peer for answer in seen.answers if not answer.error}
    actual = f"{len(seen.answers)} requests, answers from {len(peers)}"
    if len(peers) < want.over:
        return failed(f"{seen.to}: {actual}.", expected=expected, actual=actual)
    return passed(f"{seen.to}: {actual}.", expected=expected, actual=actual)


class Ends(OfStep):
    """`ends: {of, step, code, says, lacks}`: a container ended; `code: nonzero` is any but 0."""

    code: int | str = 0
    says: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def judge_ends(scene: Scene, want: Ends) -> Verdict:
    """Judge how a container ended by itself and what it printed."""
    says, lacks = scene.fill(want.says), scene.fill(want.lacks)
    expected = f"exit code {want.code}" if want.code != "nonzero" else "an exit code other than 0"
    if says:
        expected += f", {quoted(says)} printed"
    seen = _step(scene, want.of, want.step, Started)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    code = seen.exit_code
    if code is None:
        why = f"It did not end by itself. {_last_words(seen)}"
        return failed(why.strip(), expected=expected, actual="still running")
    actual = f"exit code {code}"
    if (code == 0) if want.code == "nonzero" else code != want.code:
        why = f"It ended with exit code {code}. {_last_words(seen)}"
        return failed(why.strip(), expected=expected, actual=actual)
    printed = "\n".join(line.text for line in seen.log)
    missing = [text for text in says if text not in printed]
    if missing:
        why = f"It never printed {quoted(missing)}. {_last_words(seen)}"
        return failed(why.strip(), expected=expected, actual=f"{actual}, not printed")
    surplus = [text for text in lacks if text in printed]
    if surplus:
        why = f"It printed {quoted(surplus)}, which it should not."
        return failed(why, expected=expected, actual=actual)
    return passed(f"It ended with {actual}.", expected=expected, actual=actual)


class Holds(OfStep):
    """`holds: {of, step, lines, absent, printed_by, lacks}`: what a file that was read holds.

    `lines` are all of its lines; `printed_by` names steps whose containers each printed one of
    them, in that order; `absent: true` means there is no such file, or an empty one; `contains`
    and `lacks` are texts.
    """

    lines: tuple[str, ...] | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    absent: bool = False
    printed_by: tuple[Id, ...] = ()


def judge_holds(scene: Scene, want: Holds) -> Verdict:
    """Judge the lines of a file, by themselves or against what containers printed."""
    expected = _holds_expected(scene, want)
    seen = _step(scene, want.of, want.step, Content)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    lines = seen.lines
    actual = "no such file" if lines is None else quoted(lines[:6])
    if want.absent:
        if lines:
            why = f"{seen.path} holds {actual}, and nothing should be there."
            return failed(why, expected=expected, actual=actual)
        return passed(f"{seen.path}: nothing is there.", expected=expected, actual="nothing")
    if lines is None:
        return failed(f"There is no file {seen.path}.", expected=expected, actual=actual)
    if problem := _wrong_lines(scene, want, lines):
        return failed(f"{seen.path}: {problem}", expected=expected, actual=actual)
    return passed(f"{seen.path} holds {actual}.", expected=expected, actual=actual)


def _holds_expected(scene: Scene, want: Holds) -> str:
    if want.absent:
        return "nothing there"
    if want.printed_by:
        return f"{len(want.printed_by)} lines, each as it was printed"
    if want.lines is not None:
        return quoted(scene.fill(want.lines))
    return f"a file that holds {quoted(scene.fill(want.contains))}"


def _wrong_lines(scene: Scene, want: Holds, lines: Sequence[str]) -> str:
    if want.lines is not None and tuple(lines) != scene.fill(want.lines):
        return f"its lines are {quoted(tuple(lines[:6]))}."
    text = "\n".join(lines)
    missing = [entry for entry in scene.fill(want.contains) if entry not in text]
    if missing:
        return f"it does not hold {quoted(missing)}."
    surplus = [entry for entry in scene.fill(want.lacks) if entry in text]
    if surplus:
        return f"it holds {quoted(surplus)}, which it should not."
    if want.printed_by:
        return _not_as_printed(scene, want, lines)
    return ""


def _not_as_printed(scene: Scene, want: Holds, lines: Sequence[str]) -> str:
    if len(lines) != len(want.printed_by):
        return f"it has {len(lines)} lines after {len(want.printed_by)} runs."
    for line, step in zip(lines, want.printed_by, strict=True):
        ran = _step(scene, want.of, step, Started)
        if isinstance(ran, NotSeen):
            return f"{step}: {ran.why}"
        if line.strip() not in [entry.text.strip() for entry in ran.log]:
            return f"its line «{shorten(line)}» is not what {step} printed."
    return ""


class StopsInScene(OfStep):
    """`stops: {of, step, says, within}`: `docker stop` in a scene ended it with 0 in that time."""

    says: str = ""
    within: float = Field(default=2.0, gt=0)


def judge_stops(scene: Scene, want: StopsInScene) -> Verdict:
    """Judge what `docker stop` did in a scene."""
    expected = f"exit code 0 within {want.within:g} s of SIGTERM"
    seen = _step(scene, want.of, want.step, Stopped)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    stop = seen.stop
    if not stop.kills:
        why = f"{seen.container} ended by itself (exit code {stop.exit_code})."
        return failed(why, expected=expected, actual=f"exit code {stop.exit_code}")
    took = stop.died_at - stop.kills[0].at
    actual = f"exit code {stop.exit_code} after {took:.1f} s"
    if any(kill.signal == _SIGKILL for kill in stop.kills):
        why = f"SIGTERM had no effect on {seen.container}; it had to be killed."
        return failed(why, expected=expected, actual=actual)
    if stop.exit_code != 0:
        why = f"SIGTERM ended {seen.container} with exit code {stop.exit_code}."
        return failed(why, expected=expected, actual=actual)
    if took > want.within:
        return failed(f"It took {took:.1f} s to end.", expected=expected, actual=actual)
    if want.says and not any(want.says in line.text for line in seen.log):
        why = f"It ended, but never printed «{want.says}». {_last_words(seen)}"
        return failed(why.strip(), expected=expected, actual=actual)
    return passed(f"It ended {took:.2f} s after SIGTERM.", expected=expected, actual=actual)


def _last_words(seen: Started | Said | Stopped) -> str:
    words = [line.text for line in seen.log if line.text.strip()]
    return f"The last it printed was: {shorten(words[-1], 160)}" if words else "It printed nothing."


def _answer(answer: Answer) -> str:
    if answer.error:
        return "no answer"
    status = f"{answer.status}: " if answer.status else ""
    return f"{status}{shorten(answer.body, 80)}"
