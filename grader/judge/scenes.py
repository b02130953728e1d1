"""Checks of a scene: what its steps saw of containers, networks and volumes."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal, TypeVar

from pydantic import Field

from grader.facts import NotSeen
from grader.facts.scenes import (
    Answer,
    Answered,
    Content,
    Counted,
    Missing,
    Said,
    SceneFacts,
    Seen,
    Started,
    Stopped,
)
from grader.frozen import Frozen
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


class Starts(OfStep):
    """`starts: {of, step}`: the step could start its container, whatever became of it then."""


def judge_starts(scene: Scene, want: Starts) -> Verdict:
    """Judge whether a container could be started."""
    expected = "the container starts"
    seen = _step(scene, want.of, want.step, Started)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    return passed(f"{seen.container} was started.", expected=expected, actual="started")


class Says(OfStep):
    """`says: {of, step, within, unlike}`: the line a step waited for was printed in that time.

    `unlike` names another such step of the scene: what its container printed lacks the line.
    """

    within: float = Field(default=30.0, gt=0)
    unlike: Id | None = None


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
    if want.unlike is not None:
        other = _step(scene, want.of, want.unlike, Said)
        if isinstance(other, NotSeen):
            return not_seen(other, expected)
        if any(seen.line in entry.text for entry in other.log):
            why = f"{other.container} printed «{line}» as well, and there it is not true."
            return failed(why, expected=expected, actual="always printed")
    return passed(f"{seen.container} printed «{line}».", expected=expected, actual=actual)


class Answers(OfStep):
    """`answers: {of, step, status, contains, lacks}`: every answer of a request.

    `status` 0 is plain TCP, `any` is whatever comes. In `contains` and `lacks` random words are
    filled in.
    """

    status: int | Literal["any"] = 200
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def judge_answers(scene: Scene, want: Answers) -> Verdict:
    """Judge whether a request was answered, and with what."""
    contains, lacks = scene.fill(want.contains), scene.fill(want.lacks)
    exact = want.status not in {0, "any"}
    expected = f"an answer with status {want.status}" if exact else "an answer"
    if contains:
        expected += f" that holds {quoted(contains)}"
    seen = _step(scene, want.of, want.step, Answered)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    for answer in seen.answers:
        actual = _answer(answer)
        if problem := _no_answer(seen, answer):
            return failed(problem, expected=expected, actual=actual)
        if want.status not in {answer.status, "any"}:
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


def _no_answer(seen: Answered, answer: Answer) -> str:
    """Return why an answer is none, with how those asked were doing; empty for one that is."""
    if not answer.error and (answer.status or answer.body):
        return ""
    number = seen.answers.index(answer) + 1
    again = f" when it was asked once more (after {number - 1})" if number > 1 else ""
    if not answer.error:
        why = f"{seen.to} closed the connection without a word{again}."
    elif answer.body:
        sent = shorten(answer.body, 80)
        why = f"{seen.to} sent «{sent}» and did not close the connection ({answer.error})."
    elif answer.peer:
        why = f"{seen.to} took the connection and did not answer{again}: {answer.error}."
    else:
        why = f"{seen.to} did not answer{again}: {shorten(answer.error, 160)}."
    return f"{why} {seen.asked}".strip()


class Silent(OfStep):
    """`silent: {of, step, word}`: nothing answered a request.

    With `word`, an answer without it is somebody else's: for addresses that others may use.
    """

    word: str = ""


def judge_silent(scene: Scene, want: Silent) -> Verdict:
    """Judge whether a request stayed without an answer."""
    expected = "no answer"
    seen = _step(scene, want.of, want.step, Answered)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    (word,) = scene.fill([want.word])
    for answer in seen.answers:
        if not answer.error and (answer.status or answer.body) and word in answer.body:
            actual = _answer(answer)
            return failed(f"{seen.to} answered {actual}.", expected=expected, actual=actual)
    error = shorten(seen.answers[0].error) if seen.answers else "no connection"
    return passed(f"{seen.to} did not answer ({error}).", expected=expected, actual="no answer")


class Refuses(OfStep):
    """`refuses: {of, step, lacks}`: no answer, or one that reports an error and holds no data.

    No status below 400, and none of the texts `lacks` in any answer.
    """

    lacks: tuple[str, ...] = ()


def judge_refuses(scene: Scene, want: Refuses) -> Verdict:
    """Judge whether a request that cannot be served was refused."""
    lacks = scene.fill(want.lacks)
    expected = "a status that says there was an error, or no answer"
    seen = _step(scene, want.of, want.step, Answered)
    if isinstance(seen, NotSeen):
        return not_seen(seen, expected)
    for answer in seen.answers:
        actual = _answer(answer)
        surplus = [text for text in lacks if text in answer.body]
        if surplus:
            why = f"The answer of {seen.to} holds {quoted(surplus)}, which it cannot know: {actual}"
            return failed(why, expected=expected, actual=actual)
        if not answer.error and answer.status < HTTPStatus.BAD_REQUEST:
            why = f"{seen.to} answered as if nothing had happened: {actual}"
            return failed(why, expected=expected, actual=actual)
    actual = ", ".join(sorted({_answer(answer) for answer in seen.answers})) or "no answer"
    return passed(f"{seen.to}: {actual}.", expected=expected, actual=actual)


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
    """`ends: {of, step, code, says, lacks}`: a container ended by itself.

    `code` is a number, `nonzero` for any but 0, or `any`.
    """

    code: int | Literal["nonzero", "any"] = 0
    says: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def judge_ends(scene: Scene, want: Ends) -> Verdict:
    """Judge how a container ended by itself and what it printed."""
    says, lacks = scene.fill(want.says), scene.fill(want.lacks)
    special = {"nonzero": "an exit code other than 0", "any": "it ends by itself"}
    expected = special.get(str(want.code), f"exit code {want.code}")
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
    if not _right_code(code, want.code):
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


def _right_code(code: int, wanted: int | str) -> bool:
    if wanted == "nonzero":
        return code != 0
    return wanted in {"any", code}


class Logged(Params):
    """`logged: {of, times: {STEP: number}}`: so many lines of a log held what a step counted."""

    of: Id
    times: Mapping[Id, int] = Field(min_length=1)

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.STEPS),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)


def judge_logged(scene: Scene, want: Logged) -> Verdict:
    """Judge how many lines of a log hold a text."""
    expected, found, problems = [], [], []
    for step, times in want.times.items():
        seen = _step(scene, want.of, step, Counted)
        if isinstance(seen, NotSeen):
            return not_seen(seen, f"{times} such lines in the log")
        line = shorten(seen.line.strip(), 60)
        expected.append(f"{times} with «{line}»")
        found.append(f"{seen.times} with «{line}»")
        if seen.times != times:
            entries = [row.text for row in seen.log if seen.line in row.text]
            example = f" The last one: {shorten(entries[-1], 120)}" if entries else ""
            noun = "line" if seen.times == 1 else "lines"
            problems.append(
                f"The log of {seen.container} has {seen.times} {noun} with «{line}», "
                f"not {times}.{example}"
            )
    wanted, actual = ", ".join(expected), ", ".join(found)
    if problems:
        return failed(problems[0], expected=wanted, actual=actual)
    return passed(f"The log has so many lines: {actual}.", expected=wanted, actual=actual)


class InLog(Frozen):
    """A line of a file stands in the log of one of the counting steps `by`, written as `as`.

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
    problem = _not_as_printed(scene, want, lines) if want.printed_by else ""
    return problem or _not_as_logged(scene, want, lines)


