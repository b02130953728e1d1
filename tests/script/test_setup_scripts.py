"""script/bootstrap, script/grade, script/test and .ci/run, run for real in a copy of the tree.

The copy has a project of its own that pip installs without a network, and engines that only know
`/_ping`. What changes a machine runs in a sandbox: an overlay over this one's file system in
namespaces of its own, with an apt-get and a dockerd that pretend.
"""

# ruff: noqa: D103 - a test's name says what it shows

import contextlib
import hashlib
import json
import os
import pty
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(getattr(sys, "_base_executable", sys.executable))
PING = b"HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24+x (linux)\r\n\r\nOK"

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "stub"
version = "1.0"
"""
BACKEND = """\
import pathlib, zipfile

COMMANDS = ("grader", "ruff", "mypy", "lint-imports", "pytest")

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name, info = "stub-1.0-py3-none-any.whl", "stub-1.0.dist-info/"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as wheel:
        wheel.writestr("stub.pth", f"{pathlib.Path.cwd()}\\n")
        metadata = "Metadata-Version: 2.1\\nName: stub\\nVersion: 1.0\\nProvides-Extra: dev\\n"
        wheel.writestr(info + "METADATA", metadata)
        tags = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr(info + "WHEEL", tags)
        commands = "".join(f"{command} = stub:main\\n" for command in COMMANDS)
        wheel.writestr(info + "entry_points.txt", f"[console_scripts]\\n{commands}")
        wheel.writestr(info + "RECORD", "")
    return name
"""
# Notes each call; the last argument of a call may say how it ends: `ends-4`.
STUB = """\
import json, os, pathlib, sys

def main():
    command = pathlib.Path(sys.argv[0]).name
    here = pathlib.Path(__file__).parent
    call = [os.getcwd(), os.environ.get("DOCKER_HOST"), command, *sys.argv[1:]]
    with open(here / "calls", "a") as calls:
        calls.write(json.dumps(call) + "\\n")
    print("report of", command)
    ends = [word for word in sys.argv if "ends-" in word]
    failing = os.environ.get("FAILING", "").split()
    return int(ends[0].rpartition("-")[2]) if ends else int(command in failing)
"""


@dataclass
class Clone:
    """A copy of the tree, and how its scripts are run."""

    path: Path
    env: dict[str, str]
    engine: str = ""

    def run(
        self, script: str, *args: str, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script with nothing on its standard input."""
        return subprocess.run(
            [self.path / script, *args],
            cwd=cwd or "/",
            env=self.env | {"DOCKER_HOST": self.engine} | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def calls(self) -> list[list[str]]:
        """Give the calls of the installed commands since the last time: name and arguments."""
        return [call[2:] for call in self.whole_calls()]

    def whole_calls(self) -> list[list[str]]:
        """Give the calls with the directory and the DOCKER_HOST they were made in."""
        notes = self.path / "calls"
        lines = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


# Makes an environment as `python3 -m venv` does, but takes pip from one that is there: unpacking it
# anew takes longer than all else a script does. It says of itself what find_python asks for.
QUICK_PYTHON = """\
#!/bin/sh
case "$1 $2" in
"-c import sys"*) echo "3.11 1 $0" ;;
"-m venv") {python} -m venv --without-pip "$3" && cp -Rl {pip} "$3"/lib/python3*/site-packages/ ;;
*) exec {python} "$@" ;;
esac
"""


def make_clone(path: Path, engine: str = "") -> Clone:
    for name in ("script/bootstrap", "script/grade", "script/test", "script/lib.sh", ".ci/run"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path / name)
    (path / "constraints.txt").write_text("click==8.1.0\n")
    (path / "pyproject.toml").write_text(PYPROJECT)
    (path / "backend.py").write_text(BACKEND)
    (path / "stub.py").write_text(STUB)
    home = path.parent / "home"
    home.mkdir(exist_ok=True)
    env = {
        "PATH": f"{PYTHON.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "PIP_NO_INDEX": "1",
    }
    return Clone(path, env, engine)


@contextlib.contextmanager
def listening(reply: bytes | None) -> Iterator[str]:
    """Listen on a Unix socket and answer `reply` to all, or nothing ever; give its address."""
    with tempfile.TemporaryDirectory(prefix="engine") as folder:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"{folder}/s")
            server.listen()

            def serve() -> None:
                kept = []
                with contextlib.suppress(OSError):
                    while True:
                        connection = server.accept()[0]
                        if reply is None:
                            kept.append(connection)
                        else:
                            with connection, contextlib.suppress(OSError):
                                connection.recv(4096)
                                connection.sendall(reply)
                for connection in kept:
                    connection.close()

            thread = threading.Thread(target=serve)
            thread.start()
            yield f"unix://{folder}/s"
            server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """Give the address of an engine that answers."""
    with listening(PING) as address:
        yield address


