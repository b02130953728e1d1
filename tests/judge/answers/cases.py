"""Answers of each kind: right ones as honest people write them, and plausible wrong ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.spec.keys import KEY_KINDS, KeyAnswer
from grader.spec.questions import QUESTION_KINDS, Question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its key, and answers that have to get all of its points or none."""

    question: Question
    key: KeyAnswer
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def asked(
    kind: str,
    params: Mapping[str, object],
    key: object,
    *,
    right: tuple[str, ...],
    wrong: tuple[str, ...],
) -> Asked:
    """Return a question of a kind; `params` and `key` are what stands in the two YAML files."""
    question = Question(
        id="asked",
        title="A question",
        points=1,
        prompt="What?",
        kind=kind,
        params=QUESTION_KINDS[kind].model_validate(params, strict=False),
    )
    return Asked(question, KEY_KINDS[kind].model_validate({kind: key}, strict=False), right, wrong)


_OPTIONS = {
    "a": "the program, because exec form starts no shell",
    "b": "the shell /bin/sh",
    "c": "docker itself",
    "d": "nobody: a container has no PID 1",
}
_EF = """\
UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  0 09:15 ?        00:00:00 /bin/sh -c python3 -u main.py
root           7       1  0 09:15 ?        00:00:00 python3 -u main.py
root           8       0  0 09:22 pts/0    00:00:00 /bin/sh
root          13       8  0 09:22 pts/0    00:00:00 ps -ef
"""
_TOP = """\
UID                 PID                 PPID                C                   STIME\
               TTY                 TIME                CMD
root                81234               81211               0                   09:15\
               ?                   00:00:00            /bin/sh -c python3 main.py
root                81260               81234               0                   09:15\
               ?                   00:00:00            python3 main.py
"""
_EXEC_FORM = """\
UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  0 08:36 ?        00:00:00 python3 -u main.py hello
root           7       0  0 08:39 pts/0    00:00:00 /bin/sh
root          13       7  0 08:39 pts/0    00:00:00 ps -ef
"""
_SHELL = r"(/bin/)?(da)?sh -c .*main\.py.*"
_PYTHON = r"([a-z0-9/]*/)?python[0-9.]* (-[a-zA-Z -]+ )?([^ ]*/)?main\.py.*"

