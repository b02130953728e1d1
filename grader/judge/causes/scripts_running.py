"""Causes in scripts as such: whether they run, end, stop at a failure and can be run again."""

import re

from grader.judge.causes.cause import Case, Cause, Finding
from grader.judge.causes.script_looks import any_of, found_by, printed_by, where

_BASH = "https://www.gnu.org/software/bash/manual/bash.html"
_SET = _BASH + "#The-Set-Builtin"
_CURL = "https://curl.se/docs/manpage.html"
_HALTS = frozenset({"halts"})
_REPEATS = frozenset({"repeats"})
_HARMLESS = frozenset({"harmless"})
_RUN_IT = "bash FILE </dev/null; echo $?"
_COMMANDS = r"sudo|docker|apt-get|apt|curl|wget|gpg|usermod|groupadd"


def _windows(case: Case) -> Finding | None:
    if case.script is None or not case.script.windows_lines:
        return None
    said = (
        f"Each line of {case.file} ends with a carriage return, which bash takes for part "
        "of the line's last word."
    )
    return Finding(said, 1)


def _only_comments(case: Case) -> Finding | None:
    if case.script is None or not case.text or not case.result("finishes"):
        return None
    rows = [row.strip() for row in case.text.split("\n")]
    if any(row and not row.startswith("#") for row in rows):
        return None
    return Finding(f"{case.file} holds comments and no command.", 1)


def _unknown_command(case: Case) -> Finding | None:
    reason = case.reasons("finishes")
    found = re.search(r"(?:^|[ :])([\w.+-]+): command not found", reason)
    if case.script is None or not found:
        return None
    line = case.line(rf"(^|\s){re.escape(found[1])}(\s|$)")
    if line is None:
        return None
    return Finding(f"{case.quote(*line)}, and there is no command called {found[1]}.", line[0])


def _ended(how: str) -> str:
    return {"deadline": r"was still running after", "flood": "printed more than"}[how]


def _no_set_e(case: Case) -> bool:
    return (
        not case.line(r"^\s*set\s+(-\w*e|-o\s+errexit)|^#!.*\s-\w*e")
        and "-e" not in (case.text.split("\n", 1)[0])
    )


def _no_pipefail(case: Case) -> bool:
    return not case.line(r"pipefail")


