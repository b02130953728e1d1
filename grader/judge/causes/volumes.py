"""Causes around volumes, and scripts that keep what they write in one."""

from grader.judge.causes.cause import Case, Cause, Finding
from grader.judge.causes.code_looks import found_in
from grader.judge.causes.script_looks import any_of

_VOLUMES = "https://docs.docker.com/engine/storage/volumes/"
_VOLUME = "https://docs.docker.com/reference/dockerfile/#volume"
_STOP = "https://docs.docker.com/reference/cli/docker/container/stop/"
_TRAP = "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#trap"
_TAIL = "https://www.gnu.org/software/coreutils/manual/coreutils.html#tail-invocation"
_REDIRECT = "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html"
_NO_EFFECT = r"SIGTERM had no effect|had to be killed"
_LOGS = "docker run -d --name c IMAGE && sleep 2 && docker logs c; docker rm -f c"
_STOPPED = (
    "docker run -d --name c IMAGE && sleep 1 && time docker stop c; docker logs c; docker rm c"
)
_INSPECT = "docker image inspect --format '{{json .Config.Volumes}}' IMAGE"
_TRAP_EXAMPLE = (
    "docker run -d --name c alpine:3.20 sh -c 'trap \"echo bye; exit 0\" TERM; sleep 100 & wait'\n"
    "time docker stop c; docker logs c; docker rm c"
)
_APPEND_EXAMPLE = "echo one > f; echo two >> f; cat f\necho three > f; cat f"


def _below_volume(case: Case) -> Finding | None:
    volume = case.last("VOLUME")
    steps = [e for e in case.every("RUN", "COPY", "ADD") if volume and e.line > volume.line]
    path = volume.text.strip('[]" ') if volume else ""
    below = next((entry for entry in steps if path and path in entry.text), None)
    if volume is None or below is None or "no file" not in case.reasons():
        return None
    said = f"{case.says(below)}, below the VOLUME of line {volume.line}."
    return Finding(said, below.line)


