"""Starts containers of a student's image, and finds out why one of them cannot be started.

The same is tried with the bare base image: where that fails, too, it is the engine's fault.
"""

import posixpath
import re
import time
from dataclasses import replace
from http import HTTPStatus

from grader.build.image_builder import Built
from grader.core.errors import EngineError, EngineFault, EngineRefusal
from grader.core.text import shorten
from grader.engine.protocol import ContainerRecord, ContainerSpec, Engine
from grader.facts import Fault, NotSeen, Place
from grader.observe.run_context import RunContext

_HEAD = 256  # bytes of a script that are looked at
_POLL = 0.05
_EXEC_DEADLINE = 5.0
# Docker's exit codes for a program that is not there or may not be executed.
_NOT_EXECUTABLE = 126
_NOT_STARTED = {_NOT_EXECUTABLE, 127}
_SHELL_WORDS = frozenset({"cd", "exec", "export", "set", "source", ".", "trap", "ulimit", "eval"})
# A newer runc reports a program that cannot be executed after the engine has reported the start,
# as the only line of the container's log.
_NOT_EXECUTED = re.compile(
    r"exec (.+): (no such file or directory|permission denied|exec format error)"
)
# PID 1 before its program is there, and after its end: runc's own process, or one that has left
# without its place having been taken away yet.
_NO_PROGRAM = re.compile(r"|(\S*/)?(runc|exe) init\b.*|\[.*\] <defunct>")


def create(
    context: RunContext, built: Built, request: ContainerSpec, place: Place
) -> str | NotSeen:
    """Return the id of a new container of a student's image, or why none can be made of it.

    `place` is the file that a reader is sent to. Raises EngineFault where it is the engine's fault.
    """
    engine = context.engine
    try:
        return engine.create(request)
    except EngineRefusal as refusal:
        if refusal.status == HTTPStatus.NOT_FOUND:
            raise EngineFault(f"the image just built is gone: {refusal}") from refusal
        if "No command specified" in str(refusal):
            why = "The image says nothing to run: it has neither ENTRYPOINT nor CMD."
            return NotSeen(fault=Fault.STUDENT, why=why, place=place)
        base = replace(request, image=built.base.id, args=("true",), name=None)
        try:
            engine.remove(engine.create(base))
        except EngineRefusal:
            raise EngineFault(str(refusal)) from refusal
        why = f"The engine refused to make a container of it: {shorten(str(refusal), 300)}"
        return NotSeen(fault=Fault.STUDENT, why=why, place=place)


def begin(
    context: RunContext, built: Built, container: str, request: ContainerSpec, place: Place
) -> NotSeen | None:
    """Start a container, and wait until its PID 1 is the image's program.

    Return None then, or why it could not be started. `request` is what it was created from.
    """
    engine = context.engine
    error = _start(context, built, container, request)
    if error is not None:
        record = engine.inspect(container)
        words = (record.error or str(error)).rpartition("process:")[2].removesuffix(": unknown")
        why = f"The container could not be started (exit {record.exit_code}): "
    else:
        words = _not_executed(engine, container)
        if not words:
            return None
        record = engine.inspect(container)
        why = "The container could not be started: "
    image = engine.image(built.image_id)
    cause, hint = _wrong_file(engine, container, record, words, image.workdir if image else "/")
    if not cause:
        bare = image is None or image.entrypoint is None
        cause, hint = _wrong_command(tuple(request.args), record, bare=bare)
    why = f"{why}{shorten(words, 300)}. {cause}".strip()
    return NotSeen(fault=Fault.STUDENT, why=why, hint=hint, place=place)