CAUSES = (
    Cause(
        "windows-line-ends",
        "The script has Windows line ends",
        _windows,
        "Windows ends a line with two characters, Linux with one. The other one becomes "
        "part of the "
        "last word of each line, and then no option and no path is what it looks like.",
        "Save the file with LF line ends; git keeps them with a line in .gitattributes.",
        "printf 'echo a\\r\\n' | bash | cat -A\nsed -i 's/\\r$//' script.sh",
        ("https://git-scm.com/docs/gitattributes#_eol",),
        shows="cat -A FILE | head -n 5",
    ),
    Cause(
        "script-not-filled-in",
        "The script holds no command",
        _only_comments,
        "Lines that begin with # are for people; a script of comments does nothing and ends well.",
        "Write the steps of the lab's text below the comment, one by one.",
        "printf '# a\\n' | bash; echo $?",
        (_BASH + "#Shell-Scripts",),
        shows=_RUN_IT,
    ),
    Cause(
        "script-syntax-error",
        "The shell cannot read the script",
        any_of(
            found_by(r"syntax error|unexpected EOF|unexpected end of file"),
            printed_by(r"[Ss]yntax error[^\n]*|unexpected EOF[^\n]*"),
        ),
        "A shell reads a script as it goes: it stops at the first thing that it cannot "
        "read, often far "
        "below the quote, if or bracket that was never closed.",
        "Look for a quote, an if or a bracket without its end.",
        "printf 'if true; then\\n echo a\\n' > s.sh && bash -n s.sh",
        (_BASH + "#Shell-Syntax", "https://www.shellcheck.net/"),
        shows="bash -n FILE",
    ),
    Cause(
        "system-removed",
        "The script removes the system it runs on",
        found_by(
            written=r"\brm\b.*\s-\w*[rR]\w*.*\s/(\s|$|\*)",
            tail=": it removes every file, the commands of the lines below included.",
        ),
        "rm -rf / takes away every file that may be removed, the commands that come next included.",
        "Remove files by their full names, and only those that the script made.",
        "docker run --rm alpine:3.20 sh -c 'rm -rf /tmp/a; ls /'",
        ("https://www.gnu.org/software/coreutils/manual/coreutils.html#rm-invocation",),
        shows="cat -n FILE",
    ),
    Cause(
        "processes-killed",
        "The script kills all processes",
        found_by(
            written=r"\b(kill|killall5|pkill)\b.*(\s-1\b|\s1$|-9\s+-1)",
            tail=": it ends what the script itself runs in.",
        ),
        "kill -1 means every process, the script's own shell and what it was started by included.",
        "Nothing has to be ended here.",
        "docker run --rm alpine:3.20 sh -c 'sleep 9 & kill $!; echo still here'",
        ("https://man7.org/linux/man-pages/man1/kill.1.html",),
        shows="cat -n FILE",
    ),
    Cause(
        "processes-multiply",
        "The script starts processes without end",
        any_of(
            found_by(r"was still running", written=r":\s*\(\)\s*\{"),
            found_by(r"was still running", printed=r"fork: retry: [^\n]*"),
        ),
        "Each of them starts further ones until the machine has no room for any, and "
        "nothing goes on.",
        "Take it out.",
        "ulimit -u   # how many processes a user may have",
        ("https://man7.org/linux/man-pages/man2/fork.2.html",),
        shows="cat -n FILE",
    ),
    Cause(
        "prints-without-end",
        "The script prints without end",
        any_of(found_by(_ended("flood"), written=r"(^|[;&|]\s*)yes\b"), found_by(_ended("flood"))),
        "A command that never ends keeps all that follows from being run; a log of gigabytes helps "
        "nobody.",
        "Which command does not come back?",
        "yes | head -n 3",
        ("https://www.gnu.org/software/coreutils/manual/coreutils.html#yes-invocation",),
        shows="timeout 20 bash FILE </dev/null | head -n 20",
    ),
    Cause(
        "machine-restarted",
        "The script restarts the machine",
        any_of(
            found_by(
                r"restarts the machine",
                written=r"\b(reboot|shutdown|poweroff|halt|systemctl reboot)\b",
            ),
            found_by(r"restarts the machine"),
        ),
        "Behind a restart nothing of the script is run any more, and everybody else on the machine "
        "loses their work.",
        "Nothing here needs a restart.",
        "systemctl is-active docker",
        ("https://docs.docker.com/engine/install/linux-postinstall/",),
        shows="cat -n FILE",
    ),
    Cause(
        "question-to-nobody",
        "The script asks a question that nobody answers",
        found_by(
            r"took no step|was still running|never got to|was never called",
            written=r"(^|[;&|]\s*)(read|select)\b",
        ),
        "A script that prepares machines runs where nobody sits. read then finds the end of its "
        "input and fails, or waits for ever.",
        "Decide in the script; what differs between machines can be looked up.",
        "bash -c 'read -p \"Go on? \" a; echo $?' </dev/null",
        (_BASH + "#index-read",),
        shows=_RUN_IT,
    ),
    Cause(
        "command-unknown",
        "A command's name is misspelt",
        any_of(
            _unknown_command,
            printed_by(r"[\w.+\[-]+: (command )?not found", ", and there is no such command."),
        ),
        "A name that is no file in PATH ends the script, or is passed over, if it goes on after "
        "failures.",
        "Compare the name letter by letter.",
        "command -v apt-get\ncommand -v apt-gte || echo 'no such command'",
        (_BASH + "#Command-Search-and-Execution",),
        shows=_RUN_IT,
    ),
    Cause(
        "commands-replaced",
        "The script puts something of its own in the place of the machine's commands",
        any_of(
            found_by(written=rf"^\s*(function\s+)?({_COMMANDS})\s*\(\)"),
            found_by(r"took no step", written=r"^\s*(export\s+)?PATH=[^$]*:\$\{?PATH"),
            found_by(
                written=r"/proc/1/|/proc/\d|ptrace|mount\s+(-o\s+)?--?bind|/usr/lib/lab|shim",
                tail=": that reaches into the machine and takes none of the lab's steps.",
            ),
        ),
        "What a script says about itself shows nothing: what counts is what the machine is like "
        "afterwards, and what the real commands did.",
        "Call the machine's own commands.",
        "ls() { echo 'nothing here'; }; ls; unset -f ls",
        (_BASH + "#Shell-Functions",),
        shows="cat -n FILE",
    ),
    Cause(
        "script-never-ends",
        "The script does not come to its end",
        any_of(
            found_by(
                _ended("deadline"),
                written=r"while\s+(:|true|\[)|until\s+false|sleep\s+(infinity|\d{3,})|tail\s+-\w*[fF]|^\s*(cat|bash|sh)\s*$|\bwait\b|newgrp",
            ),
            found_by(_ended("deadline")),
        ),
        "Who runs a script waits for it; the next step begins when it has ended.",
        "Which line does not come back?",
        "timeout 3 bash -c 'while :; do sleep 1; done'; echo $?   # 124: it was ended",
        (_BASH + "#Looping-Constructs",),
        shows="timeout 60 bash -x FILE </dev/null",
    ),
    # --- it stops at a failure -------------------------------------------------------------------
    Cause(
        "curl-without-fail",
        "curl takes an error page for the file",
        found_by(r"and no --fail", written=r"\bcurl\s+[-\"$h]"),
        "A server that has no such file answers with a page that says so. curl saves that page and "
        "ends with 0, unless it is told that this is a failure.",
        "One of curl's options makes it fail at an error page.",
        "curl -sS -o page https://docs.docker.com/no-such-page; echo $?\n"
        "curl -fsS -o page https://docs.docker.com/no-such-page; echo $?",
        (_CURL + "#-f",),
        _HALTS,
    ),
    Cause(
        "failure-forgiven",
        "A failing command is passed over on purpose",
        found_by(
            written=r"\|\|\s*(true|:|echo|exit\s+0)|^\s*set\s+\+e",
            tail=": whatever happens there, the script goes on.",
        ),
        "|| true makes a success of every failure: the steps behind it work on what is not there.",
        "Which failure do you expect there? Test for that one, and let all others stop the script.",
        "bash -ec 'false || true; echo went on'\nbash -ec 'false; echo went on'; echo $?",
        (_SET,),
        _HALTS,
    ),
    Cause(
        "no-set-e",
        "Nothing stops the script at a failing command",
        where(
            _no_set_e,
            found_by(
                r"went on to|as if all were well",
                tail=" has no set -e: bash goes on after a command that failed.",
            ),
        ),
        "bash goes on with the next line whatever the last one did. A half installed machine that "
        "looks done is worse than a script that stopped.",
        "There is a setting that ends a script at the first command that fails.",
        "bash -c 'false; echo went on'\nbash -ec 'false; echo went on'; echo $?",
        (_SET,),
        _HALTS,
    ),
    Cause(
        "no-pipefail",
        "A failure inside a pipe is lost",
        where(
            _no_pipefail,
            found_by(
                r"went on to|as if all were well",
                written=r"\b(curl|wget)\b.*\|",
                tail=": the exit code of a pipe is that of its last command, and this one "
                "never fails.",
            ),
        ),
        "set -e looks at the exit code of a pipe, and that is the last command's: what fails in "
        "front of it is not seen.",
        "There is an option of set that counts every command of a pipe.",
        "bash -ec 'false | cat; echo went on'\nbash -ec 'set -o pipefail; false | cat; "
        "echo went on'; echo $?",
        (_SET, _BASH + "#Pipelines"),
        _HALTS,
    ),
    # --- it can be run again ---------------------------------------------------------------------
    Cause(
        "key-in-the-way",
        "gpg does not replace the key that is there",
        found_by(r"gpg replaces it only with", written=r"\bgpg\s+-"),
        "The first run leaves the key's file. In the second one gpg asks whether to "
        "replace it, and "
        "fails where nobody answers.",
        "gpg has an option that answers beforehand; or write the file by another command.",
        "echo a | gpg --dearmor -o k </dev/null; touch k; echo a | gpg --dearmor -o k </dev/null",
        ("https://www.gnupg.org/documentation/manuals/gnupg/GPG-Configuration-Options.html",),
        _REPEATS,
        "bash FILE && bash FILE; echo $?",
    ),
    Cause(
        "entry-appended",
        "Each run adds one more entry",
        found_by(r"second run changed", written=r"tee\s+(-a|--append)|>>"),
        ">> and tee -a add to a file. Run twice, the list names the repository twice, "
        "and apt warns "
        "about it at each update.",
        "Write the file anew each time.",
        "echo a >> f; echo a >> f; cat f\necho a > f; echo a > f; cat f",
        ("https://www.gnu.org/software/coreutils/manual/coreutils.html#tee-invocation",),
        _REPEATS,
        "bash FILE && bash FILE && cat /etc/apt/sources.list.d/*",
    ),
    Cause(
        "second-run-refused",
        "The script ends with an error where it has run before",
        found_by(r"Run a second time it ended", written=r"\bexit\s+[1-9]"),
        "Who prepares machines runs the same script on all of them, again and again: "
        "done already is "
        "no failure.",
        "What is there already can be left as it is, and the script goes on.",
        "mkdir d; mkdir d; echo $?\nmkdir -p d; echo $?",
        (_BASH + "#Bourne-Shell-Builtins",),
        _REPEATS,
        "bash FILE && bash FILE; echo $?",
    ),
    # --- it does nothing else --------------------------------------------------------------------
    Cause(
        "certificate-not-checked",
        "The server's certificate is not checked",
        found_by(
            r"switches off a check", written=r"\bcurl\b.*\s-\w*k|--insecure|--no-check-certificate"
        ),
        "Without that check anybody between you and the server can hand you a key of "
        "their own, and "
        "with it packages of their own.",
        "Take the option out; ca-certificates is what the check needs.",
        "curl -sS https://self-signed.badssl.com/ || echo refused",
        (_CURL + "#-k",),
        _HARMLESS,
    ),
    Cause(
        "sudoers-opened",
        "Everybody in a group may become root",
        found_by(r"sudoers", written=r"sudoers|NOPASSWD"),
        "A line in sudoers with NOPASSWD makes every account of that group root, for good.",
        "The lab asks for no right to sudo.",
        "sudo -l",
        ("https://www.sudo.ws/docs/man/sudoers.man/",),
        _HARMLESS,
        shows="cat -n FILE",
    ),
    Cause(
        "sources-removed",
        "The machine's own repositories are removed",
        found_by(r"sources[^ ]* \(gone\)", written=r"\brm\b.*(/etc/apt|sources)"),
        "Without its distribution's repositories a machine gets no security updates any more.",
        "Touch only the files that the script makes itself.",
        "ls /etc/apt/sources.list.d",
        ("https://manpages.debian.org/stable/apt/sources.list.5.en.html",),
        _HARMLESS,
        "ls -la /etc/apt/sources.list.d",
    ),
    Cause(
        "engine-data-removed",
        "All that the engine keeps is removed",
        found_by(
            r"/var/lib/docker \(gone\)",
            written=r"\brm\b.*/var/lib/docker",
            tail=": every image, container and volume of the machine is in there.",
        ),
        "Volumes hold what people want to keep, databases for one. A script that is run a second "
        "time, or on a machine that is in use, takes all of it away.",
        "The lab asks to remove nothing.",
        "sudo ls /var/lib/docker; docker system df",
        ("https://docs.docker.com/engine/storage/volumes/",),
        _HARMLESS,
        shows="cat -n FILE",
    ),
    Cause(
        "groups-nobody-asked-for",
        "Somebody gets a group that nobody asked for",
        found_by(
            r"the group [\w-]+ \([\w-]+ is in it now\)",
            written=r"\b(usermod|gpasswd|adduser|groupmems)\b",
        ),
        "Each group is a right: docker and root are as good as root, adm reads the logs. Who is "
        "not asked about does not need it.",
        "One user, one group: the one who starts the script, and docker.",
        "id; getent group docker adm sudo",
        ("https://wiki.debian.org/SystemGroups",),
        _HARMLESS,
        "getent group",
    ),
    Cause(
        "left-running",
        "The script leaves something running",
        found_by(
            r"still ran, and would run on", written=r"\b(nohup|setsid|disown|daemon)\b|dockerd"
        ),
        "What runs on in the background, as root even, is seen by nobody and ended by nobody until "
        "the machine is started anew.",
        "A script that sets a machine up does its work and ends.",
        "setsid sleep 30 &\nps -eo pid,ppid,sid,tty,args | grep '[s]leep'",
        ("https://man7.org/linux/man-pages/man2/setsid.2.html",),
        _HARMLESS,
        "ps -eo pid,ppid,sid,tty,args",
    ),
    Cause(
        "permissions-opened",
        "Files of the system are opened to everybody",
        found_by(r"also touched", written=r"\bchmod\b.*(a\+w|o\+w|666|777|-R)"),
        "What everybody may write, everybody can use to run commands as root.",
        "Change the permissions of your own files only.",
        "touch f && chmod a+w f && ls -l f",
        ("https://www.gnu.org/software/coreutils/manual/coreutils.html#chmod-invocation",),
        _HARMLESS,
        shows="cat -n FILE",
    ),
)
