"""Causes around forms and arguments: who starts the program, and which words reach it."""

import re

from grader.core.text import quoted, shorten
from grader.judge.causes.cause import Case, Cause, Finding
from grader.judge.images import Form
from grader.judge.processes import Argv

_REFERENCE = "https://docs.docker.com/reference/dockerfile/"
_FORMS = _REFERENCE + "#shell-and-exec-form"
_INTERACT = _REFERENCE + "#understand-how-cmd-and-entrypoint-interact"
_SHOW = "docker image inspect --format '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' IMAGE"
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})
_ABOUT_FORM = frozenset({"form", "argv", "pid1", "stop", "stops"})
_ARGV = frozenset({"argv"})
_ARGUMENTS_WANTED = re.compile(r"usage|required|out of range", re.IGNORECASE)


def _asked(case: Case) -> str:
    """Return the form that a check of the lab asks of this ENTRYPOINT; empty where none does."""
    for check in case.context.assignment.checks:
        if isinstance(check.params, Form) and check.params.image == case.subject:
            return check.params.is_
    return ""


def _written(case: Case) -> str:
    entry = case.last("ENTRYPOINT")
    return entry.form if entry else ""


def _swapped(case: Case) -> Finding | None:
    """Find two files whose forms are each the other's."""
    asked: dict[str, str] = {}
    for check in case.context.assignment.checks:
        if isinstance(check.params, Form):
            asked.setdefault(check.params.is_, check.params.image)
    entry = case.last("ENTRYPOINT")
    if len(asked) < 2 or entry is None or _asked(case) in {"", entry.form}:
        return None
    other = asked["shell" if _asked(case) == "exec" else "exec"]
    if case.subject not in asked.values() or other == case.subject:
        return None
    theirs = case.context.facts.images.get(other)
    if theirs is None or theirs.kind != "image":
        return None
    found = next((e for e in reversed(theirs.written) if e.name == "ENTRYPOINT"), None)
    if found is None or found.form == entry.form:
        return None
    said = (
        f"{case.file} has ENTRYPOINT in {entry.form} form and {theirs.dockerfile} has it "
        f"in {found.form} form."
    )
    return Finding(said, entry.line)


def _shell_form(case: Case) -> Finding | None:
    entry = case.last("ENTRYPOINT")
    if entry is None or _written(case) != "shell" or _asked(case) != "exec":
        return None
    return Finding(f"{case.says(entry)}: no list, so it is in shell form.", entry.line)


def _exec_form(case: Case) -> Finding | None:
    entry = case.last("ENTRYPOINT")
    if entry is None or _written(case) != "exec" or _asked(case) != "shell":
        return None
    return Finding(f"{case.says(entry)}: a list, so it is in exec form.", entry.line)


def _shell_in_list(case: Case) -> Finding | None:
    entry = case.last("ENTRYPOINT")
    words = case.image.entrypoint or () if case.image else ()
    if entry is None or entry.form != "exec" or len(words) < 2 or "-c" not in words:
        return None
    if words[0].rpartition("/")[2] not in _SHELLS or re.search(
        r"\$[@*0-9]|\bexec\b|\btrap\b|\|", " ".join(words)
    ):
        return None
    said = (
        f"{case.says(entry)}: the list starts a shell, and the shell starts the program "
        "as its child."
    )
    return Finding(said, entry.line)


