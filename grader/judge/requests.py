"""Checks of a request in a scene: what came back, and from whom."""

from dataclasses import replace
from http import HTTPStatus
from typing import Literal

from pydantic import Field

from grader.core.text import quoted, shorten
from grader.facts.scenes import Answer, Answered, Missing, SceneFacts
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, failed, passed
from grader.judge.scenes import OfStep, unanswered
from grader.spec.observations import Id
from grader.spec.scenes import SceneSpec

_TAKEN = range(200, 300)
# What Python's client says where no status and headers came, but something else.
_NO_HTTP = ("BadStatusLine", "LineTooLong", "UnknownProtocol", "HTTPException")


class AfterAnswer(OfStep):
    """A check of a request before which another one, `asked`, got an answer."""

    asked: Id | None = None

    def steps(self) -> tuple[str, ...]:
        return (self.step, *((self.asked,) if self.asked else ()))


class Answers(AfterAnswer):
    """`answers: {of, step, status, contains, line, lacks, given, asked}`: all answers of a request.

    `status` 0 is plain TCP, `any` is whatever comes. In `contains`, `line` and `lacks` random words
    are filled in; `line` is all that an answer holds, but for blanks around it. `given` names
    the request that brought what is to be contained: it has to have been answered with a status
    from 200 to 299. `asked` names another request, which got some answer: without that, nothing is
    shown.
    """

    status: int | Literal["any"] = 200
    contains: tuple[str, ...] = ()
    line: str = ""
    lacks: tuple[str, ...] = ()
    given: Id | None = None


def expected_answers(context: JudgeContext, want: Answers) -> str:
    """Return what the check asks for, in words."""
    exact = want.status not in {0, "any"}
    expected = f"an answer with status {want.status}" if exact else "an answer"
    contains = context.fill(want.contains)
    if want.line:
        (line,) = context.fill([want.line])
        return f"{expected}: the line {quoted([line])}"
    return f"{expected} that holds {quoted(contains)}" if contains else expected


def judge_answers(context: JudgeContext, seen: Answered, want: Answers) -> Outcome:
    """Judge whether a request was answered, and with what."""
    if outcome := unanswered(context, want.of, want.asked):
        return outcome
    contains, lacks = context.fill(want.contains), context.fill(want.lacks)
    (line,) = context.fill([want.line])
    for answer in seen.answers:
        actual = _answer(answer)
        if problem := _no_answer(seen, answer):
            unstarted = _unstarted(context, want.of, seen)
            text = " ".join(filter(None, (problem, unstarted)))
            silent = not (answer.status or answer.body)
            return replace(failed(text, actual=actual), nothing=silent)
        if want.status not in {answer.status, "any"}:
            why = f"{seen.to} answered with status {answer.status}: {shorten(answer.body, 160)}"
            return failed(why, actual=actual)
        missing = [text for text in contains if text not in answer.body]
        if missing:
            why = f"The answer of {seen.to} does not hold {quoted(missing)}: {actual}"
            return failed(" ".join(filter(None, (why, _not_taken(context, want)))), actual=actual)
        if line and answer.body.strip() != line:
            more = "more than" if line in answer.body else "something else than"
            why = f"The answer of {seen.to} is {more} the line {quoted([line])}: {actual}"
            return failed(why, actual=actual)
        surplus = [text for text in lacks if text in answer.body]
        if surplus:
            why = f"The answer of {seen.to} holds {quoted(surplus)}, which it should not."
            return failed(why, actual=actual)
    actual = _answer(seen.answers[-1])
    if problem := _not_taken(context, want):
        return failed(problem, actual=actual)
    return passed(f"{seen.to} answered {actual}.", actual=actual)


def _unstarted(context: JudgeContext, of: str, seen: Answered) -> str:
    """Return why the container that was asked was never started, empty where it was."""
    spec, facts = context.assignment.observe[of], context.observation(of, SceneFacts)
    if not isinstance(spec, SceneSpec) or not isinstance(facts, SceneFacts):
        return ""
    host = seen.to.rpartition(":")[0]
    for step in spec.steps:
        found = facts.steps.get(step.id)
        if step.start and host in (step.id, *step.start.aliases) and isinstance(found, Missing):
            return found.why.why
    return ""


def _not_taken(context: JudgeContext, want: Answers) -> str:
    """Return a sentence if the request that brought what is missing had failed, else nothing."""
    given = want.given and context.step(want.of, want.given, Answered)
    if not isinstance(given, Answered):
        return ""
    for answer in given.answers:
        if problem := _no_answer(given, answer):
            return f"When that was sent, {problem}"
        if answer.status and answer.status not in _TAKEN:
            body = shorten(answer.body, 80)
            return f"When that was sent, {given.to} answered with status {answer.status}: {body}"
    return ""


