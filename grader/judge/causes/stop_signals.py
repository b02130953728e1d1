"""Causes around PID 1 and the signal that docker stop sends."""

import re

from grader.core.text import shorten
from grader.facts import Process
from grader.judge.causes.cause import Case, Cause, Finding, quote
from grader.judge.processes import Pid1

_REFERENCE = "https://docs.docker.com/reference/dockerfile/"
_STOP = "https://docs.docker.com/reference/cli/docker/container/stop/"
_SIGNALS = frozenset({"pid1", "stop", "stops", "says"})
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "busybox"})
_TOP = "docker run -d --rm --name c IMAGE && docker top c; docker kill c"


def _init(case: Case) -> Process | None:
    """Return PID 1 where it is not the given program."""
    for run in case.runs():
        if run.init is not None and run.program is not None and run.program.pid != run.init.pid:
            return run.init
    return None


def _wants_program(case: Case) -> bool:
    return not _wants_shell(case)


def _wants_shell(case: Case) -> bool:
    """Return whether a check of the part, failed or not, wants the shell to be PID 1."""
    checks = case.context.assignment.checks
    return any(
        check.id in case.part and isinstance(check.params, Pid1) and check.params.is_ == "shell"
        for check in checks
    )


def _line(case: Case) -> tuple[int, str, str] | None:
    """Return the line that starts the program: its number, text and file."""
    entry = case.last("ENTRYPOINT") or case.last("CMD")
    if entry is None:
        return None
    for name, text in case.context.facts.sources.items():
        if name.startswith("Dockerfile") or name not in entry.text:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if case.program and case.program in line:
                return number, line.strip(), name
    return entry.line, f"{entry.name} {entry.text}", case.file


def _said(case: Case, tail: str) -> Finding | None:
    found = _line(case)
    if found is None:
        return None
    number, text, file = found
    return Finding(f"{quote(file, number, text)}{tail}", number, file)


def _text(case: Case) -> str:
    """Return all that has a say in how the program is started."""
    found = _line(case)
    entry = case.last("ENTRYPOINT")
    return f"{found[1] if found else ''}\n{entry.text if entry else ''}\n{_scripts(case)}"


def _scripts(case: Case) -> str:
    entry = case.last("ENTRYPOINT")
    made = [e.text for e in case.every("RUN")]
    words = (case.image.entrypoint or ("",)) if case.image else ("",)
    script = words[0].rpartition("/")[2]
    sources = case.context.facts.sources
    given = [sources[name] for name in sources if entry and name in entry.text]
    return "\n".join([*given, *(text for text in made if script and script in text)])


def _stopsignal(case: Case) -> Finding | None:
    entry = case.last("STOPSIGNAL")
    if entry is None or (_init(case) is not None and case.result("pid1")):
        return None
    if entry.text.strip() in {"SIGTERM", "TERM", "15"}:
        return None
    return Finding(f"{case.says(entry)}, so docker stop sends that and not SIGTERM.", entry.line)


def _stopsignal_instead(case: Case) -> Finding | None:
    entry = case.last("STOPSIGNAL")
    if entry is None or entry.text.strip() in {"SIGTERM", "TERM", "15"}:
        return None
    who = _init(case)
    tail = f" PID 1 is {who.name}, as without it." if who else ""
    return Finding(
        f"{case.says(entry)}, so docker stop sends that and not SIGTERM.{tail}", entry.line
    )


def _pipe(case: Case) -> Finding | None:
    if _init(case) is None or not _wants_program(case):
        return None
    found = _line(case)
    if found is None or not re.search(r"[^|]\|[^|]", found[1]):
        return None
    return _said(case, ": a pipe, in which the shell has to stay and wait for both of its ends.")


def _exec_of_shell(case: Case) -> Finding | None:
    if _init(case) is None or not _wants_program(case):
        return None
    found = _line(case)
    if found is None or not re.search(r"\bexec\s+\S*(sh|bash|env\s+sh)\s+-c", found[1]):
        return None
    return _said(case, ": exec puts another shell in the place of the first, and that one stays.")


def _term_ignored(case: Case) -> Finding | None:
    if _init(case) is None or not re.search(r"trap\s+(''|\"\"|-)\s+[^\n]*TERM", _text(case)):
        return None
    return _said(case, ": the shell is told to ignore SIGTERM, and stays in front of the program.")


