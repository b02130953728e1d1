"""Checks of a container's surroundings: its environment and its own file system."""

from grader.core.text import shorten
from grader.facts import NotSeen, RunFacts
from grader.judge import common
from grader.judge.common import failed, not_seen, passed
from grader.judge.context import JudgeContext, NotObserved
from grader.judge.processes import OfRun
from grader.result import Verdict
from grader.spec.assignment import Aspect, Need


class Environment(OfRun):
    """`environment: {of, name, equals}`: of the program's process."""

    name: str
    equals: str

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.ENVIRONMENT),)


def judge_environment(context: JudgeContext, want: Environment) -> Verdict:
    """Judge a variable in the environment the program was started with."""
    (value,) = context.fill([want.equals])
    expected = f"{want.name}={value}"
    facts = context.observation(want.of, RunFacts)
    if isinstance(facts, NotSeen):
        return not_seen(facts, expected)
    if facts.program is None:
        why = f"The program was not running: {common.how_it_ended(facts)}."
        return failed(why, expected=expected, actual="not running")
    if facts.environment is None:
        return _by_what_it_printed(facts, want.name, value)
    got = facts.environment.get(want.name)
    actual = f"{want.name} is not set" if got is None else f"{want.name}={shorten(got)}"
    if got != value:
        why = f"Started with -e {expected}, the program had {actual}."
        return failed(why, expected=expected, actual=actual)
    return passed(f"The program had {actual}.", expected=expected, actual=actual)


def _by_what_it_printed(facts: RunFacts, name: str, value: str) -> Verdict:
    # Another machine's engine: the kernel's record is out of reach. The word is random, so only
    # a program that was given it can print it; that it was given it in `name` is the image's doing.
    expected = f"{name}={value}"
    if any(line.text.strip() == value for line in facts.log):
        why = f"The program printed {value}."
        return passed(why, expected=expected, actual=f"printed {value}")
    why = f"Started with -e {expected}, the program never printed {value}."
    return failed(why, expected=expected, actual="not printed")


class Neighbours(OfRun):
    """`neighbours: {of}`."""

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.NEIGHBOUR),)


def judge_neighbours(context: JudgeContext, want: Neighbours) -> Verdict:
    """Judge whether a file of one container is invisible in another of the same image."""
    expected = "there in the first, absent in the second"
    facts = context.observation(want.of, RunFacts)
    if isinstance(facts, NotSeen):
        return not_seen(facts, expected)
    seen = facts.neighbour
    if seen is None and facts.ready:
        raise NotObserved(f"the container of '{want.of}' got no second one beside it")
    if seen is None:
        why = f"There was no running container to write to: {common.how_it_ended(facts)}."
        return failed(why, expected=expected, actual="not running")
    words = {True: "there", False: "absent"}
    actual = f"{words[seen.in_first]} in the first, {words[seen.in_second]} in the second"
    if actual != expected:
        return failed(f"{seen.path} was {actual}.", expected=expected, actual=actual)
    why = f"{seen.path}, written into the first container, is not in the second."
    return passed(why, expected=expected, actual=actual)
