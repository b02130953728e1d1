"""Checks of a running container's processes: which program, which arguments, who is PID 1."""

from typing import Literal

from pydantic import Field

from grader.core.printed import last_line
from grader.core.signals import KILLED
from grader.core.text import quoted, shorten
from grader.facts import NotSeen, Process, RunFacts
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, failed, nothing, passed
from grader.judge.suspicions import suspicions
from grader.spec.assignment import Aspect, Need, Params
from grader.spec.observations import Id

_ENDED_WELL = (
    "A container lives as long as its PID 1: start the program in the foreground and let nothing "
    "end before it."
)


class OfRun(Params):
    """Parameters of a check that looks at one run."""

    of: Id

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.PROCESSES),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)

    def shows(self) -> bool:
        # Each judge of a run looks at the program, and says where none is running.
        return True


def describe(process: Process) -> str:
    """Return a process as a person would name it: its program and its command line."""
    return f"{process.name} ({shorten(process.args, 60)})"


def how_it_ended(facts: RunFacts) -> str:
    """Return how a container ended before it could be looked at, with its last words."""
    if facts.ended is None:
        return "it was running"
    if facts.ended.oom_killed:
        how = "it was killed because it used more memory than it may"
    elif facts.ended.exit_code == KILLED:
        how = "it was killed (137) by nobody here, most likely for using more memory than it may"
    else:
        ended = facts.ended
        how = f"it ended by itself after {ended.after:.1f} s with exit code {ended.exit_code}"
    words = last_line(facts.log)
    return f"{how}; its last line was: {words}" if words else f"{how} and printed nothing"


class ProgramRuns(OfRun):
    """`program: {of}`: the run `of` keeps running the provided program."""


def expected_program(context: JudgeContext, _: ProgramRuns) -> str:
    """Return what the check asks for, in words."""
    return f"{context.assignment.submission.program}, as provided, keeps running"


def judge_program(context: JudgeContext, facts: RunFacts, _: ProgramRuns) -> Outcome:
    """Judge whether the container keeps running the provided program, unchanged."""
    name = context.assignment.submission.program
    if not facts.processes:
        code = facts.ended.exit_code if facts.ended else 0
        return failed(
            f"The container did not keep running: {how_it_ended(facts)}.",
            actual=f"exit code {code}",
            hint=_ENDED_WELL if code == 0 else "",
        )
    if facts.program is None:
        running = ", ".join(describe(process) for process in facts.processes[:3])
        why = f"No Python in the container runs {name}. What runs is {running}."
        hint = f"ENTRYPOINT has to start python3 with the {name} you were given as its script."
        return failed(why, actual=running, hint=hint)
    if not facts.program.provided:
        why = f"{facts.program.path} in the image is not the {name} you were given."
        hint = f"COPY the provided {name} and leave it as it is."
        return failed(why, actual=f"another {name}", hint=hint)
    if facts.program.changed:
        why = f"{facts.program.path} was written to after the container had started."
        hint = f"COPY the provided {name} and leave it as it is, also at run time."
        return failed(why, actual=f"{name} was changed", hint=hint)
    if facts.ended is not None or not facts.ready:
        why = f"{name} runs, but it never got as far as installing its SIGTERM handler."
        hint = f"Start {name} directly: something between keeps it from running as it is."
        return failed(why, actual="running, not ready", hint=hint)
    process = next((p for p in facts.processes if p.pid == facts.program.pid), None)
    flags = suspicions(context, facts, process)
    why = f"{facts.program.path} is running and handles SIGTERM."
    return passed(why, actual=f"{name} is running", flags=flags)


class Argv(OfRun):
    """`argv: {of, equals: […]}`: the arguments that the program got, without its own name."""

    equals: tuple[str, ...]


def expected_argv(context: JudgeContext, want: Argv) -> str:
    """Return what the check asks for, in words."""
    return quoted(context.fill(want.equals))


def judge_argv(context: JudgeContext, facts: RunFacts, want: Argv) -> Outcome:
    """Judge the arguments that reached the program, word by word."""
    words = context.fill(want.equals)
    if facts.program is None:
        return nothing("The program was not running.", actual="not running")
    got = facts.program.arguments
    actual = quoted(got)
    same = got == words if facts.program.exact else " ".join(got) == " ".join(words)
    name = context.assignment.submission.program
    if same:
        return passed(f"{name} was given {actual}.", actual=actual)
    why = f"{name} was given {actual}; expected was {quoted(words)}."
    return failed(f"{why} {_misconception(context, facts, words)}".strip(), actual=actual)