def _trap(case: Case) -> Finding | None:
    init = _init(case)
    if (
        init is None
        or not _wants_program(case)
        or not re.search(r"\btrap\b[^\n]*\b(TERM|15)\b", _text(case))
    ):
        return None
    if re.search(r"trap\s+:?\s*TERM|trap\s+(:|true)\s+", _text(case)):
        return _said(
            case,
            ": the shell catches SIGTERM, does nothing about it, and stays in front of "
            "the program.",
        )
    return _said(
        case,
        f": the shell catches SIGTERM and stays, so PID 1 is {init.name} and the program "
        "its child.",
    )


def _wrapper(case: Case) -> Finding | None:
    init = _init(case)
    if init is None or not _wants_program(case):
        return None
    script = re.search(r"^\S*sh\s+(\S+)", init.args)
    if init.name in _SHELLS and not (script and not script[1].startswith("-")):
        return None
    who = (
        f"{init.name}, which runs {shorten(script[1])}"
        if script and init.name in _SHELLS
        else init.name
    )
    return _said(
        case, f". PID 1 is {who}: it starts the program as its child and stays in front of it."
    )


def _shell_stays(case: Case) -> Finding | None:
    init = _init(case)
    if init is None or not _wants_program(case) or init.name not in _SHELLS:
        return None
    return _said(case, f": PID 1 is the shell, {init.name}, and the program its child.")


def _exec_too_early(case: Case) -> Finding | None:
    entry = case.last("ENTRYPOINT")
    if not _wants_shell(case) or entry is None or not re.search(r"\bexec\b", entry.text):
        return None
    return Finding(f"{case.says(entry)}: exec puts the program in the shell's place.", entry.line)


def _other_shell(case: Case) -> Finding | None:
    entry = case.last("SHELL")
    if not _wants_shell(case) or entry is None:
        return None
    said = (
        f"{case.says(entry)}: that shell makes way for the last program of its command by itself."
    )
    return Finding(said, entry.line)


def _trap_where_none(case: Case) -> Finding | None:
    entry = case.last("ENTRYPOINT")
    if not case.result("stop") or entry is None or not re.search(r"\btrap\b", entry.text):
        return None
    if "did have an effect" not in case.reasons("stop"):
        return None
    return Finding(f"{case.says(entry)}: the shell has a handler for SIGTERM.", entry.line)


def _handler_stays(case: Case) -> Finding | None:
    if "caught SIGTERM but did not end" not in case.reasons("stop", "stops"):
        return None
    found = _said(case, ": what is PID 1 there catches SIGTERM and does not end.")
    return Finding(found.seen, found.line, found.file, fits=True) if found else None


_WHY = (
    "docker stop sends SIGTERM to PID 1 and to nobody else, and after ten seconds SIGKILL. The "
    "kernel drops a signal for which PID 1 has no handler; a shell has none, and hands none on."
)
_EXAMPLE = (
    "docker run -d --name c alpine:3.20 sh -c 'sleep 100; true'\ndocker top c\n"
    "time docker stop c; docker inspect --format '{{.State.ExitCode}}' c; docker rm c"
)