def _arguments(case: Case) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return what was to arrive and what did, of the first failed check of arguments."""
    for check, _ in case.failed:
        if isinstance(check.params, Argv):
            run = next((r for r in case.runs() if r.program), None)
            observed = case.context.facts.observations.get(check.params.of)
            program = getattr(observed, "program", None) or (run.program if run else None)
            if program is not None:
                return case.context.fill(check.params.equals), program.arguments
    return None


def _shell_keeps(case: Case) -> Finding | None:
    entry = case.last("ENTRYPOINT")
    words = (case.image.entrypoint or ()) if case.image else ()
    if entry is None or "-c" not in words or re.search(r"\$[@*0-9]", entry.text):
        return None
    said = f"{case.says(entry)}: a shell with -c keeps all further words for itself."
    pair = _arguments(case)
    if pair is not None:
        return Finding(said, entry.line) if pair[0] and not pair[1] else None
    # Of a program in a scene nobody knows the arguments; that it ended for want of some is said.
    ended = re.compile(r"usage|required|out of range|\bended\b|no files remaining", re.IGNORECASE)
    checks = tuple(check.id for check, result in case.failed if ended.search(result.reason))
    passes = case.last("CMD") or _ARGUMENTS_WANTED.search(case.reasons())
    return Finding(said, entry.line, checks=checks) if checks and passes else None


def _star(case: Case) -> Finding | None:
    pair, entry = _arguments(case), case.last("ENTRYPOINT")
    if not pair or not entry or not re.search(r"\$\*|\$@", entry.text):
        return None
    want, got = pair
    if got == want or " ".join(want) != " ".join(got):
        return None
    how = "one word of all arguments" if len(got) < len(want) else "several words of one argument"
    return Finding(f"{case.says(entry)}, which makes {how}.", entry.line)


def _swallowed(case: Case) -> Finding | None:
    pair, entry = _arguments(case), case.last("ENTRYPOINT")
    if (
        not pair
        or not entry
        or not pair[0]
        or pair[1] != pair[0][1:]
        or "-c" not in (case.image.entrypoint or () if case.image else ())
    ):
        return None
    said = (
        f"{case.says(entry)}. The first word behind the command of sh -c becomes $0, "
        "which $@ leaves out."
    )
    return Finding(said, entry.line)


def _wrapper_drops(case: Case) -> Finding | None:
    pair, entry = _arguments(case), case.last("ENTRYPOINT")
    if not pair or not entry or pair[1] or not pair[0]:
        return None
    for name, text in case.context.facts.sources.items():
        if name.startswith("Dockerfile") or name not in entry.text or re.search(r"\$[@*0-9]", text):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if case.program in line:
                said = (
                    f"{name}, line {number}, says «{shorten(line)}»: the script starts the "
                    "program without its own arguments."
                )
                return Finding(said, number, name)
    return None


def _defaults_in_entrypoint(case: Case) -> Finding | None:
    pair, entry = _arguments(case), case.last("ENTRYPOINT")
    if not pair or not entry or not pair[0]:
        return None
    want, got = pair
    words = case.image.entrypoint or () if case.image else ()
    surplus = got[: len(got) - len(want)]
    if got[-len(want) :] != want or not surplus or words[-len(surplus) :] != surplus:
        return None
    return Finding(
        f"{case.says(entry)}. Its words {quoted(surplus)} always arrive, before those of "
        "docker run.",
        entry.line,
    )


def _repeats_program(case: Case) -> Finding | None:
    pair, cmd = _arguments(case), case.last("CMD")
    words = case.image.cmd or () if case.image else ()
    first = case.image.entrypoint or () if case.image else ()
    if not pair or not cmd or not first or words[: len(first)] != first:
        return None
    return Finding(f"{case.says(cmd)}: it has the program in it once more.", cmd.line)


def _cmd_shell_form(case: Case) -> Finding | None:
    pair, cmd = _arguments(case), case.last("CMD")
    if not pair or not cmd or cmd.form != "shell" or not case.image or not case.image.entrypoint:
        return None
    return Finding(
        f"{case.says(cmd)}: no list, so Docker puts /bin/sh -c in front of it.", cmd.line
    )


def _cmd_one_string(case: Case) -> Finding | None:
    pair, cmd = _arguments(case), case.last("CMD")
    words = case.image.cmd or () if case.image else ()
    if not pair or not cmd or cmd.form != "exec" or len(words) != 1 or " " not in words[0]:
        return None
    if pair[1] != words or len(pair[0]) < 2:
        return None
    return Finding(f"{case.says(cmd)}: one element, so it arrives as one word.", cmd.line)


def _cmd_twice(case: Case) -> Finding | None:
    cmds, pair = case.every("CMD"), _arguments(case)
    words = (case.image.cmd or ()) if case.image else ()
    if not pair or len(cmds) < 2 or pair[1] != words:
        return None
    said = f"{case.says(cmds[-1])}, and takes the place of the CMD in line {cmds[-2].line}."
    return Finding(said, cmds[-1].line)


def _cmd_above_reset(case: Case) -> Finding | None:
    pair, cmd, entry = _arguments(case), case.last("CMD"), case.last("ENTRYPOINT")
    if (
        not pair
        or not cmd
        or not entry
        or not case.image
        or case.image.cmd
        or cmd.text.strip() in {"", "[]"}
    ):
        return None
    if cmd.line > entry.line:
        return None
    return Finding(
        f"{case.says(entry)}, below the CMD of line {cmd.line}: it sets CMD back.", entry.line
    )


def _cmd_missing(case: Case) -> Finding | None:
    pair, entry = _arguments(case), case.last("ENTRYPOINT")
    if not pair or not entry or case.every("CMD") or pair[1] or not pair[0]:
        return None
    return Finding(
        f"{case.file} has no CMD, and {case.program} was given no arguments.", entry.line
    )


def _cmd_other_words(case: Case) -> Finding | None:
    pair, cmd = _arguments(case), case.last("CMD")
    words = case.image.cmd or () if case.image else ()
    if not pair or not cmd or cmd.form != "exec" or pair[1] != words or pair[0] == pair[1]:
        return None
    odd = next((got for want, got in zip(pair[0], pair[1], strict=False) if want != got), None)
    more = f", and «{shorten(odd)}» is not among what the lab asks for" if odd else ""
    return Finding(f"{case.says(cmd)}{more}.", cmd.line)


def _hands_on(case: Case) -> Finding | None:
    pair, entry = _arguments(case), case.last("ENTRYPOINT")
    if not pair or not entry or pair[0] or not re.search(r"\$[@*0-9]", entry.text):
        return None
    return Finding(
        f"{case.says(entry)}: it hands the shell's own arguments on to the program.", entry.line
    )


def _own_words(case: Case) -> Finding | None:
    pair, entry = _arguments(case), case.last("ENTRYPOINT")
    if not pair or not entry or pair[0] or not pair[1] or entry.form != "shell":
        return None
    if not all(word in entry.text for word in pair[1]):
        return None
    return Finding(
        f"{case.says(entry)}. The words {quoted(pair[1])} stand on the line itself.", entry.line
    )


_INTERPLAY = (
    'printf \'FROM alpine:3.20\\nENTRYPOINT ["echo"]\\nCMD ["a", "b"]\\n\''
    " | docker build -q -t c -\n"
    "docker run --rm c\ndocker run --rm c other words"
)

CAUSES = (
    Cause(
        "files-swapped",
        "The files of exec form and of shell form are swapped",
        _swapped,
        "Each file is looked at for what its name says: what is right in the one is the mistake in "
        "the other.",
        "Compare the names of the two files with the form in which each has its ENTRYPOINT.",
        "grep -n ENTRYPOINT Dockerfile-*",
        (_FORMS,),
        _ABOUT_FORM,
        "grep -n ENTRYPOINT Dockerfile-*",
    ),
    Cause(
        "shell-form-for-exec-form",
        "ENTRYPOINT is in shell form where exec form is asked for",
        _shell_form,
        "In shell form Docker starts /bin/sh -c with the line. The shell is PID 1, keeps the "
        "arguments of CMD and docker run for itself, and hands no signal on.",
        "In exec form the command is a list in brackets, each word in double quotes.",
        "printf 'FROM alpine:3.20\\nENTRYPOINT echo a\\n' | docker build -q -t s -\n"
        "docker image inspect --format '{{json .Config.Entrypoint}}' s   # a shell is in front\n"
        "docker run --rm s other words",
        (_FORMS, _REFERENCE + "#shell-form-entrypoint-example"),
        _ABOUT_FORM,
        _SHOW,
    ),
    Cause(
        "exec-form-for-shell-form",
        "ENTRYPOINT is in exec form where shell form is asked for",
        _exec_form,
        "The task is about what a shell in front does. A list starts the program without "
        "one, and a "
        "list that names a shell is exec form, too.",
        "Shell form is the bare command: no brackets, no commas.",
        "printf 'FROM alpine:3.20\\nENTRYPOINT sleep 100\\n' | docker build -q -t s -\n"
        "docker image inspect --format '{{json .Config.Entrypoint}}' s",
        (_FORMS,),
        _ABOUT_FORM,
        _SHOW,
    ),
    Cause(
        "shell-in-a-list",
        "The list starts a shell, and the shell the program",
        _shell_in_list,
        "On paper that is exec form; in effect it is shell form. The shell is PID 1, has "
        "no handler "
        "for SIGTERM, and keeps the arguments for itself.",
        "The list names the program itself.",
        "docker run -d --name c alpine:3.20 sh -c 'sleep 100; true'\ndocker top c\n"
        "time docker stop c; docker rm c",
        (_FORMS, _REFERENCE + "#exec-form-entrypoint-example"),
        _ABOUT_FORM,
        _SHOW,
    ),
    Cause(
        "shell-keeps-arguments",
        "A shell in front keeps the arguments for itself",
        _shell_keeps,
        "sh -c takes one word as its command. What stands behind it becomes $0, $1 and so on of "
        "that command, and nobody asks for them.",
        "Start the program without a shell, or let the command hand its arguments on.",
        "sh -c 'echo' a b\nsh -c 'echo \"$0\" \"$@\"' a b",
        (_FORMS,),
        _ARGV | {"ends", "holds", "program", "says", "starts", "stops"},
        _SHOW,
    ),
    Cause(
        "arguments-joined",
        "The arguments are joined or split on their way through a shell",
        _star,
        '"$*" is one word made of all arguments; $@ without quotes is split at each space. Only '
        '"$@" hands each argument on as it came.',
        "Look at the quotes, and at which of the two it is.",
        "sh -c 'printf \"<%s>\\n\" \"$*\"' x 'a b' c\nsh -c 'printf \"<%s>\\n\" $@' x 'a b' c\n"
        "sh -c 'printf \"<%s>\\n\" \"$@\"' x 'a b' c",
        ("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html",),
        _ARGV,
    ),
    Cause(
        "first-argument-swallowed",
        "The first argument becomes the shell's $0",
        _swallowed,
        "sh -c COMMAND a b calls the command with a as $0 and b as $1. $@ begins at $1.",
        "Something else has to stand in the place of $0, or $0 has to be handed on as well.",
        "sh -c 'echo \"$@\"' a b\nsh -c 'echo \"$@\"' name a b",
        ("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html",),
        _ARGV,
    ),
    Cause(
        "wrapper-drops-arguments",
        "A script in front starts the program without the arguments",
        _wrapper_drops,
        "What Docker hands over arrives at the script. The program gets only what the "
        "script writes "
        "behind its name.",
        "The line that starts the program has to name the script's own arguments.",
        "printf 'echo\\n' > a.sh && sh a.sh x y\nprintf 'echo \"$@\"\\n' > a.sh && sh a.sh x y",
        (_REFERENCE + "#entrypoint",),
        _ARGV,
    ),
    Cause(
        "cmd-twice",
        "There are two CMDs, and the last one counts",
        _cmd_twice,
        "An image has one CMD. Each further one takes the place of the one before, without a word.",
        "Keep the one that the lab asks for.",
        'printf \'FROM alpine:3.20\\nCMD ["echo", "a"]\\nCMD ["echo", "b"]\\n\''
        " | docker build -q -t c -\ndocker run --rm c",
        (_REFERENCE + "#cmd",),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "cmd-set-back",
        "An ENTRYPOINT below CMD sets it back",
        _cmd_above_reset,
        "Where CMD comes from the base image, setting ENTRYPOINT sets it back to nothing: the old "
        "words were meant for another program.",
        "Give CMD in your own file.",
        _INTERPLAY,
        (_INTERACT,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "cmd-repeats-program",
        "CMD has the program in it once more",
        _repeats_program,
        "Docker starts the words of ENTRYPOINT and behind them those of CMD: the program gets its "
        "own name as an argument.",
        "CMD holds the arguments only.",
        _INTERPLAY,
        (_INTERACT,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "defaults-in-entrypoint",
        "The default arguments stand in ENTRYPOINT",
        _defaults_in_entrypoint,
        "Words behind the image's name in docker run take the place of CMD. Nothing "
        "takes the place "
        "of ENTRYPOINT's words: they come first, always.",
        "What one should be able to replace belongs in CMD.",
        _INTERPLAY,
        (_INTERACT,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "cmd-in-shell-form",
        "CMD is in shell form beside an ENTRYPOINT in exec form",
        _cmd_shell_form,
        "Without brackets CMD becomes the three words /bin/sh, -c and the whole line; behind an "
        "ENTRYPOINT all three are arguments of the program.",
        "As default arguments of ENTRYPOINT, CMD is a list.",
        "printf 'FROM alpine:3.20\\nENTRYPOINT [\"echo\"]\\nCMD a b\\n' | docker build -q -t c -\n"
        "docker run --rm c",
        (_INTERACT,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "cmd-one-element",
        "All default arguments are one element of CMD's list",
        _cmd_one_string,
        "Nobody parts an element of a list at its spaces: the program gets one long word.",
        "One element for each word.",
        "docker run --rm alpine:3.20 sh -c 'echo $#' x 'a b c'\n"
        "docker run --rm alpine:3.20 sh -c 'echo $#' x a b c",
        (_FORMS,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "cmd-missing",
        "There is no CMD, so the program has no default arguments",
        _cmd_missing,
        "CMD holds what ENTRYPOINT's program is given where docker run says nothing.",
        "An instruction is missing that gives the words the lab asks for.",
        _INTERPLAY,
        (_INTERACT,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "cmd-other-words",
        "CMD gives other words than the lab asks for",
        _cmd_other_words,
        "Programs compare their arguments letter by letter: capital and small letters differ.",
        "Compare the list with the lab's text, word by word.",
        _INTERPLAY,
        (_INTERACT,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "shell-hands-arguments-on",
        "The shell's command hands its arguments on",
        _hands_on,
        "The task is to see that in plain shell form nothing of what stands behind the "
        "image's name "
        "reaches the program.",
        "Plain shell form names the program and nothing else.",
        "sh -c 'echo' a b\nsh -c 'echo \"$0\" \"$@\"' a b",
        (_FORMS,),
        _ARGV,
        _SHOW,
    ),
    Cause(
        "arguments-on-the-line",
        "The program is given words on the ENTRYPOINT line",
        _own_words,
        "What stands on the line always arrives, and hides that arguments of docker run do not.",
        "Plain shell form names the program and nothing else.",
        "printf 'FROM alpine:3.20\\nENTRYPOINT echo a\\n' | docker build -q -t s -\n"
        "docker run --rm s b",
        (_FORMS,),
        _ARGV,
        _SHOW,
    ),
)
