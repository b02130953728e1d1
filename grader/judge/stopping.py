"""Checks of what `docker stop` did."""

from typing import Literal

from pydantic import Field

from grader.core.signals import KILLED, SIGKILL, SIGTERM
from grader.facts import NotSeen, RunFacts, StopFacts
from grader.judge.context import JudgeContext, NotObserved
from grader.judge.outcome import Outcome, failed, nothing, passed
from grader.judge.processes import OfRun, describe, how_it_ended
from grader.spec.assignment import Aspect, Need

_TERM_NAMES = {None, "SIGTERM", "TERM", "15"}
# Longer than this after SIGTERM, a program that does not handle it has ended by itself.
_BY_ITSELF = 1.0


class Stop(OfRun):
    """`stop: {of, ends: handled|killed, says, within}`: `says` is the handler's line."""

    ends: Literal["handled", "killed"]
    says: str = ""
    within: float = Field(default=10.0, gt=0)

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.STOP),)


def _handled(context: JudgeContext, want: Stop) -> tuple[bool, str]:
    """Return whether SIGTERM has to be handled on the base that was used, and why if it differs."""
    base = context.base_of_run(want.of)
    if want.ends == "killed" and base and not base.shell_stays:
        why = f" On {base.name} /bin/sh replaces itself with the program, so that is right here."
        return True, why
    return want.ends == "handled", ""


def expected_stop(context: JudgeContext, want: Stop) -> str:
    """Return what the check asks for, in words."""
    handled, _ = _handled(context, want)
    return "SIGTERM, exit 0, the handler ran" if handled else "SIGTERM without effect, SIGKILL, 137"


def judge_stop(context: JudgeContext, facts: RunFacts, want: Stop) -> Outcome:
    """Judge how the container ended, by the engine's own record of signals and exit."""
    handled, note = _handled(context, want)
    stop = facts.stop
    if stop is None and facts.ready:
        raise NotObserved(f"the container of '{want.of}' was not stopped")
    if stop is None or not stop.kills:
        why = f"There was nothing to stop: {how_it_ended(facts)}."
        return nothing(why, actual="already ended")
    actual = _story(stop)
    if problem := _stop_signal(context, facts):
        return failed(problem, actual=actual)
    problem = (
        _not_handled(context, facts, stop, want) if handled else _not_killed(facts, stop, want)
    )
    if problem:
        return failed(problem, actual=actual)
    flags = _flags(facts) if handled else ()
    return passed(f"{_sentence(facts, stop)}{note}", actual=actual, flags=flags)


def _not_handled(context: JudgeContext, facts: RunFacts, stop: StopFacts, want: Stop) -> str:
    """Return a sentence on why SIGTERM was not handled, empty if it was."""
    init = facts.init
    took = stop.took
    name = context.assignment.submission.program
    if any(kill.signal == SIGKILL for kill in stop.kills):
        who = describe(init) if init else "PID 1"
        if init and init.ignores_term:
            cause = f"PID 1, {who}, ignores SIGTERM"
        elif init and not init.catches_term:
            cause = f"PID 1, {who}, has no handler for SIGTERM, so the kernel drops it"
        else:
            cause = f"{who} caught SIGTERM but did not end"
        return f"It had to be killed (exit {stop.exit_code}): {cause}."
    if stop.oom_killed and stop.exit_code == KILLED:
        return "It was killed because it used more memory than it may (exit 137)."
    if stop.exit_code != 0:
        code = stop.exit_code
        return f"It ended with exit code {code}, not 0: the handler of {name} did not finish."
    if took > want.within:
        return f"It took {took:.1f} s to end, longer than {want.within:.0f} s."
    handles = any(process.catches_term for process in facts.processes)
    if not handles and took > _BY_ITSELF:
        return f"Nothing in it handles SIGTERM; it ended by itself {took:.1f} s later."
    if want.says and not _said(facts, want.says) and not _is_the_program(facts):
        return f"It ended with exit code 0, but the handler's line «{want.says}» never appeared."
    return ""


def _is_the_program(facts: RunFacts) -> bool:
    """Return whether PID 1 is the provided program as it was given.

    Then its own handler ended it, whether or not its output went to the container's log.
    """
    program = facts.program
    unchanged = program is not None and program.provided and not program.changed
    return unchanged and program is not None and program.pid == facts.init_pid


def _not_killed(facts: RunFacts, stop: StopFacts, want: Stop) -> str:
    """Return a sentence on the effect SIGTERM had after all, empty if it had none."""
    signals = [kill.signal for kill in stop.kills]
    took = stop.took
    if signals[-1] != SIGKILL:
        return (
            f"It ended {took:.1f} s after SIGTERM with exit code {stop.exit_code}: "
            "the signal did have an effect."
        )
    if stop.exit_code != KILLED:
        return f"It was killed, but with exit code {stop.exit_code} instead of 137."
    if want.says and _said(facts, want.says):
        return f"It was killed, but the handler's line «{want.says}» was printed before."
    return ""


def _said(facts: RunFacts, words: str) -> bool:
    # Not the whole line: the handler may run between a line's text and its end, which print()
    # writes one after the other, and then stands behind that text.
    return any(words in line.text for line in facts.log)


def _stop_signal(context: JudgeContext, facts: RunFacts) -> str:
    image = context.image(facts.image)
    if isinstance(image, NotSeen) or image.stop_signal in _TERM_NAMES:
        return ""
    return (
        f"The image sets STOPSIGNAL {image.stop_signal}, so docker stop would send that and not "
        "SIGTERM. Leave STOPSIGNAL out."
    )


def _story(stop: StopFacts) -> str:
    first = stop.kills[0].at
    names = {SIGTERM: "SIGTERM", SIGKILL: "SIGKILL"}
    steps = [f"{names.get(k.signal, k.signal)} at {k.at - first:.1f} s" for k in stop.kills]
    return f"{', '.join(steps)}, exit {stop.exit_code} at {stop.died_at - first:.1f} s"


def _sentence(facts: RunFacts, stop: StopFacts) -> str:
    took = stop.took
    if stop.kills[-1].signal == SIGKILL:
        init = facts.init
        who = describe(init) if init else "PID 1"
        return f"{who} has no handler for SIGTERM; SIGKILL ended it (exit 137)."
    return f"SIGTERM reached the program; it ended {took:.2f} s later with exit code 0."


def _flags(facts: RunFacts) -> tuple[str, ...]:
    init, program = facts.init, facts.program
    if init and program and init.pid != program.pid and init.catches_term:
        return (f"PID 1 is {describe(init)}, which catches SIGTERM itself",)
    return ()
