"""Waits until a container's program runs, and says what is wrong with a script that cannot."""

import posixpath
import re
import time

from grader.build import Built
from grader.engine.protocol import Engine
from grader.facts import Fault, NotSeen, Place

_HEAD = 256  # bytes of a script that are looked at
_POLL = 0.05
_EXEC_DEADLINE = 5.0
# A newer runc reports a program that cannot be executed after the engine has reported the start,
# as the only line of the container's log.
_NOT_EXECUTED = re.compile(
    r"exec (.+): (no such file or directory|permission denied|exec format error)"
)


def wait_for_program(engine: Engine, container: str, place: Place) -> NotSeen | None:
    """Wait until PID 1 is the image's program; return why it never was."""
    ends = time.monotonic() + _EXEC_DEADLINE
    while engine.inspect(container).running:
        init = next(iter(engine.processes(container)), None)
        if init and not re.match(r"(\S*/)?(runc|exe) init\b", init.args):
            return None
        if time.monotonic() > ends:
            return None
        time.sleep(_POLL)
    log = engine.log(container)
    found = _NOT_EXECUTED.fullmatch(log[0].text.strip()) if len(log) == 1 else None
    if found is None:
        return None
    why = f"The container could not be started: {found[0]}."
    return NotSeen(fault=Fault.STUDENT, why=why, place=place)


def explain_script(engine: Engine, container: str, built: Built, why: NotSeen) -> NotSeen:
    """Return `why` with the mistake named, where the program is a file of the image's own."""
    command = engine.inspect(container).command
    if not command or "/" not in command[0] or " " in command[0]:
        return why
    image = engine.image(built.image_id)
    path = posixpath.normpath(posixpath.join(image.workdir if image else "/", command[0]))
    raw = engine.read(container, path, _HEAD)
    if raw is None:
        return why
    name = posixpath.basename(path)
    if "permission denied" in why.why:
        text = f"The container could not be started: {command[0]}: permission denied."
        text += f" {name} is there, but it is not executable."
        hint = f"Add RUN chmod +x {name} to the Dockerfile, below the COPY."
        return why.model_copy(update={"why": text, "hint": hint})
    cause, hint = _first_line(name, raw.split(b"\n")[0])
    return why.model_copy(update={"why": f"{why.why} {cause}", "hint": hint})


def _first_line(name: str, first: bytes) -> tuple[str, str]:
    if not first.startswith(b"#!"):
        return (
            f"{name} does not begin with a line that says what runs it.",
            "Make #!/bin/sh its first line, with nothing before it.",
        )
    if first.endswith(b"\r"):
        why = f"{name} was saved with the line ends of Windows (CRLF), so its first line names "
        hint = "Save it with Unix line ends (LF); many editors show which in their status bar."
        return f"{why}a program with one invisible character at the end.", hint
    program = (first[2:].split() or [b""])[0].decode("utf-8", errors="replace")
    return (
        f"{name} is there, but what its first line names, «{program}», is not.",
        "Name a shell that the image has, for instance #!/bin/sh.",
    )