def _no_answer(seen: Answered, answer: Answer) -> str:
    """Return a sentence on why this is no answer, empty if it is one.

    It ends with how the containers that were asked were doing.
    """
    if not answer.error and (answer.status or answer.body):
        return ""
    number = seen.answers.index(answer) + 1
    again = f" when it was asked once more (after {number - 1})" if number > 1 else ""
    if not answer.error:
        why = f"{seen.to} closed the connection without a word{again}."
    elif answer.status:
        sent = f", sent «{shorten(answer.body, 80)}»" if answer.body else ""
        why = (
            f"{seen.to} answered with status {answer.status}{sent}, and then no end of the answer "
            f"came ({answer.error}). Content-Length says how long it is; without it, the "
            "connection has to be closed behind it."
        )
    elif answer.body:
        sent = shorten(answer.body, 80)
        why = f"{seen.to} sent «{sent}» and did not close the connection ({answer.error})."
    elif answer.error.startswith(_NO_HTTP):
        why = f"{seen.to} sent something that is no HTTP{again}: {shorten(answer.error, 160)}."
    elif answer.peer:
        why = f"{seen.to} took the connection and did not answer{again}: {answer.error}."
    else:
        why = f"{seen.to} did not answer{again}: {shorten(answer.error, 160)}."
    return f"{why} {seen.asked}".strip()


class NoAnswer(AfterAnswer):
    """A check that no data came: without the answer to `asked`, that shows nothing."""

    def shows(self) -> bool:
        return self.asked is not None


class Silent(NoAnswer):
    """`silent: {of, step, word, asked}`: nothing answered a request.

    With `word`, an answer without it is somebody else's: for addresses that others may use. `asked`
    names another request, which was answered: without that, silence shows nothing.
    """

    word: str = ""


def judge_silent(context: JudgeContext, seen: Answered, want: Silent) -> Outcome:
    """Judge whether a request stayed without an answer."""
    if outcome := unanswered(context, want.of, want.asked):
        return outcome
    (word,) = context.fill([want.word])
    for answer in seen.answers:
        if not answer.error and (answer.status or answer.body) and word in answer.body:
            actual = _answer(answer)
            return failed(f"{seen.to} answered {actual}.", actual=actual)
    error = shorten(seen.answers[0].error) if seen.answers else "no connection"
    return passed(f"{seen.to} did not answer ({error}).", actual="no answer")


class Refuses(NoAnswer):
    """`refuses: {of, step, lacks, asked}`: no answer, or one that reports an error without data.

    No status below 500, since the fault is not the asker's, and none of the texts `lacks` in any
    answer. `asked` is that of `silent`.
    """

    lacks: tuple[str, ...] = ()


def judge_refuses(context: JudgeContext, seen: Answered, want: Refuses) -> Outcome:
    """Judge whether a request that cannot be served was refused."""
    if outcome := unanswered(context, want.of, want.asked):
        return outcome
    lacks = context.fill(want.lacks)
    for answer in seen.answers:
        actual = _answer(answer)
        surplus = [text for text in lacks if text in answer.body]
        if surplus:
            why = f"The answer of {seen.to} holds {quoted(surplus)}, which it cannot know: {actual}"
            return failed(why, actual=actual)
        told = bool(answer.status or not answer.error)
        if told and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = "as if nothing had happened"
            if answer.status >= HTTPStatus.BAD_REQUEST:
                kind = "as if whoever asked had made a mistake, and not with 500 or more"
            return failed(f"{seen.to} answered {kind}: {actual}", actual=actual)
    actual = ", ".join(sorted({_answer(answer) for answer in seen.answers})) or "no answer"
    return passed(f"{seen.to}: {actual}.", actual=actual)


class Spread(OfStep):
    """`spread: {of, step, over}`: a repeated request was answered by that many containers."""

    over: int = Field(ge=2)


def expected_spread(_: JudgeContext, want: Spread) -> str:
    """Return what the check asks for, in words."""
    return f"answers from {want.over} containers"


def judge_spread(_: JudgeContext, seen: Answered, want: Spread) -> Outcome:
    """Judge how many addresses answered a repeated request."""
    peers = {answer.peer for answer in seen.answers if not answer.error}
    actual = f"{len(seen.answers)} requests, answers from {len(peers)}"
    if len(peers) < want.over:
        return replace(failed(f"{seen.to}: {actual}.", actual=actual), nothing=not peers)
    return passed(f"{seen.to}: {actual}.", actual=actual)


def _answer(answer: Answer) -> str:
    if answer.error and answer.status:
        return f"{answer.status}, without an end"
    if answer.error or not (answer.status or answer.body):
        return "no answer"
    status = f"{answer.status}: " if answer.status else ""
    return f"{status}{shorten(answer.body, 80)}"
