"""Causes that keep a container from starting, or from running the program it should."""

import re
from dataclasses import replace
from difflib import get_close_matches

from grader.core.text import shorten
from grader.facts import WrittenInstruction
from grader.judge.causes.cause import RUNNING, Case, Cause, Finding, Look
from grader.judge.causes.code_looks import found_in
from grader.judge.causes.script_looks import any_of

_REFERENCE = "https://docs.docker.com/reference/dockerfile/"
_FORMS = _REFERENCE + "#shell-and-exec-form"
_ENTRYPOINT = _REFERENCE + "#entrypoint"
_SHOW_START = (
    "docker image inspect --format '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' IMAGE"
)
_BUILD_SHOW = f"{_SHOW_START}"
_NOT_FOUND = r'exec: "([^"\n]*)":[^\n]*(not found|no such file)'
# Of a list that is none: behind which of its words it went wrong.
_LIST_KINDS = RUNNING | {"form", "declares"}
# Kinds of checks that look at the given program in a container of its own.
_ABOUT_PROGRAM = frozenset({"argv", "environment", "neighbours", "pid1", "program", "stop"})
_BUILTINS = frozenset(
    {"cd", "exec", "export", "source", ".", "set", "trap", "umask", "alias", "eval", "ulimit"}
)


def _list_like(case: Case) -> WrittenInstruction | None:
    """Return ENTRYPOINT, CMD or VOLUME where it is meant as a list and is none."""
    for name in ("ENTRYPOINT", "CMD", "VOLUME"):
        entry = case.last(name)
        if entry and entry.form == "shell" and entry.text.lstrip()[:1] == "[":
            return entry
    return None


def _broken_list(test: Look) -> Look:
    """Return the look, for images in which a list is no JSON and so became a shell's command."""
    return lambda case: test(case) if _list_like(case) else None


def _no_json(case: Case, pattern: str, words: str) -> Finding | None:
    entry = _list_like(case)
    if entry is None or not re.search(pattern, entry.text):
        return None
    volume = entry.name == "VOLUME"
    checks = tuple(c.id for c, _ in case.failed if (c.kind == "declares") == volume)
    if not checks:
        return None
    taken = "the name of a directory" if volume else "a shell's command"
    said = f"{case.says(entry)}. {words}, so Docker takes it for {taken}."
    return Finding(said, entry.line, checks=checks)


def _typographic(case: Case) -> Finding | None:
    words = 'Its quotes are those of a word processor and not the plain " of JSON'
    return _no_json(case, "[\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb]", words)


def _single_quotes(case: Case) -> Finding | None:
    return _no_json(case, r"'", "JSON knows double quotes only and this list has single ones")


def _trailing_comma(case: Case) -> Finding | None:
    return _no_json(
        case, r",\s*\]", "Behind its last word stands a comma, which JSON does not allow"
    )


def _missing_comma(case: Case) -> Finding | None:
    return _no_json(case, r'"\s+"', "Between two of its words the comma is missing")


def _bare_words(case: Case) -> Finding | None:
    found = _no_json(case, r"[\[,]\s*[^\s\"\],]", "Not each of its words stands in double quotes")
    return found or _no_json(case, r'^[^"]*"([^"]*"[^"]*")*[^"]*$', "One of its quotes is missing")


def _no_brackets(case: Case) -> Finding | None:
    for name in ("ENTRYPOINT", "CMD"):
        entry = case.last(name)
        if entry and entry.form == "shell" and re.match(r'\s*"[^"]*"\s*,', entry.text):
            words = "There are quotes and commas and no brackets around them"
            return Finding(f"{case.says(entry)}. {words}, so it is a shell's command.", entry.line)
    return _no_json(case, r"[^\]\s]\s*$", "Its bracket is not closed")


def _quoted_whole(case: Case) -> Finding | None:
    entry = _command(case)
    found = (
        entry
        and entry.form == "shell"
        and re.fullmatch(r"\s*(exec\s+)?(\"[^\"]* [^\"]*\"|'[^']* [^']*')\s*", entry.text)
    )
    if not entry or not found:
        return None
    said = (
        f"{case.says(entry)}. The quotes make one word of it all, and there is no program "
        "of that name."
    )
    return Finding(said, entry.line)