@pytest.fixture
def clone(tmp_path: Path, engine: str, quick_python: Path) -> Clone:
    """Give a clone that nothing was set up in, whose environment is made quickly."""
    made = make_clone(tmp_path / "a clone", engine)
    made.env["PATH"] = f"{quick_python.parent}:{made.env['PATH']}"
    return made


@pytest.fixture(scope="module")
def quick_python(ready: Clone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a python3 that makes environments with the pip of the one that is ready."""
    (pip,) = (ready.path / ".venv").glob("lib/python3*/site-packages/pip")
    made = tmp_path_factory.mktemp("quick") / "python3"
    made.write_text(QUICK_PYTHON.format(python=PYTHON, pip=shlex.quote(str(pip))))
    made.chmod(0o755)
    return made


@pytest.fixture(scope="module")
def first_run(
    tmp_path_factory: pytest.TempPathFactory, engine: str
) -> tuple[Clone, subprocess.CompletedProcess[str], list[list[str]]]:
    """Give a clone that was set up, how that ended, and what was called; to be left as it is."""
    clone = make_clone(tmp_path_factory.mktemp("ready") / "it's a clone", engine)
    done = clone.run("script/bootstrap")
    assert done.returncode == 0, done.stderr
    return clone, done, clone.calls()


@pytest.fixture(scope="module")
def ready(first_run: tuple[Clone, object, object]) -> Clone:
    """Give a clone that is set up, to be left as it is."""
    return first_run[0]


@pytest.fixture
def set_up(ready: Clone) -> Clone:
    """Give the clone that is set up, its calls forgotten."""
    ready.calls()
    return ready


def one_sentence(done: subprocess.CompletedProcess[str], code: int = 3) -> str:
    """Give the only line a run that failed wrote."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in lines[0]
    return lines[0]


# --- bootstrap: the virtual environment ----------------------------------------------------------


def test_a_fresh_clone_gets_its_environment_and_its_base_images(
    first_run: tuple[Clone, subprocess.CompletedProcess[str], list[list[str]]],
) -> None:
    clone, done, calls = first_run
    assert done.stdout == ""
    making, installing, prepared, ready = done.stderr.splitlines()
    assert making == "bootstrap: making the virtual environment .venv"
    assert installing.startswith("bootstrap: installing the Python packages of constraints.txt")
    assert prepared == "report of grader"
    assert ready == f"bootstrap: ready: Docker 20.10.24 at {clone.engine}"
    assert calls == [["grader", "prepare"]]
    assert subprocess.run([clone.path / ".venv/bin/grader"], check=False).returncode == 0


def test_what_is_there_is_not_done_again(set_up: Clone) -> None:
    for _ in range(2):
        done = set_up.run("script/bootstrap", "--yes")
        assert done.returncode == 0, done.stderr
        assert "installing" not in done.stderr
    assert set_up.calls() == [["grader", "prepare"]] * 2


def test_a_change_of_what_to_install_installs_again(clone: Clone, quick_python: Path) -> None:
    # An environment that somebody made, and that pip can go on in, is not thrown away.
    subprocess.run([quick_python, "-m", "venv", clone.path / ".venv"], check=True)
    for name in ("", "pyproject.toml", "constraints.txt"):
        if name:
            with (clone.path / name).open("a") as file:
                file.write("# changed\n")
        done = clone.run("script/bootstrap")
        assert done.returncode == 0, done.stderr
        assert "installing" in done.stderr
        assert "making" not in done.stderr
        assert "installing" not in clone.run("script/bootstrap").stderr


def test_a_moved_checkout_gets_a_new_environment(clone: Clone) -> None:
    assert clone.run("script/bootstrap").returncode == 0
    clone.path = clone.path.rename(clone.path.with_name("elsewhere"))
    done = clone.run("script/bootstrap")
    assert done.returncode == 0, done.stderr
    assert "making" in done.stderr
    assert str(clone.path) in (clone.path / ".venv/bin/activate").read_text()
    assert clone.calls()[-1] == ["grader", "prepare"]


@pytest.mark.parametrize("state", ["empty", "no pip", "pip was killed"])
def test_a_half_made_environment_is_made_again(
    clone: Clone, quick_python: Path, state: str
) -> None:
    venv = clone.path / ".venv"
    if state == "empty":
        (venv / "bin").mkdir(parents=True)
    elif state == "no pip":
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", venv], check=True)
    else:
        subprocess.run([quick_python, "-m", "venv", venv], check=True)
        (venv / ".grader-unfinished").touch()
    done = clone.run("script/bootstrap")
    assert done.returncode == 0, done.stderr
    assert "making" in done.stderr
    assert clone.calls() == [["grader", "prepare"]]


def test_two_at_once_make_one_environment(clone: Clone) -> None:
    results: list[subprocess.CompletedProcess[str]] = []
    threads = [
        threading.Thread(target=lambda: results.append(clone.run("script/bootstrap")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done.returncode for done in results] == [0, 0], results
    said = "".join(done.stderr for done in results)
    assert said.count("making the virtual environment") == 1
    assert said.count("waiting for another set-up") == 1


def test_a_failing_pip_says_where_its_words_are_and_the_next_run_goes_on(clone: Clone) -> None:
    (clone.path / "backend.py").write_text("def build_editable(*a, **k): raise SystemExit(1)\n")
    done = clone.run("script/bootstrap")
    assert done.returncode == 3
    last = done.stderr.splitlines()[-1]
    assert "pip could not install" in last
    assert "script/bootstrap again" in last
    log = Path(last.split("; ")[1].split(" has all")[0])
    assert "build_editable" in log.read_text() or "stub" in log.read_text()
    log.unlink()
    (clone.path / "backend.py").write_text(BACKEND)
    assert clone.run("script/bootstrap").returncode == 0


def test_a_failing_prepare_is_the_machines_fault(set_up: Clone) -> None:
    done = set_up.run("script/bootstrap", FAILING="grader")
    assert done.returncode == 3
    assert "the base images are not ready: `.venv/bin/grader prepare` ended with 1" in done.stderr


def fake_python(folder: Path, says: str) -> str:
    """Make every python3 of a PATH say what it says, and give that PATH."""
    folder.mkdir()
    for name in ("python3", *(f"python3.{minor}" for minor in range(11, 21))):
        (folder / name).write_text(f"#!/bin/sh\n{says}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.parametrize(
    ("says", "seen"),
    [
        ('echo "3.9 0 /usr/bin/python3.9"', "python3 here is Python 3.9"),
        ("exit 127", "there is no python3 here"),
    ],
)
def test_python_that_is_too_old_or_absent(
    clone: Clone, tmp_path: Path, says: str, seen: str
) -> None:
    done = clone.run("script/bootstrap", PATH=fake_python(tmp_path / "bin", says))
    line = one_sentence(done)
    assert seen in line
    assert "needs Python 3.11 or newer: install it" in line
    assert not (clone.path / ".venv").exists()


def test_an_older_python3_gives_way_to_a_newer_one_by_name(
    clone: Clone, quick_python: Path, tmp_path: Path
) -> None:
    path = fake_python(tmp_path / "bin", 'echo "3.9 0 /usr/bin/python3.9"')
    newer = tmp_path / "bin" / "python3.12"
    newer.write_text(f'#!/bin/sh\nexec {quick_python} "$@"\n')
    done = clone.run("script/bootstrap", PATH=path)
    assert done.returncode == 0, done.stderr


# --- bootstrap: the engine -----------------------------------------------------------------------


def test_a_docker_host_where_nothing_listens(clone: Clone) -> None:
    line = one_sentence(clone.run("script/bootstrap", DOCKER_HOST="unix:///nowhere/docker.sock"))
    assert "DOCKER_HOST is unix:///nowhere/docker.sock, but no Docker engine answers" in line
    assert "start it, or unset DOCKER_HOST" in line
    assert not (clone.path / ".venv").exists()


def test_a_docker_host_that_never_answers_does_not_hang_the_script(clone: Clone) -> None:
    with listening(None) as address:
        line = one_sentence(clone.run("script/bootstrap", DOCKER_HOST=address))
    assert f"DOCKER_HOST is {address}, but no Docker engine answers there (no answer in" in line


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (b"HTTP/1.1 503 Busy\r\n\r\n", "503 Busy"),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", "not a Docker engine"),
        (b"SSH-2.0-OpenSSH\r\n", "SSH-2.0"),
        (b"", "it said ''"),
    ],
)
def test_a_docker_host_that_is_something_else(clone: Clone, reply: bytes, seen: str) -> None:
    with listening(reply) as address:
        line = one_sentence(clone.run("script/bootstrap", DOCKER_HOST=address))
    assert seen in line


@pytest.mark.parametrize("address", ["ssh://someone@example.org", "/var/run/docker.sock"])
def test_a_docker_host_of_another_kind(clone: Clone, address: str) -> None:
    line = one_sentence(clone.run("script/bootstrap", DOCKER_HOST=address))
    assert f"DOCKER_HOST is {address} (not a unix:// or tcp:// address)" in line


def test_an_engine_over_tcp(set_up: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(PING)

        thread = threading.Thread(target=serve)
        thread.start()
        done = set_up.run("script/bootstrap", DOCKER_HOST=address)
        thread.join()
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(f"ready: Docker 20.10.24 at {address}\n")


def docker_config(folder: Path, address: str) -> str:
    """Make the docker CLI's configuration with one context, the current one."""
    meta = folder / "contexts" / "meta" / hashlib.sha256(b"mine").hexdigest()
    meta.mkdir(parents=True)
    (folder / "config.json").write_text('{"currentContext": "mine"}')
    endpoints = {"Endpoints": {"docker": {"Host": address}}}
    (meta / "meta.json").write_text(json.dumps(endpoints))
    return str(folder)


def test_the_docker_clis_context_is_asked_and_told_to_the_grader(
    set_up: Clone, tmp_path: Path
) -> None:
    config = docker_config(tmp_path / "config", set_up.engine)
    done = set_up.run("script/grade", DOCKER_HOST="", DOCKER_CONFIG=config)
    assert done.returncode == 0, done.stderr
    assert [call[1] for call in set_up.whole_calls()] == [set_up.engine] * 2


# --- wrong use -----------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["bootstrap", "grade", "test"])
def test_help_is_what_the_script_opens_with(clone: Clone, script: str) -> None:
    done = clone.run(f"script/{script}", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: script/{script} [--yes]")
    assert "Exit codes: " in done.stdout.splitlines()[-1]
    assert done.stderr == ""
    assert not (clone.path / ".venv").exists()


@pytest.mark.parametrize("argument", ["something", "--no", "--machine"])
def test_bootstrap_takes_no_other_argument(clone: Clone, argument: str) -> None:
    line = one_sentence(clone.run("script/bootstrap", argument), code=2)
    assert "--help" in line


def test_grade_refuses_a_path_that_is_not_there_before_it_sets_up(clone: Clone) -> None:
    done = clone.run("script/grade", "--format", "json", "nowhere")
    line = one_sentence(done, code=2)
    assert "there is no json in /" in line
    assert "--name=value" in line
    assert not (clone.path / ".venv").exists()


# --- grade, test, continuous integration ---------------------------------------------------------


def test_grade_without_a_path_grades_the_model_solutions(set_up: Clone) -> None:
    done = set_up.run("script/grade", "--yes")
    assert (done.returncode, done.stdout) == (0, "report of grader\n")
    check = ["grader", "check", "--model", "--results", "results"]
    assert set_up.calls() == [["grader", "prepare"], check]


def test_grade_checks_each_path_where_it_was_called_and_ends_with_the_worst(
    set_up: Clone, tmp_path: Path
) -> None:
    for name in ("ends-1", "ends-3", "a b", "-x"):
        (tmp_path / name).mkdir()
    paths = ["ends-1", "ends-3", "a b", "-x"]
    done = set_up.run("script/grade", "--keep", "--lab=2", "--", *paths, cwd=tmp_path)
    assert done.returncode == 3
    calls = set_up.whole_calls()[1:]
    assert {call[0] for call in calls} == {str(tmp_path)}
    rest = ["--keep", "--lab=2", "--results", "results"]
    assert [call[3:] for call in calls] == [
        ["check", path, *rest] for path in ("ends-1", "ends-3", "a b", "./-x")
    ]


def test_grade_leaves_the_results_where_an_option_says(set_up: Clone) -> None:
    assert set_up.run("script/grade", "--results=/there").returncode == 0
    assert set_up.calls()[1] == ["grader", "check", "--model", "--results=/there"]


TOOLS = [
    ["ruff", "check"],
    ["ruff", "format", "--check"],
    ["mypy"],
    ["lint-imports", "--no-logo"],
]
# Without arguments: side by side first, then those that need the engine to themselves.
SIDE_BY_SIDE = ["pytest", "-n", "6", "--dist", "worksteal", "-m", "not serial"]
WHOLE_RUN = [*TOOLS, SIDE_BY_SIDE, ["pytest", "-m", "serial"]]


def test_test_runs_all_with_pytest_last(set_up: Clone) -> None:
    done = set_up.run("script/test", "-k", "a b", cwd=set_up.path.parent)
    assert done.returncode == 0, done.stderr
    calls = set_up.whole_calls()
    assert [call[2:] for call in calls[1:]] == [*TOOLS, ["pytest", "-k", "a b"]]
    assert {call[0] for call in calls[1:]} == {str(set_up.path)}


@pytest.mark.parametrize(
    ("failing", "code", "seen"),
    [("mypy", 1, "failed above: mypy\n"), ("ruff pytest", 1, "ruff check, ruff format --check\n")],
)
def test_test_goes_on_after_a_failure(set_up: Clone, failing: str, code: int, seen: str) -> None:
    # The base images are ready: their command does not fail.
    done = set_up.run("script/test", FAILING=failing)
    assert done.returncode == code
    assert seen in done.stderr
    assert set_up.calls()[1:] == WHOLE_RUN
    assert done.stdout.endswith("report of pytest\n")


def test_test_ends_with_the_code_of_pytest(set_up: Clone) -> None:
    assert set_up.run("script/test", "ends-5").returncode == 5


def test_continuous_integration_runs_the_test_command(set_up: Clone) -> None:
    done = set_up.run(".ci/run")
    assert done.returncode == 0, done.stderr
    assert set_up.calls()[1:] == WHOLE_RUN


# --- what changes a machine ----------------------------------------------------------------------

APT = """\
#!/bin/sh
# Notes each call and installs what is asked for, a dockerd among it.
echo "$@" >> /fake/apt
[ ! -e /usr/sbin/policy-rc.d ] || echo "services are forbidden" >> /fake/apt
case "$*" in *update*) exit 0 ;; esac
[ ! -e /fake/no-packages ] || { echo "E: Unable to locate package" >&2; exit 100; }
for word; do echo "$word" >> /fake/installed; done
cp /fake/dockerd /usr/sbin/dockerd
"""
DPKG_QUERY = """\
#!/bin/sh
for word; do :; done
if grep -qsx "$word" /fake/installed; then printf installed; else exit 1; fi
"""
DOCKERD = """\
#!{python}
import os, pathlib, socket, sys
print("an engine starts", flush=True)
if pathlib.Path("/fake/broken").exists() and "--data-root" not in sys.argv:
    raise SystemExit("this kernel has no overlay")
if pathlib.Path("/var/run/docker.pid").exists():
    raise SystemExit("pid file found")
pathlib.Path("/var/run/docker.pid").write_text(str(os.getpid()))
pathlib.Path("/fake/fds").write_text(" ".join(
    os.readlink(f"/proc/self/fd/{{fd}}") for fd in range(3)
) + f" {{len(os.listdir('/proc/self/fd'))}} {{os.getsid(0) == os.getpid()}}")
pathlib.Path("/var/run/docker.sock").unlink(missing_ok=True)
server = socket.socket(socket.AF_UNIX)
server.bind("/var/run/docker.sock")
os.chmod("/var/run/docker.sock", 0o660)
server.listen()
while True:
    connection = server.accept()[0]
    connection.recv(4096)
    connection.sendall({ping!r})
    connection.close()
"""
# Nothing here reaches the machine: the overlay's upper layer is in memory and goes with the
# namespaces. The clone that is set up is where it is here, one that is not is /srv/clone.
SANDBOX = """\
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mount --bind "$2" mnt
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p ".$CLONE"
mount --bind "$CLONE" ".$CLONE"
rm -f usr/sbin/dockerd usr/bin/dockerd usr/local/bin/dockerd usr/local/sbin/dockerd
rm -f usr/sbin/policy-rc.d var/log/grader-dockerd.log
printf 'ID=debian\\n' > etc/new-release
rm -f etc/os-release
mv etc/new-release etc/os-release
mkdir -p srv
cp -a mnt/clone srv/clone
cp -a mnt/fake fake
chmod 777 fake
exec chroot . /bin/bash -c "$3"
"""


@dataclass
class Sandbox:
    """A machine to change: a Debian with neither an engine nor docker.io."""

    folder: Path
    ready: Clone

    def run(
        self, commands: str, *, stdin: int = subprocess.DEVNULL, stderr: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        """Run the commands of a shell there, as root."""
        spot = self.folder / "spot"
        spot.mkdir(exist_ok=True)
        return subprocess.run(
            [
                *("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"),
                *("sh", "-c", SANDBOX, "sandbox", spot, self.folder, commands),
            ],
            env=self.ready.env
            | {
                "PATH": f"/fake/bin:{PYTHON.parent}:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": "/root",
                "TMPDIR": "/tmp",
                "CLONE": str(self.ready.path),
            },
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            timeout=200,
            check=False,
        )


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def sandbox(tmp_path: Path, set_up: Clone) -> Sandbox:
    """Give a machine to change, where this one lets us make one."""
    make_clone(tmp_path / "clone")
    executable(tmp_path / "fake/bin/apt-get", APT)
    executable(tmp_path / "fake/bin/apt-cache", "#!/bin/sh\n")
    executable(tmp_path / "fake/bin/dpkg-query", DPKG_QUERY)
    executable(tmp_path / "fake/bin/iptables", "#!/bin/sh\n")
    executable(tmp_path / "fake/dockerd", DOCKERD.format(python=PYTHON, ping=PING))
    sandbox = Sandbox(tmp_path, set_up)
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root and unshare, to make a machine that can be changed")
    if (tried := sandbox.run("true")).returncode != 0:
        pytest.skip(f"this machine lets nobody make an overlay and namespaces: {tried.stderr}")
    return sandbox


BOOTSTRAP = '"$CLONE/script/bootstrap"'
UNREADY = "/srv/clone/script/bootstrap"


def test_a_bare_debian_gets_an_engine(sandbox: Sandbox) -> None:
    # A pipe that the engine kept open would hold up this run, and the locks the second one.
    done = sandbox.run(
        f"{BOOTSTRAP} | cat; cat /fake/apt /fake/fds; echo; {BOOTSTRAP}; ls /usr/sbin/policy-rc.d"
    )
    lines = done.stderr.splitlines()
    packages = "docker.io iptables procps ca-certificates mmdebstrap"
    assert lines[0].startswith(f"bootstrap: installing {packages} with apt-get")
    log = "/var/log/grader-dockerd.log"
    assert lines[1] == f"bootstrap: starting the Docker engine (dockerd, its log is {log})"
    ready = "bootstrap: ready: Docker 20.10.24 at unix:///var/run/docker.sock"
    assert lines.count(ready) == 2
    assert "cannot access '/usr/sbin/policy-rc.d'" in lines[-1]
    update, install, forbidden, fds = done.stdout.splitlines()
    assert update.endswith("update")
    assert install.endswith(f"install --no-install-recommends --no-remove {packages}")
    assert forbidden == "services are forbidden"
    assert fds == f"/dev/null {log} {log} 4 True"


def test_an_engine_that_is_installed_is_started_whatever_the_last_one_left(
    sandbox: Sandbox,
) -> None:
    done = sandbox.run(
        "cp /fake/dockerd /usr/sbin/; mkdir -p /run/containerd; echo $$ > /run/docker.pid;"
        f' {PYTHON} -c \'import socket as s; s.socket(s.AF_UNIX).bind("/run/docker.sock");'
        ' s.socket(s.AF_UNIX).bind("/run/containerd/containerd.sock")\';'
        f" {BOOTSTRAP}; echo $?; ls /fake /run/containerd"
    )
    assert done.stdout.startswith("0\n"), done.stderr
    assert "starting the Docker engine" in done.stderr
    assert "installing docker.io" not in done.stderr
    assert "apt" not in done.stdout.split()
    assert "containerd.sock" not in done.stdout


def test_an_engine_that_is_frozen_is_not_started_a_second_time(sandbox: Sandbox) -> None:
    frozen = "import socket as s, time; e = s.socket(s.AF_UNIX); e.bind('/run/docker.sock')"
    done = sandbox.run(
        f'cp /fake/dockerd /usr/sbin/; {PYTHON} -c "{frozen}; e.listen(); time.sleep(99)" &'
        f" while [ ! -S /run/docker.sock ]; do sleep 0.1; done; {BOOTSTRAP} 2>&1; echo $?; exit"
    )
    line, code = done.stdout.splitlines()
    assert code == "3"
    assert "something listens at unix:///var/run/docker.sock but does not answer" in line
    assert "restart the Docker engine (`sudo systemctl restart docker` or" in line


def test_an_engine_that_does_not_start_shows_its_log(sandbox: Sandbox) -> None:
    done = sandbox.run(f"cp /fake/dockerd /usr/sbin/; touch /fake/broken; {BOOTSTRAP}; echo $?")
    assert done.stdout == "3\n"
    lines = done.stderr.splitlines()
    assert "an engine starts" in lines
    assert "this kernel has no overlay" in lines
    assert lines[-1].startswith("bootstrap: the Docker engine was started and does not answer at")
    assert "/var/log/grader-dockerd.log says why" in lines[-1]


def test_ci_starts_an_engine_that_cannot_use_its_data_with_an_empty_data_root(
    sandbox: Sandbox,
) -> None:
    done = sandbox.run(
        f"cp /fake/dockerd /usr/sbin/; touch /fake/broken; CI=true {BOOTSTRAP}; echo $?"
    )
    assert done.stdout == "0\n", done.stderr
    assert "this kernel has no overlay" in done.stderr
    assert "starting it with the data root /var/lib/grader-docker" in done.stderr


def test_a_torn_record_of_networks_is_named(sandbox: Sandbox) -> None:
    torn = "panic: index out of range: github.com/docker/libnetwork.(*controller).reservePools(0x5)"
    done = sandbox.run(
        f"printf '#!/bin/sh\\necho \"{torn}\"; exit 2' > /usr/sbin/dockerd;"
        f" chmod +x /usr/sbin/dockerd; {BOOTSTRAP}; echo $?"
    )
    assert done.stdout == "3\n"
    assert "move /var/lib/docker/network/files/local-kv.db away" in done.stderr


def test_an_engine_that_cannot_be_installed_names_the_log(sandbox: Sandbox) -> None:
    done = sandbox.run(f"touch /fake/no-packages; {BOOTSTRAP}; echo $?; ls /usr/sbin/policy-rc.d")
    assert done.stdout == "3\n"
    assert "E: Unable to locate package" in done.stderr
    assert "apt-get did not install docker.io iptables" in done.stderr
    assert "/tmp/grader-apt." in done.stderr
    assert "cannot access '/usr/sbin/policy-rc.d'" in done.stderr


def test_another_system_is_told_what_to_install(sandbox: Sandbox) -> None:
    done = sandbox.run(f"echo ID=fedora > /etc/os-release; {BOOTSTRAP}; echo $?; ls /fake")
    assert done.stdout.startswith("3\n")
    (line,) = done.stderr.splitlines()
    assert "this is not Debian or Ubuntu" in line
    assert "install Docker Engine 20.10 or newer, start it and run" in line
    assert "apt" not in done.stdout.split()


AS_NOBODY = (
    "chown -R nobody /srv/clone; export HOME=/srv/clone;"
    "setpriv --reuid=65534 --regid=65534 --clear-groups"
)


def need_system_python() -> None:
    """Skip where somebody who is not root finds no Python in /usr/bin that would do."""
    code = "import sys; raise SystemExit(sys.version_info < (3, 11))"
    if (
        not Path("/usr/bin/python3").exists()
        or subprocess.run(["/usr/bin/python3", "-c", code], check=False).returncode
    ):
        pytest.skip("needs a /usr/bin/python3 of 3.11 or newer, root's own is not everybody's")


@pytest.mark.parametrize("option", ["", "--yes"])
def test_who_is_not_root_and_cannot_be_asked_is_told_the_command(
    sandbox: Sandbox, option: str
) -> None:
    need_system_python()
    done = sandbox.run(f"{AS_NOBODY} {UNREADY} {option}; echo $?; ls /fake")
    assert done.stdout.startswith("3\n")
    (line,) = done.stderr.splitlines()
    assert "no Docker engine answers at unix:///var/run/docker.sock (no such socket)" in line
    assert "as root, run `apt-get update && apt-get install -y --no-install-recommends " in line
    assert " docker.io iptables procps ca-certificates mmdebstrap && service docker start`" in line
    assert "apt" not in done.stdout.split()


def test_who_may_not_use_the_socket_is_told_the_group(sandbox: Sandbox) -> None:
    need_system_python()
    done = sandbox.run(
        "/fake/dockerd >/dev/null & while [ ! -S /run/docker.sock ]; do sleep 0.1; done;"
        f" {AS_NOBODY} {UNREADY}; echo $?"
    )
    assert done.stdout == "3\n"
    (line,) = done.stderr.splitlines()
    assert "user nobody may not use the Docker engine at unix:///var/run/docker.sock" in line
    assert "`sudo usermod -aG docker nobody`" in line


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Give the two ends of a terminal: the person's and the program's."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def _said(person: int, program: int) -> str:
    """Return all that was written to a terminal: the kernel hands it on piece by piece."""
    end = b"that was all"
    os.write(program, end)
    heard = b""
    while not heard.endswith(end):
        heard += os.read(person, 65536)
    return heard.removesuffix(end).decode()


@pytest.mark.parametrize(("reply", "code"), [(b"y\n", "0\n"), (b"n\n", "3\n"), (b"\n", "3\n")])
def test_somebody_at_a_terminal_is_asked(
    sandbox: Sandbox, terminal: tuple[int, int], reply: bytes, code: str
) -> None:
    person, program = terminal
    os.write(person, reply)
    done = sandbox.run(f"{BOOTSTRAP}; echo $?", stdin=program, stderr=program)
    said = _said(person, program)
    assert (
        "May I install docker.io iptables procps ca-certificates mmdebstrap with apt-get and"
        in said
    )
    assert "start the Docker engine? [y/N]" in said
    assert done.stdout == code, said
    assert ("as root, run `apt-get update && " in said) == (code == "3\n")


def test_yes_is_for_not_being_asked(sandbox: Sandbox, terminal: tuple[int, int]) -> None:
    person, program = terminal
    done = sandbox.run(f"{BOOTSTRAP} --yes; echo $?", stdin=program, stderr=program)
    said = _said(person, program)
    assert done.stdout == "0\n", said
    assert "May I" not in said


def test_a_python_without_venv_gets_its_package(sandbox: Sandbox) -> None:
    need_system_python()
    # As Debian ships it: ensurepip comes with python3-venv. The pretended apt-get brings none.
    done = sandbox.run(
        "rm -rf /usr/lib/python3*/ensurepip; PATH=/fake/bin:/usr/sbin:/usr/bin:/sbin:/bin;"
        f" {UNREADY}; echo $?; cat /fake/apt"
    )
    assert "install --no-install-recommends --no-remove python3-venv docker.io" in done.stdout
    assert done.stdout.startswith("3\n")
    assert "-m venv` failed; /tmp/grader-pip." in done.stderr


def test_test_installs_what_only_the_tests_use_and_goes_on_without(sandbox: Sandbox) -> None:
    start = 'cp /fake/dockerd /usr/sbin/; cd "$CLONE";'
    done = sandbox.run(f"{start} script/test; echo $?; cat /fake/apt")
    assert "0\n" in done.stdout, done.stderr
    assert "--no-remove docker-registry busybox-static" in done.stdout
    assert "services are forbidden" in done.stdout
    done = sandbox.run(f"{start} touch /fake/no-packages; script/test; echo $?")
    assert done.stdout.endswith("report of pytest\n0\n"), done.stderr
    assert "not installed: docker-registry busybox-static; the tests that need it" in done.stderr
