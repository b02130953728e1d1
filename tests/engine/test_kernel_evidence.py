"""What the kernel says of processes, where this machine's /proc is not the engine's."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.batch.solutions import assemble, expected, overlays
from grader.core.errors import EngineFault
from grader.core.signals import SIGINT
from grader.engine import kernel_reader
from grader.engine.docker import DockerEngine, connect
from grader.engine.protocol import ContainerSpec
from grader.observe.session import Session
from grader.pipeline import grade_one, open_session
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.conftest import LAB

pytestmark = pytest.mark.docker
RUN = "test-evidence"
_SCRIPT = "import time; time.sleep(60)"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[DockerEngine]:
    """Yield an engine whose processes this machine's /proc does not show."""
    monkeypatch.setattr(kernel_reader, "PROC", tmp_path)
    found = connect()
    yield found
    found.close()


@pytest.fixture
def base(engine: DockerEngine) -> str:
    """Return the id of an allowed base."""
    found = engine.image("python:3.7")
    assert found
    return found.id


@pytest.fixture
def container(engine: DockerEngine, base: str) -> Iterator[str]:
    """Yield a container in which a shell has a Python below it."""
    command = ("sh", "-c", f"cd /usr; python3 -c '{_SCRIPT}'; :", "a b")
    created = engine.create(ContainerSpec(base, command, env={"WORD": "ä=b"}, run_id=RUN))
    engine.start(created)
    yield created
    engine.remove(created)


def _seen(engine: DockerEngine, container: str) -> dict[str, object]:
    """Return all that is told of the Python and of the shell above it, but for their numbers."""
    ends = time.monotonic() + 60
    shell, *below = engine.processes(container)
    while not (below and below[0].catches(SIGINT)):  # before, Python itself is not there yet
        assert time.monotonic() < ends
        shell, *below = engine.processes(container)
    (python,) = below
    assert python.ppid == shell.pid
    environment = engine.environment(container, python.pid) or {}
    return {
        "shell": shell.model_copy(update={"pid": 0, "ppid": 0}),
        "python": python.model_copy(update={"pid": 0, "ppid": 0}),
        "environment": {name: environment.get(name) for name in ("WORD", "PYTHONUNBUFFERED")},
        "sha256": engine.program_sha256(container, python.pid),
        "times": len(engine.cpu_times(container)),
    }