def _list(case: Case) -> tuple[str, ...]:
    return case.image.entrypoint or () if case.image else ()


def _started(case: Case) -> tuple[str, ...]:
    """Return the words of the instruction that names what runs."""
    return _list(case) or (case.image.cmd or () if case.image else ())


def _one_string(case: Case) -> Finding | None:
    entry = _command(case)
    words = _started(case)
    if not entry or entry.form != "exec" or len(words) != 1 or " " not in words[0].strip():
        return None
    said = (
        f"{case.says(entry)}: a list of one element, so Docker looks for a program called "
        f"«{shorten(words[0])}»."
    )
    return Finding(said, entry.line)


def _shell_words(case: Case) -> Finding | None:
    entry = _command(case)
    words = _started(case)
    if not entry or entry.form != "exec" or not words or words[0].endswith("sh"):
        return None
    odd = [
        w for w in words if w in {"&&", "||", "|", ">", ">>", ";", "&"} or w.startswith((">", "2>"))
    ]
    if words[0] in _BUILTINS:
        odd = [words[0]]
    if not odd:
        return None
    said = (
        f"{case.says(entry)}. «{odd[0]}» is a word of the shell's, and a list is started "
        "without a shell."
    )
    return Finding(said, entry.line)


def _variable(case: Case) -> Finding | None:
    for name in ("ENTRYPOINT", "CMD"):
        entry = case.last(name)
        words = (
            (case.image.entrypoint if name == "ENTRYPOINT" else case.image.cmd)
            if case.image
            else ()
        )
        if (
            not entry
            or entry.form != "exec"
            or not words
            or words[0].rpartition("/")[2] in {"sh", "bash", "dash"}
        ):
            continue
        plain = words[: words.index("-c")] if "-c" in words else words
        found = next((w for w in plain if re.search(r"\$\{?[A-Za-z_]|^~|[*?]", w)), None)
        if found and found in case.reasons():
            said = (
                f"{case.says(entry)}. A list is started without a shell, so nobody puts anything "
                f"in the place of «{shorten(found)}»."
            )
            return Finding(said, entry.line)
    return None


def _no_entrypoint(case: Case) -> Finding | None:
    pattern = r"no ENTRYPOINT|names no program|does not use [^.]*ENTRYPOINT"
    checks = tuple(check.id for check, result in case.failed if re.search(pattern, result.reason))
    cmd, written = case.last("CMD"), case.last("ENTRYPOINT")
    if not checks or not cmd or not case.image or case.image.entrypoint:
        return None
    # A file as CMD's first word is the program, which only lacks what starts it.
    if (case.image.cmd or ("",))[0].rpartition("/")[2] in _files(case):
        return None
    if written:
        said = f"{case.file}, line {written.line}: ENTRYPOINT names no program"
        found = Finding(f"{said}, so the words of CMD are all there is.", written.line)
    elif case.program and case.program not in cmd.text:
        said = f"{case.file} has no ENTRYPOINT, and nothing in it starts {case.program}"
        found = Finding(f"{said}: CMD, line {cmd.line}, has only its arguments.", cmd.line)
    else:
        said = f"{case.file} has no ENTRYPOINT: line {cmd.line} says in CMD what is to run."
        found = Finding(said, cmd.line)
    return replace(found, checks=checks)


def _nothing_written(case: Case) -> Finding | None:
    if case.image is None or case.every("ENTRYPOINT", "CMD"):
        return None
    said = f"{case.file} has neither ENTRYPOINT nor CMD"
    return Finding(f"{said}, so a container starts what the base image says, and that ends.")


def _swapped(case: Case) -> Finding | None:
    entry, cmd = case.last("ENTRYPOINT"), case.last("CMD")
    if not entry or not cmd or not case.image:
        return None
    starts = case.image.cmd or ()
    first = _list(case)
    if first and case.program in starts and case.program not in first and "python" in starts[0]:
        said = (
            f"{case.says(entry)}, and line {cmd.line} has the program in CMD: the two are swapped."
        )
        return Finding(said, entry.line)
    return None


