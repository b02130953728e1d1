"""Answers to the labs' own questions, as students write them, to hold the keys against."""

from collections.abc import Mapping

_EF = """\
UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  0 09:15 ?        00:00:00 /bin/sh -c python3 main.py
root           7       1  0 09:15 ?        00:00:00 python3 main.py
"""
_TOP = """\
UID     PID     PPID    C   STIME   TTY   TIME       CMD
root    81234   81211   0   09:15   ?     00:00:00   /bin/sh -c python3 main.py
root    81260   81234   0   09:15   ?     00:00:00   python3 main.py
"""
_TIME = "real\t0m10.234s\nuser\t0m0.021s\nsys\t0m0.017s"
_QUICK = "real\t0m0.412s\nuser\t0m0.021s\nsys\t0m0.017s"

# By the question's id: right ones, then wrong ones. Letters are made from the options.
SPOKEN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "exit-code-of-the-bug": (
        (
            "1",
            "Exited (1)",
            "`Exited (1) 5 seconds ago`",
            "one",
            "1, because monolith.py calls os._exit(1)",
            "exit code 1 (os._exit(1))",
        ),
        ("0", "137", "13", "-1", "0 or 1", "Exited (137) 5 seconds ago", "1, 0"),
    ),
    "what-stays": (
        (
            "its name",
            "The name `orders`",
            "the hostname",
            "host name orders",
            "the DNS name",
            "network alias",
            "the container's name",
            "service's name",
            "http://orders:8000/orders",
            "the URL http://orders:8000",
            "the name of the orders container",
            "name/alias",
            "orders (its name)",
            "its name in the network",
            "its name, not its address",
            "the URL http://orders:8000/orders",
            "its name (alias) orders",
            "its name - the alias `orders`",
            "the name, not the IP",
        ),
        (
            "its address",
            "the port",
            "its IP",
            "the name of the image",
            "the name or the address",
            "name and address",
            "the network",
            "localhost",
            "reports",
        ),
    ),
    "exit-code-of-a-pipe": (
        (
            "7",
            "seven",
            "It ends with 7.",
            "7, because of pipefail",
            "code 7 (that of the subshell)",
        ),
        ("0", "1", "0 or 7", "77", "not 7", "7, 0", "7 -> 0", "141"),
    ),
    "who-called-sudo": (
        (
            "SUDO_USER",
            "$SUDO_USER",
            '"${SUDO_USER}"',
            "the variable `SUDO_USER`",
            "${SUDO_USER:-$USER}",
            "echo $SUDO_USER",
            "$SUDO_USER (set by sudo)",
            "sudo_user holds it",
            "SUDO_USER, not USER",
            "SUDO_USER - set by sudo",
            "env var $SUDO_USER",
            "SUDO\\_USER",
            "the env variable SUDO_USER",
        ),
        (
            "$USER",
            "LOGNAME",
            "SUDO_UID",
            "SUDO_USERS",
            "SUDO_USER or USER",
            "not SUDO_USER",
            "SUDO_USER, LOGNAME, USER",
            "SUDO_USER - or USER",
            "env var $USER",
            "whoami",
        ),
    ),
    "stop-of-the-shell-form": (
        (
            "10",
            "10,3 s",
            "about ten seconds",
            _TIME,
            "real 10.41\nuser 0.02\nsys 0.01",
            "docker stop demo  0.02s user 0.01s system 0% cpu 10.320 total",
            "0m10.4s",
            "0:10.32",
            "10.4 seconds (the grace period is 10 s)",
            "I predicted 1 s, measured 10.3 s",
            "10300 ms",
            "10 s, then it is killed",
        ),
        (
            "0.3 s",
            _QUICK,
            "20 s",
            "never",
            "1 to 10",
            "1 s, maybe 10 s",
            "10 s, then 20 s",
            "10 (or 0)",
            "10 minutes",
            "10 (ten) minutes",
            "I predicted 10 s, measured 0.3 s",
            "1m10.4s",
        ),
    ),
    "exit-code-of-the-shell-form": (
        (
            "137",
            "128 + 9 = 137",
            "137 = 128 + 9",
            "128+9",
            "137 = 128 + signal 9",
            "128 + SIGKILL (9) = 137",
            "137 because 128 + 9 (SIGKILL = 9)",
            "137 is 128 + the number of SIGKILL",
            "137\n\n128 + 9 (SIGKILL)",
            "Signal 9, so 128 + 9 = 137",
        ),
        ("0", "143", "143 = 128 + 15", "9", "137, 143, 0", "0 = 137", "137 (143)", "137 / 143"),
    ),
    "processes-of-the-shell-form": (
        (
            _EF,
            _TOP,
            f"```\n$ docker top demo\n{_TOP}```",
            _TOP.replace("python3 main.py", "python3 -u ./main.py"),
            _EF.replace("python3 main.py", "/usr/bin/python3 /usr/src/app/main.py"),
            _TOP.replace("/bin/sh -c python3 main.py", "/bin/sh -c 'python main.py'"),
            _EF.replace("python3 main.py", "python3 /app2/main.py"),
            _EF.replace("python3 main.py", "/opt/py3.12/bin/python3 -u /srv/my_app/main.py"),
        ),
        (
            "sh is PID 1 and python3 its child",
            _EF.replace("7       1", "7       0"),
            "\n".join(line for line in _EF.splitlines() if "sh -c" not in line),
        ),
    ),
    "tail-in-the-foreground": (
        ("10", "ten seconds", _TIME, "10 s, because the trap waits for tail", "10,2 s", "~10 s"),
        ("0", "1 s", _QUICK, "never", "30", "10 or 0"),
    ),
    "port-between-containers": (
        (
            "1234",
            "web:1234",
            "1234/tcp",
            "port 1234, not 8080",
            "1234 (not 8080)",
            "1234. The 8080 is published on the host only.",
            "1234 instead of 8080",
        ),
        ("8080", "8080:1234", "8080 or 1234", "not 1234", "1234, 8080", "8080, not 1234", "12345"),
    ),
    "how-to-see-it": (
        (
            "docker inspect",
            "`docker image inspect`",
            "docker history --no-trunc client",
            "sudo docker inspect client",
            "docker inspect --format '{{.Config.Env}}' client",
            "docker inspect client | grep SECRET",
            "docker inspect or docker history",
            "docker image inspect, it shows ENV",
            "docker inspect: Config.Env",
            "docker inspect - Config.Env",
            "docker inspect (Config.Env)",
            "inspect",
        ),
        (
            "docker run client env",
            "docker exec client env",
            "docker logs",
            "docker run client; docker inspect client",
            "docker inspect, docker logs, docker run, docker exec",
            "docker container inspect",
            "docker images",
            "docker logs: docker inspect",
        ),
    ),
    "requests-in-the-log": (
        (
            "4",
            "four lines",
            "3 + 1 = 4",
            "3+1",
            "4 (three with status 200 and one with 403)",
            "4: three answered and one refused",
            "4, because the one with the wrong key is printed too",
        ),
        ("3", "5", "3 or 4", "4, 3", "4 (3)", "4 - 3", "403", "1", "4, or 3 without the refused"),
    ),
}