CASES: Mapping[str, Asked] = {
    "choice": asked(
        "choice",
        {"options": _OPTIONS},
        "b",
        right=(
            "b",
            "B",
            " b) ",
            "(b)",
            "b.",
            "**B**",
            "`b`",
            "\uff42",
            "Answer: b",
            "The answer is B.",
            "option b",
            "b) the shell /bin/sh",
            "the shell /bin/sh",
            "The Shell  /bin/sh.",
            "\u201cb\u201d",
            "\u200bb",
            "b, because shell form starts one",
            "b because shell form is run by /bin/sh -c",
            "b\n\nShell form is run by /bin/sh -c, so it is a shell.",
            "- [ ] a\n- [x] b\n- [ ] c\n- [ ] d",
            "```\nb\n```",
            "> b",
            "I think b",
            "It's b",
            "b - the shell /bin/sh",
            "~~a~~ b",
            "b, not c",
            "b - because c has no PID",
            "b, because a and c are wrong",
            "b (c would be exec form)",
        ),
        wrong=(
            "a",
            "c) docker itself",
            "the program, because exec form starts no shell",
            "a or b",
            "b or c",
            "b, c",
            "a b c d",
            "abcd",
            "a) b) c) d)",
            "a\nb\nc\nd",
            "- [x] a\n- [x] b",
            "e",
            "yes",
            "not b",
            "everything but b",
            "b) docker itself",
            "b/c",
            "b - a or c or d",
            "b; a or c or d, no idea",
            "b, c?",
            "b. no, c",
            "b? c",
            "~~b~~ c",
            "?",
            "I do not know",
            "a shell",
        ),
    ),
    "choices": asked(
        "choices",
        {"options": _OPTIONS},
        ["a", "c"],
        right=(
            "a, c",
            "A,C",
            "c a",
            "a and c",
            "ac",
            "a; c",
            "**a** & **c**",
            "a)\nc)",
            "- a\n- c",
            "{a, c}",
            "Answers: a, c.",
            "a) the program, because exec form starts no shell\nc) docker itself",
            "the program, because exec form starts no shell\ndocker itself",
            (
                "- [x] a) the program, because exec form starts no shell\n"
                "- [ ] b) the shell /bin/sh\n"
                "- [x] c) docker itself\n- [ ] d) nobody: a container has no PID 1"
            ),
            "\uff41\u3001\uff43",
            "1. a\n2. c",
            "both a and c",
            "a, c\n\nThe shell is not there in exec form.",
            "a, a, c",
            "a, c (and everything below)",
            "a, c because main.py changed",
            "a, c: both were seen",
            "a and c - tried it",
            "~~b,~~ a, c",
        ),
        wrong=(
            *("a", "c", "a, b, c", "a, b, c, d", "abcd", "b, d", "all", "none", "a, d", "a, c, x"),
            *("a, c (or d)", "a, c - or b", "a, c? d", "a, b because c", "a, c; d"),
        ),
    ),
    "number": asked(
        "number",
        {"unit": "s"},
        {"value": 10, "tolerance": 1, "units": {"s": 1, "ms": 0.001}},
        right=(
            "10",
            "10 s",
            "10s",
            "10 seconds",
            "10.4 sec",
            "10,0 s",
            "10000 ms",
            "10 000 milliseconds",
            "10,000ms",
            "**10** s",
            "about 10 s",
            "~10s",
            "\u2248 10\u00a0s",
            "ten seconds",
            "Ten",
            "10 (ten) seconds",
            "\uff11\uff10 s",
            "After 10.2 seconds.",
            "+10",
            "1e1 s",
            "10-second",
            "5 s + 5 s = 10 s",
            "it took 10.3s",
            "a little more than 10 seconds",
            "slightly over 10 s",
            "10 s (10345 ms)",
            "10 s 345 ms",
            "10 s and 345 ms",
            "10 (measured: 10.44)",
            "10 s \u00b1 0.5",
            "10 s +/- 0.5 s",
            "0.3 s predicted, 10 s measured",
            "predicted 1 s, measured 10.3 s",
            "I predicted 0 but saw 10",
            "~~0.3~~ 10 s",
            "10 Sekunden",
        ),
        wrong=(
            "1",
            "0 s",
            "0.1 s",
            "10 ms",
            "10 minutes",
            "10 min",
            "2",
            "137",
            "-10",
            "0 or 10",
            "10 or 20 seconds",
            "between 5 and 15",
            "not 10",
            "8.9 s",
            "11.1 s",
            "never",
            "ten minutes",
            "s",
            "100",
            "1 0",
            "3 10",
            "10 days",
            "10 Minuten",
            "10 m",
            "10 microseconds",
            "10 \u00b5s",
            "10 hours",
            "10 s predicted, 0.3 s measured",
            "10 expected; 0.3 observed",
            "I predicted 10 but saw 0",
            "10 (20 ms)",
            "more than 10 s",
            "10 s 5 min",
        ),
    ),
    "number without a unit": asked(
        "number",
        {},
        {"value": 137},
        right=(
            *("137", "exit code 137", "137 (SIGKILL)", "128 + 9 = 137", "137.", "`137`", "137.0"),
            *("exit status 137 after 10 s", "after 10 s: 137", "137 = 128 + SIGKILL (9)"),
            *("143 predicted, 137 measured", "I predicted 0 but saw 137", "~~143~~ 137"),
            "137 (128 for a signal, 9 for KILL)",
        ),
        wrong=(
            *("0", "143", "136", "138", "1", "137 or 143", "-137", "13 7", "137 / 143", "1370"),
            *("137 predicted, 143 measured", "143 after 137 s", "137 (138)", "~~137~~"),
        ),
    ),
    "text": asked(
        "text",
        {},
        {"any": ["its name", "network alias", "DNS"], "pattern": r"(host|container)[ -]?names?"},
        right=(
            "its name",
            "Its  Name.",
            "the network alias",
            "a network\nalias",
            "dns",
            "D\u200bNS",
            "\u201cits name\u201d",
            "**hostname**",
            "host-name",
            "host\u2010name",
            "Container name",
            "`hostname`",
            "The answer is: its name",
            "\uff24\uff2e\uff33",
            "(its name)",
            "it's its name",
            "its name - set by docker",
            "its name (the alias)",
            "host\\-name",
        ),
        wrong=(
            "its address",
            "name",
            "the port",
            "not its name",
            "its name or its address",
            "hostname, port, address, alias",
            "dnss",
            "...",
            "hostname?hostname",
            "its name - or its address",
            "its name (or its address)",
            "~~its name~~ its address",
        ),
    ),
    "order": asked(
        "order",
        {"items": {"a": "send the request", "b": "look the name up", "c": "end with 0"}},
        ["b", "a", "c"],
        right=(
            "b, a, c",
            "B A C",
            "bac",
            "b > a > c",
            "b -> a -> c",
            "b \u2192 a \u2192 c",
            "b;a;c",
            "1. b\n2. a\n3. c",
            "1) b\n2) a\n3) c",
            "- b\n- a\n- c",
            "b) look the name up\na) send the request\nc) end with 0",
            "look the name up\nsend the request\nend with 0",
            "First b, then a, finally c.",
            "**b**, **a**, **c**",
            "b - a - c",
            "b-a-c",
            "\uff42\u3001\uff41\u3001\uff43",
            "b, then a, and c",
            "b before a before c",
        ),
        wrong=(
            "a, b, c",
            "b, a",
            "b, a, c, a",
            "c, a, b",
            "b",
            "b a c d",
            "b, a, c or a, b, c",
            "abc",
            "first send, then look",
            "1. a\n2. b\n3. c",
        ),
    ),
    "order of options that hold joining words": asked(
        "order",
        {
            "items": {
                "a": "apt-get update and apt-get upgrade",
                "b": "curl URL | gpg > FILE",
                "c": "look first, then leap",
            }
        },
        ["c", "b", "a"],
        right=(
            "c, b, a (because the key has to be there)",
            "c, b, a because it is so",
            "c b a - by the manual",
            "look first, then leap\ncurl URL | gpg > FILE\napt-get update and apt-get upgrade",
            "look first, then leap, curl URL | gpg > FILE, apt-get update and apt-get upgrade",
            (
                "1. look first, then leap\n2. curl URL | gpg > FILE\n"
                "3. apt-get update and apt-get upgrade"
            ),
            (
                "`look first, then leap` -> `curl URL | gpg > FILE` -> "
                "apt-get update and apt-get upgrade"
            ),
        ),
        wrong=(
            "c, a, b",
            "look first, then leap",
            "apt-get update and apt-get upgrade\ncurl URL | gpg > FILE\nlook first, then leap",
            "c, b (a or nothing)",
            "c, b, a or a, b, c",
        ),
    ),
    "process-table": asked(
        "process-table",
        {},
        {"pid1": _SHELL, "families": [{"parent": _SHELL, "child": _PYTHON}]},
        right=(
            _EF,
            _TOP,
            f"```\n{_EF}```",
            f"```console\n$ docker exec one ps -ef\n{_EF}$ \n```",
            "\n".join(f"    {line}" for line in _EF.splitlines()),
            "\n".join(f"# {line}" for line in _EF.splitlines()),
            _EF.replace("\n", "\r\n"),
            _EF.replace("python3 -u main.py", "python3 -u /app2/my_app/main.py"),
            _EF.replace(" ", "\u00a0"),
            _EF.replace("   ", "\t"),
            # As a narrow terminal breaks it.
            _EF.replace("/bin/sh -c python3 -u main.py\n", "/bin/sh -c\n python3 -u main.py\n"),
            _EF.replace("python3 -u main.py\nroot           8", "python3 -u\nmain.py\nroot 8"),
            # Without its heading.
            "\n".join(_EF.splitlines()[1:]),
            (
                "PID   USER     PPID  ARGS\n    1 root        0 /bin/sh -c python3 main.py\n"
                "    7 root        1 python3 main.py\n"
            ),
            (
                "PID   PPID  USER     STAT   COMMAND\n"
                "    1     0 root     S    sh -c python3 main.py\n"
                "    6     1 root     S    python3 main.py\n   12     0 root     R    ps -o x\n"
            ),
            (
                "| UID | PID | PPID | CMD |\n|---|---|---|---|\n"
                "| root | 1 | 0 | sh -c python3 main.py |\n| root | 7 | 1 | python3 main.py |\n"
            ),
            (
                "  PID  PPID COMMAND\n    1     0 /bin/sh -c python3 main.py\n"
                "    7     1  \\_ python3 main.py\n"
            ),
            (
                "USER  PID %CPU %MEM  VSZ  RSS TTY STAT START TIME COMMAND\n"
                "root    1  0.0  0.0 2576  904 ?   Ss   09:15 0:00 /bin/sh -c python3 main.py\n"
                "root    7  0.1  0.1 1576 9904 ?   S    09:15 0:00  \\_ python3 main.py\n"
            ),
        ),
        wrong=(
            _EXEC_FORM,
            _EF.replace("           7       1", "           7       0"),
            _EF.replace("root           1       0", "root           1       7").replace(
                "root           7       1", "root           7       0"
            ),
            "\n".join(line for line in _EF.splitlines() if "      7 " not in line),
            f"{_EXEC_FORM}\n{_EF}",
            (
                "USER  PID %CPU %MEM  VSZ  RSS TTY STAT START TIME COMMAND\n"
                "root    1  0.0  0.0 2576  904 ?   Ss   09:15 0:00 /bin/sh -c python3 main.py\n"
                "root    7  0.1  0.1 1576 9904 ?   S    09:15 0:00 python3 main.py\n"
            ),
            (
                "PID   USER     TIME  COMMAND\n    1 root      0:00 /bin/sh -c python3 main.py\n"
                "    7 root      0:00 python3 main.py\n"
            ),
            "the shell is PID 1 and python3 is its child",
            "PID 1 is sh, PID 7 is python3 main.py",
            _EF.replace("           7  ", "           1  "),
        ),
    ),
    "pid1 of ps aux": asked(
        "process-table",
        {},
        {"pid1": _PYTHON, "lacks": [_SHELL]},
        right=(
            (
                "USER  PID %CPU %MEM  VSZ  RSS TTY STAT START TIME COMMAND\n"
                "root    1  0.0  0.0 2576  904 ?   Ss   09:15 0:00 python3 main.py\n"
                "root    9  0.0  0.0 2576  904 ?   Ss   09:15 0:00 ps aux\n"
            ),
            "root    1  0.0  0.0 2576  904 ?   Ss   09:15 0:00 python3 main.py\n",
            "PID   USER     TIME  COMMAND\n    1 root      0:00 python3 main.py\n",
            "    PID TTY          TIME CMD\n      1 ?        00:00:00 python3 main.py\n",
            _EXEC_FORM,
        ),
        wrong=(_EF, _TOP, "1 python3 main.py"),
    ),
}
