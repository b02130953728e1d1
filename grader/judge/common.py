"""What several judges need: verdicts for what could not be seen, and words for processes."""

import posixpath

from grader.core.text import shorten
from grader.facts import Fault, NotSeen, Process, RunFacts
from grader.judge.context import JudgeContext
from grader.result import Status, Verdict

_KILLED = 137
_RISKY_ENV = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "LD_PRELOAD", "LD_LIBRARY_PATH")
_WHOSE = {
    Fault.STUDENT: Status.FAILED,
    Fault.ENGINE: Status.ERROR,
    Fault.NOBODY: Status.MANUAL,
}


def passed(
    reason: str, *, expected: str = "", actual: str = "", flags: tuple[str, ...] = ()
) -> Verdict:
    """Return a verdict with all points; `flags` ask a person to look all the same."""
    return Verdict(
        status=Status.PASSED, reason=reason, expected=expected, actual=actual, flags=flags
    )


def failed(reason: str, *, expected: str, actual: str, hint: str = "") -> Verdict:
    """Return a verdict without points."""
    return Verdict(status=Status.FAILED, reason=reason, expected=expected, actual=actual, hint=hint)


def not_seen(missing: NotSeen, expected: str) -> Verdict:
    """Return the verdict where there is nothing to judge: whose fault it is decides."""
    status = _WHOSE[missing.fault]
    return Verdict(
        status=status,
        reason=missing.why,
        expected=expected,
        actual="nothing to look at" if status is Status.FAILED else "not observed",
        hint=missing.hint,
        place=missing.place,
        evidence=missing.evidence,
    )


def describe(process: Process) -> str:
    """Return a process as a person would name it: its program and its command line."""
    return f"{process.name} ({shorten(process.args, 60)})"


def how_it_ended(facts: RunFacts) -> str:
    """Return how a container ended before it could be looked at, with its last words."""
    if facts.ended is None:
        return "it was running"
    if facts.ended.oom_killed:
        how = "it was killed because it used more memory than it may"
    elif facts.ended.exit_code == _KILLED:
        how = "it was killed (137) by nobody here, most likely for using more memory than it may"
    else:
        ended = facts.ended
        how = f"it ended by itself after {ended.after:.1f} s with exit code {ended.exit_code}"
    words = [line.text for line in facts.log if line.text.strip()]
    return (
        f"{how}; its last line was: {shorten(words[-1], 120)}"
        if words
        else f"{how} and printed nothing"
    )


def suspicions(context: JudgeContext, run: RunFacts, process: Process | None) -> tuple[str, ...]:
    """Return what a person should look at before trusting behaviour: seen, never accused."""
    facts = context.facts.images[run.image]
    if isinstance(facts, NotSeen):
        return ()
    found = []
    risky = sorted(
        n for n in facts.env if n in _RISKY_ENV and facts.env[n] != facts.base_env.get(n)
    )
    if risky:
        found.append(f"the image sets {', '.join(risky)}, which changes what Python loads")
    if shadows := (*facts.shadows, *run.shadows):
        names = ", ".join(shorten(name) for name in shadows[:5])
        found.append(f"{names} beside the program: Python loads it instead of its own module")
    if changed := (*facts.libraries, *run.libraries):
        names = ", ".join(shorten(name) for name in changed[:5])
        found.append(f"{names} is not as in the base: Python runs what lies there when it starts")
    folders = (facts.workdir, *([posixpath.dirname(run.program.path)] if run.program else ()))
    covering = [v for v in facts.volumes if any(_covers(v, folder) for folder in folders)]
    if covering:
        names = ", ".join(shorten(volume) for volume in covering)
        found.append(f"VOLUME {names} covers the program's folder: a change there leaves no trace")
    base = context.base_of(run.image)
    known = base.interpreters.values() if base else ()
    if process and known and process.exe_sha256 and process.exe_sha256 not in known:
        found.append(f"{process.exe} is not the base image's python3")
    init = run.init
    by_engine = posixpath.basename(run.command[0]).startswith("python")
    if init and init.is_python and init.argv and by_engine and init.argv != run.command:
        found.append("PID 1's command line is not the one the engine started it with")
    return tuple(found)


def _covers(volume: str, folder: str) -> bool:
    """Return whether a folder is inside a volume; both are absolute."""
    paths = [posixpath.normpath(posixpath.join("/", path)) for path in (volume, folder)]
    return posixpath.commonpath(paths) == paths[0]