CAUSES = (
    Cause(
        "stopsignal-changed",
        "STOPSIGNAL makes docker stop send another signal",
        _stopsignal,
        "The program has a handler for SIGTERM. Another signal finds none: SIGKILL can "
        "be handled by "
        "nobody, and SIGINT is another handler's.",
        "Leave STOPSIGNAL out.",
        "docker run -d --name c --stop-signal INT alpine:3.20 sleep 100\ntime docker stop c\n"
        "docker rm c",
        (_REFERENCE + "#stopsignal", _STOP),
        _SIGNALS,
        "docker image inspect --format '{{.Config.StopSignal}}' IMAGE",
    ),
    Cause(
        "stopsignal-instead",
        "Another stop signal does not change who is PID 1",
        _stopsignal_instead,
        "SIGKILL ends a container at once, and nothing in it can tidy up: the handler never runs.",
        "Mend who gets the signal, not which one it is.",
        _EXAMPLE,
        (_REFERENCE + "#stopsignal", _STOP),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "shell-in-a-pipe",
        "In a pipe the shell stays",
        _pipe,
        "A pipe has two ends, and exec replaces only the shell of its own end; the first "
        "shell waits "
        "for both and is PID 1.",
        "Start the program without a pipe: docker logs keeps what it prints.",
        "docker run -d --name c alpine:3.20 sh -c 'exec sleep 100 | cat'\ndocker top c; "
        "docker rm -f c",
        (_STOP,),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "exec-of-a-shell",
        "exec puts another shell in the shell's place",
        _exec_of_shell,
        _WHY,
        "exec belongs directly in front of the program.",
        "docker run -d --name c alpine:3.20 sh -c 'exec sh -c \"sleep 100; true\"'\n"
        "docker top c; docker rm -f c",
        (_STOP,),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "sigterm-ignored",
        "The shell in front ignores SIGTERM",
        _term_ignored,
        "trap '' TERM makes the shell ignore the signal. It stays in front of the "
        "program, which is "
        "sent nothing.",
        "Let the program be PID 1; its own handler is what counts.",
        "docker run -d --name c alpine:3.20 sh -c \"trap '' TERM; sleep 100\"\ntime docker stop c\n"
        "docker rm c",
        ("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#trap", _STOP),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "trap-instead-of-exec",
        "A shell with a trap stays in front of the program",
        _trap,
        "A trap that hands the signal on can work, but the shell is still PID 1: it runs the trap "
        "only when the command it waits for lets it, and its exit code is the container's.",
        "There is a word with which a shell makes way for a program; then nothing has to "
        "be handed on.",
        "docker run -d --name c alpine:3.20 sh -c 'trap \"kill %1\" TERM; sleep 100 & wait'\n"
        "docker top c; docker rm -f c",
        ("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#exec", _STOP),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "shell-made-to-leave",
        "exec takes away the shell that should stay",
        _exec_too_early,
        "This file is to show what happens with a shell in between. With exec the "
        "program is PID 1, "
        "and docker stop ends it at once.",
        "exec belongs in the other file.",
        "docker run -d --name c alpine:3.20 sh -c 'exec sleep 100'\ndocker top c; docker rm -f c",
        (_STOP,),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "shell-replaced-by-shell",
        "SHELL chooses a shell that makes way by itself",
        _other_shell,
        "bash replaces itself with the last program of its -c command, Debian's sh does not: with "
        "bash nothing is left in between.",
        "Take the base image's own /bin/sh, without SHELL.",
        "docker run -d --name c python:3.12 bash -c 'sleep 100'\ndocker top c; docker rm -f c",
        (_REFERENCE + "#shell",),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "handler-where-none-belongs",
        "The shell has a handler for SIGTERM",
        _trap_where_none,
        "This file is to show that the signal is lost in a plain shell. With a trap it is not.",
        "Plain shell form: the command, and nothing around it.",
        _EXAMPLE,
        (_STOP,),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "wrapper-stays",
        "Another program stays in front as PID 1",
        _wrapper,
        "What Docker starts is PID 1. A wrapper that starts the program as its child and "
        "waits gets "
        "the signal in its place, and the program's parent is what decides.",
        "Name the program itself, or let the wrapper make way for it in its last line.",
        "docker run -d --name c alpine:3.20 timeout 100 sleep 50\ndocker top c; docker rm -f c",
        (_REFERENCE + "#entrypoint", _STOP),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "shell-stays",
        "The shell stays in front of the program",
        _shell_stays,
        _WHY,
        "There is a word with which a shell makes way for a program.",
        _EXAMPLE,
        ("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#exec", _STOP),
        _SIGNALS,
        _TOP,
    ),
    Cause(
        "handler-does-not-end",
        "SIGTERM is caught, and nothing ends",
        _handler_stays,
        "A handler replaces what the signal does by itself. One that only prints lets the program "
        "go on, until SIGKILL.",
        "After the handler has tidied up, the process has to end.",
        'docker run -d --name c alpine:3.20 sh -c \'trap "echo caught" TERM; while :; '
        "do sleep 1; done'\n"
        "time docker stop c; docker rm c",
        (_STOP,),
        _SIGNALS,
    ),
)