def _not_as_printed(scene: Scene, want: Holds, lines: Sequence[str]) -> str:
    if len(lines) != len(want.printed_by):
        noun = "line" if len(lines) == 1 else "lines"
        return f"it has {len(lines)} {noun} after {len(want.printed_by)} runs."
    for line, step in zip(lines, want.printed_by, strict=True):
        ran = _step(scene, want.of, step, Started)
        if isinstance(ran, NotSeen):
            return f"{step}: {ran.why}"
        if line.strip() not in [entry.text.strip() for entry in ran.log]:
            return f"its line «{shorten(line)}» is not what {step} printed."
    return ""


def _not_as_logged(scene: Scene, want: Holds, lines: Sequence[str]) -> str:
    if want.logged is None:
        return ""
    rows: list[str] = []
    for step in want.logged.by:
        counted = _step(scene, want.of, step, Counted)
        if isinstance(counted, NotSeen):
            return counted.why
        rows += [entry.text for entry in counted.log]
    for line in lines:
        written = want.logged.as_.replace("{line}", line.strip())
        if not any(row.endswith(written) for row in rows):
            return f"its line «{shorten(line)}» is nothing that was answered."
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
    if answer.error or not (answer.status or answer.body):
        return "no answer"
    status = f"{answer.status}: " if answer.status else ""
    return f"{status}{shorten(answer.body, 80)}"
