"""Finds what could make a program only look right, so that a person should look at it."""

import posixpath

from grader.core.text import shorten
from grader.facts import NotSeen, Process, RunFacts
from grader.judge.context import JudgeContext

# Variables that change which code Python or the dynamic linker loads.
_RISKY_ENV = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "LD_PRELOAD", "LD_LIBRARY_PATH")


def suspicions(context: JudgeContext, run: RunFacts, process: Process | None) -> tuple[str, ...]:
    """Return, in words, what in a run and its image could change what Python does; none is usual.

    `process` is the one that runs the program. These are observations: they cost no points.
    """
    facts = context.image(run.image)
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
    elif run.program and (other := _told_to_start(run)):
        found.append(f"the command starts {other}, and the process says {run.program.path}")
    return tuple(found)


def _told_to_start(run: RunFacts) -> str:
    """Return the one Python script that the container's command names, if it is another one.

    A process can write another name over its own command line; the engine's record stays.
    """
    words = " ".join(run.command).replace("'", " ").replace('"', " ").split()
    scripts = {posixpath.basename(word) for word in words if word.endswith(".py")}
    own = posixpath.basename(run.program.path) if run.program else ""
    return "" if len(scripts) != 1 or own in scripts else shorten(scripts.pop(), 80)


def _covers(volume: str, folder: str) -> bool:
    """Return whether a folder is inside a volume; both are absolute."""
    paths = [posixpath.normpath(posixpath.join("/", path)) for path in (volume, folder)]
    return posixpath.commonpath(paths) == paths[0]