def _misconception(context: JudgeContext, facts: RunFacts, words: tuple[str, ...]) -> str:
    """Return the mistake behind wrong arguments, where the pattern is known."""
    got = facts.program.arguments if facts.program else ()
    init = facts.init
    image = context.image(facts.image)
    if isinstance(image, NotSeen) or init is None:
        return ""
    by_shell = (image.entrypoint or ())[1:2] == ("-c",)
    if by_shell and not got and words:
        return "ENTRYPOINT runs a shell with -c, and that keeps the words for itself."
    if words and got[-len(words) :] == words:
        return "The words before them belong to ENTRYPOINT: defaults belong in CMD."
    if got == (" ".join(words),):
        return "They arrived as one word: CMD's list needs one element for each word."
    if got[:2] == ("/bin/sh", "-c") and got[2].lstrip().startswith("["):
        return "CMD looks like a list but is no JSON, which wants double quotes around each word."
    if got[:2] == ("/bin/sh", "-c"):
        return "CMD is in shell form, so Docker put /bin/sh -c in front of it: write it as a list."
    if words and not got:
        return "Nothing arrived: is there a CMD, and is it the last one in the file?"
    if not words and got:
        return "In shell form nothing should get through to the program."
    return ""


class Pid1(OfRun):
    """`pid1: {of, is: program|shell}`: who is PID 1 in the container of the run `of`."""

    is_: Literal["program", "shell"] = Field(alias="is")


def _wanted(context: JudgeContext, want: Pid1) -> tuple[Literal["program", "shell"], str]:
    """Return who has to be PID 1 on the base that was used, and a sentence where that differs."""
    base = context.base_of_run(want.of)
    if want.is_ == "shell" and base and not base.shell_stays:
        why = f" On {base.name} /bin/sh replaces itself with the program, so that is right here."
        return "program", why
    return want.is_, ""


def expected_pid1(context: JudgeContext, want: Pid1) -> str:
    """Return what the check asks for, in words."""
    name = context.assignment.submission.program
    wanted, _ = _wanted(context, want)
    return f"PID 1 is {name}" if wanted == "program" else f"PID 1 is the shell, {name} its child"


def judge_pid1(context: JudgeContext, facts: RunFacts, want: Pid1) -> Outcome:
    """Judge who is PID 1, against what the base's own /bin/sh was measured to do."""
    name = context.assignment.submission.program
    wanted, note = _wanted(context, want)
    base = context.base_of(facts.image)
    init, program = facts.init, facts.program
    if init is None or program is None:
        return nothing("The program was not running.", actual="not running")
    actual = f"PID 1 is {describe(init)}"
    if wanted == "program":
        if program.pid != init.pid:
            why = f"{actual}, and {name} is only its child."
            return failed(why, actual=actual)
        return passed(f"{actual}.{note}", actual=actual)
    child = next((p for p in facts.processes if p.pid == program.pid), None)
    if program.pid == init.pid:
        shell = _shell(context, facts)
        why = f"{actual}: no shell is left. {shell}".strip()
        return failed(why, actual=actual)
    if base and base.shell_exe and init.exe and init.exe != base.shell_exe:
        why = f"{actual}, which is not the base image's shell ({base.shell_exe})."
        return failed(why, actual=actual)
    between = _between(facts, program.pid)
    if child is None or between is None:
        why = f"{actual}, but {name} is not its child."
        return failed(why, actual=actual)
    if between:
        # An init that the shell starts, such as tini, changes nothing of what the shell does.
        names = ", ".join(describe(process) for process in between)
        why = f"{actual}, and {name} runs below it, with {names} in between."
        return passed(why, actual=actual)
    return passed(f"{actual}, and {name} is its child.", actual=actual)


def _between(facts: RunFacts, pid: int) -> tuple[Process, ...] | None:
    """Return the processes between PID 1 and that one; None where it does not descend from it."""
    by_pid = {process.pid: process for process in facts.processes}
    above: list[Process] = []
    process = by_pid.get(pid)
    while process and process.ppid in by_pid and len(above) <= len(by_pid):
        if process.ppid == facts.init_pid:
            return tuple(reversed(above))
        process = by_pid[process.ppid]
        above.append(process)
    return None


def _shell(context: JudgeContext, facts: RunFacts) -> str:
    image = context.image(facts.image)
    if isinstance(image, NotSeen):
        return ""
    if any(entry.name == "SHELL" for entry in image.written):
        return "The SHELL you chose replaces itself with the program."
    if image.entrypoint and image.entrypoint[-1].lstrip().startswith("exec "):
        return "exec replaces the shell with the program; that belongs in the other file."
    if image.entrypoint and image.entrypoint[1:2] != ("-c",):
        return "ENTRYPOINT is in exec form."
    return ""