def _start(
    context: RunContext, built: Built, container: str, request: ContainerSpec
) -> EngineError | None:
    """Start a container; return the engine's error where the image is the cause of it.

    It is where the program cannot be executed, and where the start fails again after one of the
    bare base, in the same place, has worked. A single failure shows nothing, and a time-out never
    does: EngineFault is raised, and the whole observation tried again.
    """
    engine = context.engine
    error = _tried(engine, container)
    if error is None or engine.inspect(container).exit_code in _NOT_STARTED:
        return error
    if not _base_starts(context, built, request):
        raise EngineFault(f"no container can be started: {error}") from error
    return _tried(engine, container)


def _tried(engine: Engine, container: str) -> EngineError | None:
    """Start a container; return what the engine answered instead, if it did answer."""
    try:
        engine.start(container)
    except EngineRefusal as refusal:
        return refusal
    except EngineFault as fault:
        if not fault.answered:
            raise
        return fault
    return None


def _base_starts(context: RunContext, built: Built, request: ContainerSpec) -> bool:
    """Return whether a container of the bare base starts: then it is not the engine that cannot.

    In the same network, with the same mounts and ports: the engine may fail at any of them.
    """
    engine = context.engine
    base = replace(request, image=built.base.id, args=("/bin/true",), name=None)
    container = engine.create(base)
    try:
        engine.start(container)
    except (EngineRefusal, EngineFault):
        return False
    finally:
        engine.remove(container)
    return True


def _not_executed(engine: Engine, container: str) -> str:
    """Wait until PID 1 is the image's program; return runc's words if it could not be executed."""
    ends = time.monotonic() + _EXEC_DEADLINE
    while engine.inspect(container).running:
        init = next(iter(engine.processes(container)), None)
        if init and not _NO_PROGRAM.fullmatch(init.args):
            return ""
        if time.monotonic() > ends:
            return ""
        time.sleep(_POLL)
    log = engine.log(container)
    found = _NOT_EXECUTED.fullmatch(log[0].text.strip()) if len(log) == 1 else None
    return found[0] if found else ""


def _wrong_command(
    args: tuple[str, ...], record: ContainerRecord, *, bare: bool
) -> tuple[str, str]:
    """Return the mistake behind a command that cannot be executed, and what to do about it."""
    program = record.command[0] if record.command else ""
    if bare:
        taken = f"Docker took the first of them, «{shorten(program)}», for the program."
        if args:
            behind = "the words behind the image's name in docker run replaced CMD"
            why = f"The image has no ENTRYPOINT: {behind}, and {taken}"
        else:
            why = f"The image has no ENTRYPOINT, only words in CMD: {taken}"
        return why, "Put the program in ENTRYPOINT and its default arguments in CMD."
    if " " in program:
        why = f"«{shorten(program)}» is one element of the list, so Docker takes it for one name."
        return why, "Make each word an element of its own."
    if program in _SHELL_WORDS:
        return (
            f"«{program}» is a word of the shell's, and a JSON list is run without a shell.",
            "Name the program itself, or use shell form.",
        )
    if "$" in program:
        return "In a JSON list no shell replaces variables.", "Write the program's name out."
    if record.exit_code == _NOT_EXECUTABLE:
        return (
            f"{shorten(program)} is there, but it is no program that can be executed.",
            "Start Python and give it the script: python3 main.py.",
        )
    return "", ""


def _wrong_file(
    engine: Engine, container: str, record: ContainerRecord, words: str, workdir: str
) -> tuple[str, str]:
    """Return the mistake in a program that is a file of the image's own, and what to do."""
    program = record.command[0] if record.command else ""
    if "/" not in program or " " in program:
        return "", ""
    path = posixpath.normpath(posixpath.join(workdir, program))
    raw = engine.read(container, path, _HEAD)
    if raw is None:
        return "", ""
    name = shorten(posixpath.basename(path))
    if "permission denied" in words:
        why = f"{name} is there, but it is not executable."
        if name.endswith(".py"):
            return why, f"Start Python and give it the script: python3 {name}."
        return why, f"Add RUN chmod +x {name} to the Dockerfile, below the COPY."
    return _first_line(name, raw.split(b"\n")[0])


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
