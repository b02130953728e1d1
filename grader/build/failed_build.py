"""Says why a build failed, at which line, and whose fault it is."""

import re

from grader.build.dockerfile.parsed import Dockerfile
from grader.core.errors import EngineFault
from grader.core.signals import KILLED
from grader.core.text import lines, shorten
from grader.engine.profile import BUILD_DEADLINE, BUILD_LIMITS, BUILD_LOG_LIMIT, IMAGE_LIMIT, MIB
from grader.engine.protocol import CACHE, LABEL, BuildRecord
from grader.facts import Fault, NotSeen, Place

# A RUN or SHELL that names a program which is not there, or may not be executed: the start of a
# container fails, but by the student's own words, which begin at the first quote.
_NO_PROGRAM = re.compile(
    r"(failed to create (shim )?task: )?OCI runtime create failed: [^\"]*\bexec: \""
)
# How the engine begins to speak of faults that are never a Dockerfile's. Anchored: further on, a
# message quotes the student's own words.
_ENGINE_FAULT = re.compile(
    r"failed to (export image|register layer|create .*container|get destination image)"
    r"|unknown parent image"
    r"|error creating (overlay|aufs)"
    r"|pull access denied|Get \"|dial tcp|context canceled|rpc error"
    r"|(write|mkdir|open|link|symlink) /var/lib/docker"
    r"|OCI runtime create failed: .*cgroup"
)
# The label that stands below each FROM of what is built.
OWN_LABEL = f"{LABEL}={CACHE}"
# The builder paints what a step writes to standard error.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# A RUN step that wanted something from the internet.
_FETCHES = re.compile(
    r"The command '[^\n]*\b(pip3?|apt|apt-get|curl|wget|git|npm) "
    r"|(Could not|Temporary failure) .*resol|[Nn]etwork is unreachable"
)
# What the builder itself writes between the lines of a step.
_BUILDERS = re.compile(r" ---> |Removing intermediate container ")
_STEP = re.compile(r"^Step (\d{1,4})/(\d{1,4}) : ", re.MULTILINE)


def failed_line(log: str, dockerfile: Dockerfile) -> int | None:
    """Return the line of the step a build had reached, as the builder counts steps.

    A step that prints such a line itself misplaces no more than a pointer for its author.
    """
    # The grader's own LABEL is the step after each FROM.
    steps = [each for each in dockerfile.instructions for _ in range(1 + (each.name == "FROM"))]
    reached = [number for number, total in _STEP.findall(log) if int(total) == len(steps)]
    number = int(reached[-1]) if reached else 0
    return steps[number - 1].line if 0 < number <= len(steps) else None


def failure(record: BuildRecord, path: str, line: int | None) -> NotSeen:
    """Return why `path` was not built, at `line` of it; EngineFault where the engine failed.

    What the builder says in `record.error` decides: how it begins is the engine's own words.
    """
    theirs = _NO_PROGRAM.match(record.error)
    if record.code is None and not theirs and _ENGINE_FAULT.match(record.error):
        raise EngineFault(f"building: {record.error}")
    place = Place(file=path, line=line)
    text = _COLOUR.sub("", record.log)
    own = f": LABEL {OWN_LABEL}"
    evidence = lines("\n".join(r for r in text.split("\n") if not r.endswith(own)), limit=30)
    hint = ""
    memory = int(BUILD_LIMITS["memory"]) // MIB
    if record.timed_out:
        why = f"Building {path} took longer than {BUILD_DEADLINE:.0f} s and was cut off."
        hint = "RUN runs while the image is built: what containers are to run goes in ENTRYPOINT."
    elif record.flooded:
        limit = BUILD_LOG_LIMIT // MIB
        why = f"Building {path} printed more than {limit} MiB and was cut off."
    elif record.oversized:
        limit = IMAGE_LIMIT // MIB
        why = f"Building {path} wrote more than {limit} MiB and was cut off."
    elif record.code == KILLED:
        why = f"A RUN step of {path} was killed (137); it may use {memory} MiB of memory."
    else:
        error = record.error[theirs.end() - len('exec: "') :] if theirs else record.error
        why = f"Building {path} failed: {shorten(error, 300)}{_last_words(text)}"
        if record.code and _FETCHES.search(f"{record.error}\n{text}"):
            hint = (
                "Builds have no network here: nothing can be downloaded or installed, and nothing "
                "has to be. Use what is in the base image."
            )
    return NotSeen(fault=Fault.STUDENT, why=why, hint=hint, place=place, evidence=evidence)


def _last_words(log: str) -> str:
    """Return the last line that the failed step printed, as the end of a sentence."""
    step = log[max((found.end() for found in _STEP.finditer(log)), default=len(log)) :]
    printed = [row for row in step.split("\n")[1:] if row.strip() and not _BUILDERS.match(row)]
    return f"; its last line was: {shorten(printed[-1].strip(), 200)}" if printed else ""