def _unknown_user(case: Case) -> Finding | None:
    found = re.search(
        r"unable to find user ([^:\n]*)|no matching entries in (passwd|group)", case.reasons()
    )
    entry = case.last("USER")
    if not found or not entry:
        return None
    return Finding(f"{case.says(entry)}, and the image has no user of that name.", entry.line)


def _no_program(case: Case) -> Finding | None:
    found = re.search(_NOT_FOUND, case.reasons())
    entry = case.last("ENTRYPOINT") or case.last("CMD")
    if not found or not entry or not case.image or not (case.image.entrypoint or case.image.cmd):
        return None
    words = case.image.entrypoint or case.image.cmd or ()
    if words[0] != found[1]:
        return None
    said = f"{case.says(entry)}, and the image has no program called «{shorten(found[1])}»."
    return Finding(said, entry.line)


def _not_executable(case: Case) -> Finding | None:
    found = re.search(r'exec: "([^"\n]*)": permission denied', case.reasons())
    entry = case.last("ENTRYPOINT") or case.last("CMD")
    if not found or not entry:
        return None
    said = (
        f"{case.says(entry)}: «{shorten(found[1])}» is there, but it has no permission to "
        "be executed."
    )
    return Finding(said, entry.line)


def _format_error(case: Case) -> Finding | None:
    if not re.search(r"exec format error", case.reasons()):
        return None
    entry = case.last("ENTRYPOINT") or case.last("CMD")
    words = (case.image.entrypoint or case.image.cmd or ("",)) if case.image else ("",)
    script = words[0].rpartition("/")[2]
    text = case.context.facts.sources.get(script, "")
    how = (
        "begins with a byte order mark in front of #!"
        if text.startswith("\ufeff")
        else "has no #! line at its top, or something stands in front of it"
    )
    return (
        Finding(f"{script} {how}, so the kernel does not know how to start it.", 1, script)
        if entry
        else None
    )


def _windows_script(case: Case) -> Finding | None:
    names = [
        name
        for name, text in case.context.facts.sources.items()
        if "\r\n" in text and not name.startswith("Dockerfile")
    ]
    used = [
        n
        for n in names
        if any(n in entry.text for entry in (case.image.written if case.image else ()))
    ]
    if not used:
        return None
    return Finding(
        f"{used[0]} has Windows line ends: each line ends with a carriage return, which "
        "Linux takes for part of the last word.",
        1,
        used[0],
    )


def _wanted(case: Case) -> str:
    """Return the path of the program that Python did not find, if this image starts it."""
    found = re.search(r"can't open file '([^'\n]*)'", case.reasons())
    entry = _command(case)
    name = found[1].rpartition("/")[2] if found else ""
    return found[1] if found and entry and name in entry.text else ""


def _command(case: Case) -> WrittenInstruction | None:
    """Return the instruction that names what runs."""
    return case.last("ENTRYPOINT") or case.last("CMD")


def _copies(case: Case, name: str) -> list[WrittenInstruction]:
    return [
        entry
        for entry in case.every("COPY", "ADD")
        if name in entry.text or re.match(r"(--\S+\s+)*(\.\s|\*)", entry.text.strip())
    ]


def _workdir_last(case: Case) -> Finding | None:
    wanted, workdir = _wanted(case), case.last("WORKDIR")
    name = wanted.rpartition("/")[2]
    copies = _copies(case, name) if wanted else []
    if not copies or not workdir or workdir.line < copies[-1].line:
        return None
    said = (
        f"{case.says(workdir)}, below line {copies[-1].line} that copies {name}: the file lies in "
        f"the directory from before, and the program starts in {workdir.text}."
    )
    return Finding(said, workdir.line)


def _not_copied(case: Case) -> Finding | None:
    wanted, entry = _wanted(case), _command(case)
    name = wanted.rpartition("/")[2]
    if not wanted or not entry or _copies(case, name) or name not in _files(case):
        return None
    said = (
        f"No COPY or ADD of {case.file} takes {name} into the image, and what starts there wants "
        f"{shorten(wanted)}."
    )
    return Finding(said, entry.line)


def _files(case: Case) -> set[str]:
    assignment, facts = case.context.assignment, case.context.facts
    return {*assignment.provided, *assignment.submission.files, *facts.sources}


