"""Checks of a container's surroundings: its environment and its own file system."""

from grader.core.text import shorten
from grader.facts import RunFacts
from grader.judge.context import JudgeContext, NotObserved
from grader.judge.outcome import Outcome, failed, nothing, passed
from grader.judge.processes import OfRun, how_it_ended
from grader.spec.assignment import Aspect, Need


class Environment(OfRun):
    """`environment: {of, name, equals}`: a variable of the program's process in the run `of`."""

    name: str
    equals: str

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.ENVIRONMENT),)


def expected_environment(context: JudgeContext, want: Environment) -> str:
    """Return what the check asks for, in words."""
    (value,) = context.fill([want.equals])
    return f"{want.name}={value}"


def judge_environment(context: JudgeContext, facts: RunFacts, want: Environment) -> Outcome:
    """Judge a variable in the environment the program was started with."""
    (value,) = context.fill([want.equals])
    if facts.program is None:
        why = f"The program was not running: {how_it_ended(facts)}."
        return nothing(why, actual="not running")
    if facts.environment is None:
        return _by_what_it_printed(facts, want.name, value)
    got = facts.environment.get(want.name)
    actual = f"{want.name} is not set" if got is None else f"{want.name}={shorten(got)}"
    if got != value:
        why = f"Started with -e {want.name}={value}, the program had {actual}."
        return failed(why, actual=actual)
    return passed(f"The program had {actual}.", actual=actual)


def _by_what_it_printed(facts: RunFacts, name: str, value: str) -> Outcome:
    # Another machine's engine: the kernel's record is out of reach. The word is random, so only
    # a program that was given it can print it; that it was given it in `name` is the image's doing.
    if any(line.text.strip() == value for line in facts.log):
        why = f"The program printed {value}."
        return passed(why, actual=f"printed {value}")
    why = f"Started with -e {name}={value}, the program never printed {value}."
    return failed(why, actual="not printed")


ALONE = "there in the first, absent in the second"


class Neighbours(OfRun):
    """`neighbours: {of}`: the container of the run `of` and a second one of the same image."""

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.NEIGHBOUR),)


def judge_neighbours(_: JudgeContext, facts: RunFacts, want: Neighbours) -> Outcome:
    """Judge whether a file of one container is invisible in another of the same image."""
    seen = facts.neighbour
    if seen is None and facts.ready:
        raise NotObserved(f"the container of '{want.of}' got no second one beside it")
    if seen is None:
        why = f"There was no running container to write to: {how_it_ended(facts)}."
        return nothing(why, actual="not running")
    words = {True: "there", False: "absent"}
    actual = f"{words[seen.in_first]} in the first, {words[seen.in_second]} in the second"
    if actual != ALONE:
        return failed(f"{seen.path} was {actual}.", actual=actual)
    why = f"{seen.path}, written into the first container, is not in the second."
    return passed(why, actual=actual)