CAUSES = (
    Cause(
        "volume-missing",
        "The image declares no volume",
        found_in(r"does not declare VOLUME \S+; it declares nothing", tail=" has no VOLUME."),
        "Where a directory is no volume, files that are written there belong to the container and "
        "go with it.",
        "One of a Dockerfile's instructions declares a directory as a volume.",
        "docker image inspect --format '{{json .Config.Volumes}}' postgres:16",
        (_VOLUME, _VOLUMES),
        frozenset({"declares"}),
        _INSPECT,
    ),
    Cause(
        "volume-relative",
        "VOLUME names a path that does not begin with a slash",
        found_in(r"does not declare VOLUME", r"^VOLUME\s+(\[\s*\")?[^/\[\s\"]"),
        "VOLUME takes the path as it stands and does not add WORKDIR: without the slash it is "
        "another place than the files are written to.",
        "Write the whole path.",
        "printf 'FROM alpine:3.20\\nVOLUME a/b\\n' | docker build -q -t v -\n"
        "docker image inspect --format '{{json .Config.Volumes}}' v",
        (_VOLUME,),
        frozenset({"declares"}),
        _INSPECT,
    ),
    Cause(
        "volume-at-another-path",
        "VOLUME names another directory than is asked for",
        found_in(
            r"does not declare VOLUME|no file|never printed|had ended",
            r"^VOLUME\s+(?!.*/usr/src/data)\S",
        ),
        "docker run -v mounts at a path: what the image keeps somewhere else is in another place "
        "than the one that is mounted.",
        "Compare the path with the lab's text, in every line that has it.",
        "docker run --rm -v v:/a alpine:3.20 sh -c 'echo x > /b; ls /a'",
        (_VOLUME, _VOLUMES),
        shows=_INSPECT,
    ),
    Cause(
        "file-below-volume",
        "The file is made below VOLUME",
        _below_volume,
        "What a step below VOLUME writes into the volume is thrown away when the step ends: the "
        "image keeps what was there before.",
        "Which of the two lines has to stand first?",
        "printf 'FROM alpine:3.20\\nVOLUME /v\\nRUN echo a > /v/a\\n' | docker build -q -t v -\n"
        "docker run --rm v ls /v",
        (_VOLUME,),
        shows="docker run --rm --entrypoint ls IMAGE -la /usr/src/data",
    ),
    Cause(
        "interpreter-missing",
        "The script's first line names a program that the image does not have",
        found_in(r"what its first line names", r"^#!"),
        "The kernel starts a script by the program behind #!. It says *no such file* of "
        "that program, "
        "which reads as if the script were missing.",
        "Which shells does the base image have?",
        "printf '#!/bin/zsh\\n' > s && chmod +x s && ./s\ndocker run --rm "
        "python:3.12-slim cat /etc/shells",
        ("https://man7.org/linux/man-pages/man2/execve.2.html",),
        shows="head -n 1 *.sh",
    ),
    Cause(
        "variable-in-single-quotes",
        "Single quotes keep a variable from being replaced",
        found_in(
            r"never printed|does not hold|had ended|no file|no effect|had to be killed",
            r"^(?!trap\b)(?:[^\"']|\"[^\"]*\")*'\$\{?\w+\}?'",
            tail=": between single quotes it stays as it is written.",
        ),
        "Between single quotes nothing is replaced: the command gets the variable's name, with the "
        "dollar in front, and no value.",
        "Which quotes let a shell replace $NAME?",
        "a=1; echo '$a'; echo \"$a\"",
        ("https://www.gnu.org/software/bash/manual/bash.html#Quoting",),
        shows=_LOGS,
    ),
    Cause(
        "link-instead-of-file",
        "The script puts a link in the place of the file",
        found_in(r"no file", r"\bln\s+-\w*s"),
        "A link in a mounted folder leads to a path, and on the host that path is another file.",
        "Write into the file itself.",
        'ln -s /etc/hostname l && cat l && docker run --rm -v "$PWD:/d" alpine:3.20 cat /d/l',
        (_VOLUMES,),
    ),
    Cause(
        "pipe-instead-of-file",
        "The script puts a pipe in the place of the file",
        found_in(r"no file|takes a line|never printed", r"\bmkfifo\b|\bmknod\b"),
        "A pipe keeps nothing: who writes waits until somebody reads, and nothing is there "
        "afterwards.",
        "A plain file is what others can append to.",
        "mkfifo p; timeout 2 sh -c 'echo a > p'; echo $?",
        ("https://man7.org/linux/man-pages/man7/fifo.7.html",),
    ),
    Cause(
        "file-filled",
        "The file is made so large that nothing can be appended",
        found_in(r"File too large|does not hold", r"\btruncate\b|\bfallocate\b|\bdd\b"),
        "A volume is shared: what one container fills, all others lack.",
        "Only append the line.",
        "truncate -s 1M f && ls -l f",
        (_VOLUMES,),
    ),
    Cause(
        "log-flooded",
        "The container prints without end",
        found_in(
            r"never printed|no effect|had to be killed|[Rr]efused",
            r"\byes\b|while (True|:|true).*print|print\(.*\* \d+",
        ),
        "docker logs keeps all of it on the host's disk, and the lines that matter are not found "
        "any more.",
        "Print what happens, and nothing else.",
        "docker run -d --name c alpine:3.20 yes; sleep 1; docker logs c | wc -l; docker rm -f c",
        ("https://docs.docker.com/engine/logging/configure/",),
        shows=_LOGS,
    ),
    Cause(
        "script-in-a-circle",
        "The script runs in a circle from its first line",
        found_in(
            r"never printed|no effect|had to be killed|does not hold",
            r"while\s+(:|true);?\s*do\s*:?;?\s*(done)?$|while :; do :; done",
            absent=r"\b(sleep|cat|tail|wait)\b",
        ),
        "What stands below a loop without an end is never reached, and the loop takes all of a "
        "processor.",
        "What should the script wait for?",
        "timeout 2 sh -c 'while :; do :; done; echo never'",
        (_REDIRECT,),
        shows=_LOGS,
    ),
    Cause(
        "file-written-anew",
        "The script writes a new file at every start",
        found_in(
            r"does not hold|never printed",
            r"(?<!ADD_LINE\")(?<!ADD_LINE) > *\"?\$(file|1|\{file\})",
            absent=r"ADD_LINE\"?\s*>\s*\"?\$",
        ),
        "> begins a file anew. What earlier containers left in the volume, which is what volumes "
        "are for, is gone.",
        "The image has the first line already; leave the file as it was found.",
        _APPEND_EXAMPLE,
        (_REDIRECT, _VOLUMES),
    ),
    Cause(
        "line-replaces-file",
        "The line takes the place of the whole file",
        found_in(r"does not hold|its lines", r"ADD_LINE\}?\"?\s*>\s*\"?\$"),
        "> begins a file anew, >> adds to its end.",
        "Which of the two appends?",
        _APPEND_EXAMPLE,
        (_REDIRECT,),
    ),
    Cause(
        "line-written-elsewhere",
        "The line goes into another file",
        any_of(
            found_in(r"does not hold|never printed «cannot write»", r"ADD_LINE.*>>\s*\"?/"),
            found_in(
                r"does not hold|never printed|no file|had ended",
                r"^\w+=[\"']?(?!/usr/src/data/)[\w./-]*[./_]\w+[\"']?$",
                absent=r"\$\{?[1@*]",
                tail=": a path that is written down; the one that CMD gives is looked at nowhere.",
            ),
        ),
        "Only what lies in the volume's directory outlives the container.",
        "Compare the path with the file that the script was given.",
        "docker run --rm -v v:/v alpine:3.20 sh -c 'echo a >> /tmp/f'; docker run --rm "
        "-v v:/v alpine:3.20 ls /v /tmp",
        (_VOLUMES,),
    ),
    Cause(
        "line-only-printed",
        "The line is printed and never written",
        found_in(r"does not hold|never printed «cannot write»", r"echo.*ADD_LINE", absent=r">>"),
        "What a program prints goes to docker logs; a file needs a redirection.",
        "What is missing behind the echo?",
        _APPEND_EXAMPLE,
        (_REDIRECT,),
    ),
    Cause(
        "variable-not-used",
        "The script never looks at ADD_LINE",
        found_in(
            r"does not hold|never printed «cannot write»",
            absent=r"ADD_LINE",
            tail=" takes in a script that never looks at ADD_LINE.",
        ),
        "docker run -e puts a variable into the program's environment. Nothing happens "
        "by it unless "
        "the program looks.",
        "A step is missing: if the variable is set, append its value.",
        'docker run --rm -e A=b alpine:3.20 sh -c \'if [ -n "$A" ]; then echo "$A"; fi\'',
        ("https://docs.docker.com/reference/cli/docker/container/run/#env",),
        frozenset({"holds", "says"}),
    ),
    Cause(
        "set-e-at-read-only",
        "set -e ends the script where the line cannot be written",
        found_in(r"Read-only file system|had ended", r"^set\s+-\w*e"),
        "A mount can be read-only. With set -e the first command that fails ends the script, and "
        "the container with it, before anything is read.",
        "Expect that failure, say so, and go on.",
        "sh -ec 'echo a > /proc/a || echo cannot; echo on'\nsh -ec 'echo a > /proc/a; echo on'",
        (_REDIRECT,),
        shows="docker run --rm -e ADD_LINE=x -v v:/usr/src/data:ro IMAGE",
    ),
    Cause(
        "missing-file-taken-for-read-only",
        "A file that is not there yet is taken for one that cannot be written",
        found_in(r"no file|had ended", r"\[\s+(!\s+)?-(w|e|f)\s"),
        "In an empty folder of the host there is no file yet. -w is false for it, and >> would "
        "simply make it.",
        "Try to write, and look whether that failed.",
        "[ -w new ] || echo 'not writable?'; echo a >> new && echo it was",
        ("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/test.html",),
    ),
    Cause(
        "complains-always",
        "The complaint is printed whether the line was written or not",
        found_in(r"as well, and there it is not true", r"echo.*cannot write"),
        "A message that always comes tells nothing.",
        "Print it only where the command before has failed.",
        "false || echo failed\ntrue || echo failed",
        (_REDIRECT,),
    ),
    Cause(
        "failure-kept-quiet",
        "That the line cannot be written is kept quiet",
        found_in(r"never printed «cannot write»", r"ADD_LINE.*>>", absent=r"echo.*cannot write"),
        "Somebody who waits for their line has to learn that it was not kept.",
        "What does the script say when the redirection fails?",
        "{ echo a >> /proc/a; } 2> /dev/null || echo 'cannot write'",
        (_REDIRECT,),
        shows="docker run --rm -e ADD_LINE=x -v v:/usr/src/data:ro IMAGE",
    ),
    Cause(
        "word-said-early",
        "The word is printed at the start, and the trap says nothing",
        found_in(r"before docker stop, and not when SIGTERM arrived", r"echo\s+\"?terminating"),
        "A line that stands there from the beginning shows nothing about what happened at the end.",
        "Let the trap's command print it.",
        _TRAP_EXAMPLE,
        (_TRAP,),
        shows=_STOPPED,
    ),
    Cause(
        "trap-says-nothing",
        "The trap ends the script without a word",
        found_in(r"It ended, but never printed", r"\btrap\b"),
        "Who reads the log wants to see that it ended in order.",
        "Let the trap's command print the word first.",
        _TRAP_EXAMPLE,
        (_TRAP,),
        shows=_STOPPED,
    ),
    Cause(
        "trap-takes-long",
        "The trap takes its time",
        found_in(r"It took \d", r"\bsleep\b"),
        "docker stop waits ten seconds at the most, and whoever stops a whole project waits for "
        "each container.",
        "Do only what has to be done before the end.",
        _TRAP_EXAMPLE,
        (_STOP,),
        shows=_STOPPED,
    ),
    Cause(
        "trap-exits-with-error",
        "The trap ends the script with another exit code than 0",
        found_in(r"ended \S+ with exit code", r"\bexit\s+[1-9]"),
        "143 is how the shell names an end by SIGTERM. A script that ended in order, as it was "
        "asked to, says 0.",
        "Which exit code says that all is well?",
        _TRAP_EXAMPLE,
        (_TRAP,),
        shows=_STOPPED,
    ),
    Cause(
        "sigterm-ignored-by-script",
        "The script tells SIGTERM to go away",
        found_in(_NO_EFFECT, r"trap\s+(''|\"\")\s"),
        "An empty string as the trap's command means *ignore*: docker stop waits ten seconds and "
        "then kills.",
        "Give the trap a command that ends the script.",
        _TRAP_EXAMPLE,
        (_TRAP,),
        shows=_STOPPED,
    ),
    Cause(
        "exec-drops-trap",
        "exec replaces the shell, and its trap goes with it",
        found_in(_NO_EFFECT, r"^exec\s", also=r"\btrap\b"),
        "A trap belongs to the shell. After exec there is none: the program is PID 1, "
        "has no handler "
        "of its own, and the kernel drops the signal.",
        "The shell has to stay, and to wait in a way that a signal can end.",
        _TRAP_EXAMPLE,
        (_TRAP, _STOP),
        shows=_STOPPED,
    ),
    Cause(
        "trap-missing",
        "There is no trap",
        any_of(
            found_in(
                _NO_EFFECT,
                absent=r"\btrap\b",
                tail=" starts a script that has no trap, so SIGTERM finds no handler.",
            ),
            found_in(
                _NO_EFFECT,
                r"^trap\b",
                absent=r"\btrap\b.*\b((SIG)?TERM|15)\b",
                tail=": docker stop sends TERM, and this trap is for another signal.",
            ),
        ),
        "The kernel drops a signal for PID 1 unless it has a handler. A shell has one for SIGTERM "
        "only if a trap says so.",
        "A line is missing that says what to do at SIGTERM.",
        _TRAP_EXAMPLE,
        (_TRAP, _STOP),
        shows=_STOPPED,
    ),
    Cause(
        "trap-without-exit",
        "The trap does not end the script",
        found_in(
            r"SIGTERM had no effect|had to be killed|with exit code 143",
            r"^trap\s|\w+\(\)\s*\{",
            absent=r"\bexit\b",
        ),
        "A trap's command runs, and then the script goes on where it was: in its wait, or in its "
        "loop.",
        "What has to stand behind the word that is printed?",
        _TRAP_EXAMPLE,
        (_TRAP,),
        shows=_STOPPED,
    ),
    Cause(
        "trap-waits-for-foreground",
        "The shell waits for a program in the foreground, and the trap waits as well",
        found_in(_NO_EFFECT, r"^(tail|cat|sleep|read)\b(?!.*&\s*$)", also=r"\btrap\b"),
        "A shell runs a trap when the command in the foreground has ended. tail -f never does.",
        "Let the program run in the background, and the shell wait for it: a signal ends a wait.",
        _TRAP_EXAMPLE,
        (_TRAP,),
        shows=_STOPPED,
    ),
    Cause(
        "old-lines-skipped",
        "tail begins at the end, and skips what was there before",
        found_in(r"never printed", r"\btail\b.*-n\s*0|\btail\b.*-n0"),
        "-n says how many of the last lines are printed first; a number with a plus says "
        "from which "
        "line on.",
        "From which line on should it print?",
        "printf 'a\\nb\\n' > f; tail -n 0 f; tail -n +1 f",
        (_TAIL,),
        shows=_LOGS,
    ),
    Cause(
        "looks-too-rarely",
        "The script sleeps between two looks at the file",
        found_in(r"never printed", r"\bsleep\s+[2-9]|\bsleep\s+\d\d"),
        "A line that another container appends is seen only after the sleep.",
        "One of tail's options follows a file as it grows.",
        "touch f; tail -f f & echo a >> f; sleep 1; kill %1",
        (_TAIL,),
        shows=_LOGS,
    ),
    Cause(
        "nothing-waits",
        "Nothing waits for the program in the background",
        found_in(
            r"the container had ended|had already ended|had ended", r"&\s*$", absent=r"\bwait\b"
        ),
        "When the script is at its end PID 1 is gone, and the container takes the program in the "
        "background along.",
        "There is a word with which a shell waits for what it has started.",
        "docker run --rm alpine:3.20 sh -c 'sleep 5 &'; echo over\n"
        "docker run --rm alpine:3.20 sh -c 'sleep 5 & wait'; echo over",
        (_REDIRECT,),
        kinds=frozenset({"holds", "says", "stops"}),
        shows=_LOGS,
    ),
    Cause(
        "file-printed-once",
        "The file is printed once and not followed",
        found_in(
            r"the container had ended|had already ended|had ended",
            r"\bcat\s+\"?\$",
            absent=r"\btail\b",
        ),
        "cat ends at the end of the file, the script with it, and so does the container.",
        "Another command prints a file and then goes on with what is appended.",
        "printf 'a\\n' > f; cat f; timeout 2 tail -n +1 -f f",
        (_TAIL,),
        kinds=frozenset({"holds", "says", "stops"}),
        shows=_LOGS,
    ),
    Cause(
        "script-ends-at-once",
        "The script comes to its end, and the container with it",
        any_of(
            found_in(
                r"the container had ended|had already ended|had ended",
                absent=r"\btail\b|\bwhile\b|\bwait\b|argv|import ",
                tail=" starts a script that follows no file and waits for nothing.",
            ),
            found_in(
                r"the container had ended|had already ended|had ended",
                r"^wait\b",
                absent=r"[^&>]&(?![&\d])",
                tail=": nothing is in the background that it could wait for.",
            ),
        ),
        "A container lives as long as its PID 1.",
        "What should the script do until it is stopped?",
        "docker run --rm alpine:3.20 echo a; docker ps -a | head -n 3",
        ("https://docs.docker.com/engine/containers/run/",),
        kinds=frozenset({"holds", "says", "stops"}),
        shows=_LOGS,
    ),
)