def _no_such_file(case: Case) -> Finding | None:
    wanted, entry = _wanted(case), _command(case)
    name = wanted.rpartition("/")[2]
    if not wanted or not entry or _copies(case, name) or name in _files(case):
        return None
    near = get_close_matches(name, sorted(_files(case)), 1)
    said = f"{case.says(entry)}, and no file is called {shorten(name)}"
    return Finding(f"{said}; there is {near[0]}." if near else f"{said}.", entry.line)


def _copied_elsewhere(case: Case) -> Finding | None:
    wanted = _wanted(case)
    copies = _copies(case, wanted.rpartition("/")[2]) if wanted else []
    if not copies:
        return None
    said = f"{case.says(copies[-1])}, and the program is looked for at {shorten(wanted)}."
    return Finding(said, copies[-1].line)


def _python_by_shell(case: Case) -> Finding | None:
    pattern = r"\.py: (line )?\d+: [^\n]*(not found|[Ss]yntax error)"
    found, entry = re.search(pattern, case.reasons()), _command(case)
    if not found or not entry or ".py" not in entry.text:
        return None
    return Finding(f"{case.says(entry)}: a shell reads the file, which is Python.", entry.line)


def _exec_builtin(case: Case) -> Finding | None:
    found = re.search(r"exec: (\w+): not found", case.reasons())
    entry = case.last("ENTRYPOINT")
    if not found or not entry:
        return None
    said = (
        f"{case.says(entry)}. exec starts a program in the shell's place, and "
        f"«{found[1]}» is no program but a word of the shell's."
    )
    return Finding(said, entry.line)


def _background(case: Case) -> Finding | None:
    entry = _command(case)
    if (
        not entry
        or not re.search(r"[^&]&(?![&\d])", entry.text)
        or re.search(r"\bwait\b", entry.text)
    ):
        return None
    if not re.search(r"(had ended|ended by itself)[^\n]*exit code 0\b|not running", case.reasons()):
        return None
    said = (
        f"{case.says(entry)}. The & starts the program in the background; the shell in front of it "
        "comes to its end, and PID 1 is gone."
    )
    return Finding(said, entry.line)


def _memory(case: Case) -> Finding | None:
    run = next((run for run in case.runs() if run.ended and run.ended.oom_killed), None)
    entry = case.last("ENTRYPOINT") or case.last("CMD")
    if run is None or not entry:
        return None
    return Finding(
        f"{case.says(entry)}; the kernel killed it because it used more memory than it may.",
        entry.line,
    )


def _changed_program(case: Case) -> Finding | None:
    name = case.program
    reason = case.reasons("program")
    if not re.search(r"is not the \S+ you were given|was written to after", reason):
        return None
    first = reason.split("\n", 1)[0]
    written = case.image.written if case.image else ()
    steps = [e for e in reversed(written) if name in e.text]
    steps.sort(
        key=lambda e: (
            ("RUN", "ENTRYPOINT", "CMD", "COPY", "ADD").index(e.name)
            if e.name in {"RUN", "ENTRYPOINT", "CMD"}
            else 9
        )
    )
    entry = next(iter(steps), None)
    tail = f" {case.says(entry)}." if entry else ""
    return Finding(f"{first}{tail}", entry.line if entry else None)


def _shadowed(case: Case) -> Finding | None:
    if case.image is None:
        return None
    names = [*case.image.shadows, *(name for run in case.runs() for name in run.shadows)]
    if not names:
        return None
    entry = next((e for e in case.image.written if names[0] in e.text), None)
    where = f"{case.says(entry)}: " if entry else f"Beside {case.program} lies "
    said = (
        f"{where}{names[0]} is read in place of Python's own module of that name."
        if entry
        else f"{where}{names[0]}, which is read in place of Python's own module of that name."
    )
    return Finding(said, entry.line if entry else None)


def _another_program(case: Case) -> Finding | None:
    entry = _command(case)
    if not entry or not case.program:
        return None
    reason = case.reasons(*_ABOUT_PROGRAM)
    other = re.search(r"No Python in the container runs ([^\n]*)", reason)
    ended = re.search(r"ended by itself [^\n]* exit code 0\b|was not running", reason)
    bare = re.search(r"\bpython[\d.]*\"?\s*\]?\s*$", entry.text)
    if bare and case.program not in " ".join(_started(case)):
        return Finding(f"{case.says(entry)}: python3, and no file for it to run.", entry.line)
    if not other and not (ended and case.program not in entry.text):
        return None
    runs = other[0] if other else f"That is not {case.program}, and it ended."
    return Finding(f"{case.says(entry)}. {runs}", entry.line)