def test_a_helper_tells_what_this_machines_proc_would(
    engine: DockerEngine, elsewhere: DockerEngine, base: str, container: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Words, masks, folders, environment and digest: in the host's namespace or in each one."""
    with monkeypatch.context() as here:
        here.setattr(kernel_reader, "PROC", Path("/proc"))
        known = _seen(engine, container)
    elsewhere.read_with(base, RUN)

    found = _seen(elsewhere, container)
    evidence = [elsewhere.facts().evidence]
    _grant(elsewhere, "container", base)
    joined = _seen(elsewhere, container)
    evidence.append(elsewhere.facts().evidence)

    assert known["sha256"]
    assert known["environment"] == {"WORD": "ä=b", "PYTHONUNBUFFERED": "1"}
    assert found == known
    assert joined == known
    assert evidence == ["helper", "joined helper"]


def _grant(engine: DockerEngine, kind: str, image: str) -> None:
    """Let an engine be one that grants only this kind of helper, or none."""
    engine.read_with(image, f"{RUN}-{kind}")
    for refused in {"host", "container"} - {kind}:
        engine._evidence._refused[refused] = "as an engine does that does not grant it"


def test_an_engine_that_grants_no_helper_is_asked_for_its_own_ps(
    elsewhere: DockerEngine, base: str, container: str
) -> None:
    """The kernel columns of `docker top` still tell which file runs, and the masks."""
    _grant(elsewhere, "none", base)

    ends = time.monotonic() + 60
    init, *_ = elsewhere.processes(container)
    while not init.args.startswith("sh "):  # before, it is the engine's own
        assert time.monotonic() < ends
        init, *_ = elsewhere.processes(container)

    assert elsewhere.facts().evidence == "ps"
    assert (init.exe or "").endswith("dash")
    assert (init.argv, init.args.split()[0]) == (None, "sh")


def test_a_helper_is_gone_with_its_run(elsewhere: DockerEngine, base: str, container: str) -> None:
    """One container for all that is asked, which carries the run's id and ends with the engine."""
    run_id = f"{RUN}-gone"
    elsewhere.read_with(base, run_id)
    for _ in range(3):
        elsewhere.processes(container)
    helpers = [entry for entry in elsewhere.leftovers() if entry.label == run_id]

    elsewhere._evidence.close()

    assert len(helpers) == 1
    assert not [entry for entry in elsewhere.leftovers() if entry.label == run_id]


def test_a_helper_that_somebody_ended_is_made_anew(
    elsewhere: DockerEngine, base: str, container: str
) -> None:
    """What was asked of it just then is tried again by whoever asked."""
    elsewhere.read_with(base, f"{RUN}-ended")
    elsewhere.processes(container)
    elsewhere._api.kill(elsewhere._evidence._helpers["host"].container)

    with pytest.raises(EngineFault, match="gave no answer"):
        elsewhere.processes(container)

    assert elsewhere.processes(container)[0].args.startswith("sh -c")


# What a program as root of its container may try against a helper that has joined its namespace.
_HOSTILE = r"""
import ctypes, os, resource, signal, sys, time
def helper():
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if b"sched" b"stat" in open(f"/proc/{name}/cmdline", "rb").read():
                return int(name)
        except OSError:
            pass
def tried(name, what):
    try:
        found = what()
        return f"{name}: done" if found in (0, None) else f"{name}: {found}"
    except OSError as error:
        return f"{name}: {error.strerror}"
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *words):
    if getattr(libc, name)(*words) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
pid = None
while pid is None:
    pid = helper()
    time.sleep(0.05)
print(tried("output", lambda: open(f"/proc/{pid}/fd/1", "w").close()))
print(tried("memory", lambda: open(f"/proc/{pid}/mem", "r+b").close()))
print(tried("root", lambda: os.listdir(f"/proc/{pid}/root")))
print(tried("trace", lambda: call("ptrace", 16, pid, 0, 0)))
print(tried("namespace", lambda: os.readlink(f"/proc/{pid}/ns/net")))
print(tried("kill", lambda: os.kill(pid, signal.SIGKILL)), flush=True)
time.sleep(60)
"""


def test_a_program_can_end_a_helper_beside_it_and_nothing_else(
    elsewhere: DockerEngine, base: str
) -> None:
    """It gains nothing by that: what was asked is nobody's fault, and not graded."""
    _grant(elsewhere, "container", base)
    hostile = elsewhere.create(ContainerSpec(base, ("python3", "-c", _HOSTILE), run_id=RUN))
    try:
        elsewhere.start(hostile)
        with pytest.raises(EngineFault, match="gave no answer"):  # noqa: PT012 - it takes a while
            ends = time.monotonic() + 60
            while time.monotonic() < ends:
                elsewhere.processes(hostile)
        said = [line.text for line in elsewhere.log(hostile)]
    finally:
        elsewhere.remove(hostile)

    no = ("Permission denied", "Operation not permitted")
    assert [line.split(": ")[0] for line in said] == [
        *("output", "memory", "root", "trace", "namespace", "kill")
    ]
    assert [line for line in said if not line.endswith(no)] == ["kill: done"]


def test_a_program_does_not_see_a_helper_in_the_hosts_namespace(
    elsewhere: DockerEngine, base: str
) -> None:
    """Nothing to end, to trace or to speak for: its own /proc holds its own processes alone."""
    elsewhere.read_with(base, f"{RUN}-unseen")
    hostile = elsewhere.create(ContainerSpec(base, ("python3", "-c", _HOSTILE), run_id=RUN))
    try:
        elsewhere.start(hostile)
        seen = [elsewhere.processes(hostile) for _ in range(20)]
        said = elsewhere.log(hostile)
    finally:
        elsewhere.remove(hostile)

    assert elsewhere.facts().evidence == "helper"
    assert all(len(processes) == 1 for processes in seen)
    assert said == ()


@pytest.mark.parametrize("kind", ["host", "container", "none"])
def test_what_is_seen_from_elsewhere_is_judged_the_same(
    kind: str, elsewhere: DockerEngine, lab: Assignment, base: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Full marks for the model; a classic mistake loses what it loses here."""
    _grant(elsewhere, kind, base)
    monkeypatch.setattr(elsewhere, "read_with", lambda *_: None)  # a run's own would be granted
    overlay = next(path for path in overlays(LAB, "wrong") if path.name == "exec-in-shell-form")
    with open_session(elsewhere) as session:
        lost = [
            _lost(session, lab, assemble(tmp_path / "model", LAB)),
            _lost(session, lab, assemble(tmp_path / "wrong", LAB, overlay)),
        ]

    assert lost[0] == set()
    assert lost[1] == set(expected(overlay).failed)


def _lost(session: Session, lab: Assignment, folder: Path) -> set[str]:
    result = grade_one(session, read_submission(folder, [LAB]), [lab]).result
    checks = result.sections[0].checks
    assert not [check.id for check in checks if check.status is Status.ERROR]
    return {check.id for check in checks if check.status is Status.FAILED}