def _look_for(pattern: str, words: str) -> Look:
    """Return a look that finds what a container printed last; `words` say what that means."""

    def look(case: Case) -> Finding | None:
        found = re.search(pattern, case.reasons())
        entry = case.last("ENTRYPOINT") or case.last("CMD")
        if not found or not entry:
            return None
        return Finding(
            f"{case.says(entry)}. {words} «{shorten(found[0], 120)}».", entry.line, fits=True
        )

    return look


_LIST_WHY = (
    "Docker reads ENTRYPOINT, CMD and RUN as a list only if it is valid JSON; anything else, even "
    "if it looks like a list, goes to /bin/sh -c as it stands."
)
_LIST_SHOW = (
    "printf 'FROM alpine:3.20\\nENTRYPOINT [%s]\\n' \"'echo', 'a'\" | docker build -q -t list -\n"
    "docker image inspect --format '{{json .Config.Entrypoint}}' list   # a shell is in front"
)

CAUSES = (
    Cause(
        "list-typographic-quotes",
        "A list has typographic quotes",
        _broken_list(_typographic),
        _LIST_WHY,
        "Type the quotes anew in a plain text editor, or switch off its smart quotes.",
        "printf '[“a”]' | python3 -m json.tool\nprintf '[\"a\"]' | python3 -m json.tool",
        (_FORMS,),
        _LIST_KINDS,
        _BUILD_SHOW,
    ),
    Cause(
        "list-single-quotes",
        "A list has single quotes",
        _broken_list(_single_quotes),
        _LIST_WHY,
        "JSON wants double quotes around each word.",
        _LIST_SHOW,
        (_FORMS,),
        _LIST_KINDS,
        _BUILD_SHOW,
    ),
    Cause(
        "list-trailing-comma",
        "A list has a comma behind its last word",
        _broken_list(_trailing_comma),
        _LIST_WHY,
        "Commas stand between words only.",
        "printf '[\"a\",]' | python3 -m json.tool\nprintf '[\"a\"]' | python3 -m json.tool",
        (_FORMS,),
        _LIST_KINDS,
        _BUILD_SHOW,
    ),
    Cause(
        "list-missing-comma",
        "A list lacks a comma between two words",
        _broken_list(_missing_comma),
        _LIST_WHY,
        "Put a comma between each two words.",
        'printf \'["a" "b"]\' | python3 -m json.tool\nprintf \'["a", "b"]\' | python3 -m json.tool',
        (_FORMS,),
        _LIST_KINDS,
        _BUILD_SHOW,
    ),
    Cause(
        "list-bare-words",
        "A list has words without quotes",
        _broken_list(_bare_words),
        _LIST_WHY,
        "Each word stands in double quotes of its own.",
        "printf '[a, b]' | python3 -m json.tool\nprintf '[\"a\", \"b\"]' | python3 -m json.tool",
        (_FORMS,),
        _LIST_KINDS,
        _BUILD_SHOW,
    ),
    Cause(
        "list-without-brackets",
        "A list lacks its brackets, or one of them",
        _no_brackets,
        _LIST_WHY,
        "The brackets are what tells a list from a command.",
        'printf \'FROM alpine:3.20\\nENTRYPOINT "echo", "a"\\n\' | docker build -q -t list -\n'
        "docker run --rm list   # the shell looks for a program called echo,",
        (_FORMS,),
        _LIST_KINDS,
        _BUILD_SHOW,
    ),
    Cause(
        "command-quoted-whole",
        "Quotes around the whole command make one word of it",
        _quoted_whole,
        "To a shell, what stands in quotes is one word. It looks for a program whose name is the "
        "whole command, spaces included.",
        "In shell form the command stands there as one types it.",
        "sh -c '\"echo a\"'   # not found\nsh -c 'echo a'",
        (_FORMS,),
        RUNNING,
        _BUILD_SHOW,
    ),
    Cause(
        "list-one-element",
        "The whole command is one element of the list",
        _one_string,
        "A list is not read by a shell, and nobody parts it at spaces: each element is one word, "
        "and the first is the name of the program.",
        "One element for each word.",
        "docker run --rm --entrypoint 'echo a' alpine:3.20   # no such program\n"
        "docker run --rm --entrypoint echo alpine:3.20 a",
        (_FORMS,),
        RUNNING,
        _BUILD_SHOW,
    ),
    Cause(
        "list-shell-words",
        "Words that only a shell understands stand in a list",
        _shell_words,
        "cd, exec, &&, | and > belong to the shell's language. A list starts a program directly, "
        "and hands it such words as plain arguments.",
        "Say it with instructions of the Dockerfile (WORKDIR for cd), or let a shell read it.",
        "docker run --rm --entrypoint cd alpine:3.20 /   # no such program\n"
        "docker run --rm alpine:3.20 echo a '&&' echo b",
        (_FORMS, _REFERENCE + "#workdir"),
        RUNNING,
        _BUILD_SHOW,
    ),
    Cause(
        "list-unexpanded",
        "A list has a variable or a pattern in it that nobody replaces",
        _variable,
        "$NAME, ~ and * are replaced by a shell. A list is started without one, so the "
        "program gets "
        "the characters themselves.",
        "Write the value out, or let a shell stand in front that makes way for the program.",
        "docker run --rm -e A=b --entrypoint echo alpine:3.20 '$A'\n"
        "docker run --rm -e A=b --entrypoint sh alpine:3.20 -c 'echo $A'",
        (_FORMS,),
        RUNNING,
        _BUILD_SHOW,
    ),
    Cause(
        "entrypoint-and-cmd-swapped",
        "ENTRYPOINT and CMD are swapped",
        _swapped,
        "Docker starts the words of ENTRYPOINT, and behind them those of CMD. The first word of "
        "all is the program.",
        "Which of the two is the program, and which are its default arguments?",
        "docker run --rm --entrypoint hello alpine:3.20 echo   # hello: no such program",
        (_REFERENCE + "#understand-how-cmd-and-entrypoint-interact",),
        RUNNING,
        _SHOW_START,
    ),
    Cause(
        "entrypoint-missing",
        "There is no ENTRYPOINT, only CMD",
        _no_entrypoint,
        "CMD is what runs if nothing stands behind the image's name in docker run. As soon as "
        "something does, it takes the place of all of CMD, and its first word is taken for the "
        "program.",
        "ENTRYPOINT holds what always runs, CMD the arguments that one may replace.",
        'printf \'FROM alpine:3.20\\nCMD ["echo", "a"]\\n\' | docker build -q -t c -\n'
        "docker run --rm c\ndocker run --rm c b   # b: no such program",
        (_REFERENCE + "#understand-how-cmd-and-entrypoint-interact",),
        _LIST_KINDS | {"instructions"},
        _BUILD_SHOW,
    ),
    Cause(
        "nothing-to-run",
        "The image says nothing to run",
        any_of(
            found_in(r"says nothing to run", r"^(CMD|ENTRYPOINT)"),
            _nothing_written,
        ),
        "A container runs what ENTRYPOINT and CMD say. Without both of them it is what the base "
        "image says, and an empty list takes away that as well.",
        "ENTRYPOINT or CMD names what containers run.",
        "printf 'FROM alpine:3.20\\nCMD []\\n' | docker build -q -t n - && docker run --rm n",
        ("https://docs.docker.com/reference/dockerfile/#cmd",),
        _LIST_KINDS | {"instructions"},
        _BUILD_SHOW,
    ),
    Cause(
        "user-unknown",
        "USER names a user that the image does not have",
        _unknown_user,
        "The engine looks the name up in /etc/passwd of the image when a container starts; the "
        "build does not need it, so it ends well.",
        "Leave USER out, or make the user in a RUN step above.",
        "docker run --rm --user nobody alpine:3.20 id\ndocker run --rm --user student "
        "alpine:3.20 id",
        (_REFERENCE + "#user",),
        RUNNING,
    ),
    Cause(
        "program-not-found",
        "ENTRYPOINT names a program that the image does not have",
        _no_program,
        "The first word is looked for in the directories of PATH, in the container and not on your "
        "machine; capital and small letters are different letters.",
        "Look for the program in a container of the base, and compare letter by letter.",
        "docker run --rm --entrypoint pyton3 python:3.12\n"
        "docker run --rm --entrypoint sh python:3.12 -c 'command -v python3'",
        (_ENTRYPOINT,),
        RUNNING,
        _BUILD_SHOW,
    ),
    Cause(
        "not-executable",
        "The program may not be executed",
        _not_executable,
        "A file runs by itself only with the x permission, and a script needs a #! line as well. "
        "COPY keeps permissions as they are in the folder.",
        "Let its interpreter start it, or give it the permission.",
        "printf 'echo a\\n' > a.sh && ./a.sh\nsh a.sh\nls -l a.sh",
        (_ENTRYPOINT,),
        RUNNING,
        "ls -l",
    ),
    Cause(
        "no-shebang",
        "A script cannot be started by itself",
        _format_error,
        "The kernel reads the first two bytes of a file. If they are #!, the rest of the "
        "line names "
        "the interpreter; a byte order mark or an empty line in front hides them.",
        "#!/bin/sh has to be the very first bytes of the file.",
        "head -c 3 start.sh | od -c",
        ("https://man7.org/linux/man-pages/man2/execve.2.html",),
        RUNNING,
        "head -n 1 *.sh | cat -A",
    ),
    Cause(
        "windows-line-ends-copied",
        "A script that is copied into the image has Windows line ends",
        _windows_script,
        "The carriage return at the end of a line becomes part of its last word: /bin/sh is then "
        "called «/bin/sh\\r», and there is no such program.",
        "Save the script with LF line ends, and tell git to keep them.",
        "printf 'echo a\\r\\n' > a.sh && sh a.sh | cat -A\nsed -i 's/\\r$//' a.sh",
        ("https://git-scm.com/docs/gitattributes#_eol",),
        RUNNING,
        "grep -lr $'\\r' .",
    ),
    Cause(
        "workdir-below-copy",
        "WORKDIR stands below COPY",
        _workdir_last,
        "Instructions work from top to bottom. A relative target of COPY is taken from the WORKDIR "
        "that counts at that line; one below changes only what comes after.",
        "In which directory is the file when COPY runs, and in which one does the program start?",
        "docker run --rm --entrypoint find IMAGE / -name main.py\n"
        "docker image inspect --format '{{.Config.WorkingDir}}' IMAGE",
        (_REFERENCE + "#workdir",),
        RUNNING,
        "docker run --rm --entrypoint sh IMAGE -c 'pwd; ls -la . /'",
    ),
    Cause(
        "program-not-copied",
        "The program is never copied into the image",
        _not_copied,
        "A container sees the files of its image and nothing of your machine. What "
        "ENTRYPOINT names "
        "has to be put there while the image is built.",
        "An instruction is missing that takes the file into the image.",
        "docker run --rm --entrypoint ls IMAGE -la",
        (_REFERENCE + "#copy",),
        RUNNING,
        "docker run --rm --entrypoint ls IMAGE -la",
    ),
    Cause(
        "python-by-a-shell",
        "A shell reads a program that is written in Python",
        _python_by_shell,
        "The first word starts the program, and the second is what it reads: sh and bash know the "
        "words of shell scripts, and import is none of them.",
        "Which program reads files that end in .py?",
        "printf 'import os\\n' > a.py; sh a.py; python3 a.py",
        (_ENTRYPOINT,),
        RUNNING,
        _BUILD_SHOW,
    ),
    Cause(
        "program-by-another-name",
        "The program is started by a name that no file has",
        _no_such_file,
        "python3 looks for exactly the file that it is told; capital and small letters are "
        "different letters, and so is each ending.",
        "Compare the name on that line with the file's, letter by letter.",
        "docker run --rm python:3.12 python3 no-such.py",
        (_ENTRYPOINT,),
        RUNNING,
        "docker run --rm --entrypoint sh IMAGE -c 'pwd; ls -la'",
    ),
    Cause(
        "copied-elsewhere",
        "The program is copied to another place than it is started from",
        _copied_elsewhere,
        "A relative name on the ENTRYPOINT line is looked for in WORKDIR. Where COPY put the file, "
        "and under which name, is for COPY's last word to say.",
        "WORKDIR, the target of COPY and the path on the ENTRYPOINT line have to agree.",
        "docker run --rm --entrypoint find IMAGE / -name main.py",
        (_REFERENCE + "#copy", _REFERENCE + "#workdir"),
        RUNNING,
        "docker run --rm --entrypoint sh IMAGE -c 'pwd; ls -la'",
    ),
    Cause(
        "exec-of-a-builtin",
        "exec stands in front of a word of the shell's",
        _exec_builtin,
        "exec takes a program's name. cd is done by the shell itself, and after an exec "
        "there would "
        "be no shell left for what follows.",
        "exec belongs in front of the program that is to stay, and nowhere else.",
        "sh -c 'exec cd / && pwd'\nsh -c 'cd / && exec pwd'",
        ("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#exec",),
        RUNNING,
    ),
    Cause(
        "started-in-background",
        "The program is started in the background",
        _background,
        "A container lives as long as its PID 1. A shell that starts a program with & "
        "does not wait "
        "for it; it ends, and the engine ends all that is left.",
        "The program stays in the foreground; docker run -d is what puts a container into the "
        "background.",
        "docker run --rm alpine:3.20 sh -c 'sleep 5 &'; echo over\n"
        "docker run --rm alpine:3.20 sh -c 'sleep 5'; echo over",
        ("https://docs.docker.com/engine/containers/run/",),
        RUNNING,
    ),
    Cause(
        "memory-used-up",
        "The program was killed for its memory",
        _memory,
        "Containers have a limit of memory here. The kernel ends a process that wants more with "
        "SIGKILL, and the exit code is 137.",
        "Look at what the program loads at once.",
        "docker run --name m -m 64m python:3.12 python3 -c 'x = bytearray(1 << 30)'\n"
        "docker inspect --format '{{.State.OOMKilled}}' m; docker rm m",
        ("https://docs.docker.com/engine/containers/resource_constraints/",),
        RUNNING,
    ),
    Cause(
        "module-shadowed",
        "A file beside the program hides a module of Python's",
        _shadowed,
        "Python looks for modules beside the program first. A file called signal.py is "
        "found before "
        "the signal of its library, and does other things.",
        "Give the file another name, or leave it out.",
        "cd \"$(mktemp -d)\" && echo 'print(1)' > json.py && echo 'import json' > a.py "
        "&& python3 a.py",
        ("https://docs.python.org/3/library/sys_path_init.html",),
        frozenset({"environment", "program", "says", "stop", "stops"}),
        "docker run --rm --entrypoint ls IMAGE -la",
    ),
    Cause(
        "program-changed",
        "The program in the image is not the one that was given",
        _changed_program,
        "The lab is about how a given program is started and stopped, so the program stays as it "
        "is; everything is said in the Dockerfile.",
        "Copy the file as it was given, and let no step write to it.",
        "docker run --rm --entrypoint cat IMAGE main.py | diff - main.py",
        (_REFERENCE + "#copy",),
        RUNNING,
        "docker run --rm --entrypoint cat IMAGE main.py | diff - main.py",
    ),
    Cause(
        "another-program",
        "Another program is started than the given one",
        _another_program,
        "What is observed is the process that runs and not what is printed: the same lines from "
        "another program are not the same behaviour.",
        "Let ENTRYPOINT start the program that the lab gives.",
        "docker run -d --name c IMAGE && docker top c; docker rm -f c",
        (_ENTRYPOINT, "https://docs.docker.com/reference/cli/docker/container/top/"),
        _ABOUT_PROGRAM,
    ),
    Cause(
        "shell-did-not-find",
        "The shell did not find what it was told to start",
        _look_for(r"(?:sh|\S+): \d+: [^\n]*not found", "The shell in front of the program said"),
        "In shell form, and in a script, /bin/sh reads the line. It says so and ends "
        "with 127 if it "
        "finds no program of the first word's name.",
        "The message names the word that the shell took for a program.",
        "docker run --rm alpine:3.20 sh -c 'pyton3 main.py'; echo $?",
        (_FORMS,),
        RUNNING,
    ),
)
