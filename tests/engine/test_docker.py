"""The engine adaptor on a real engine: limits hold, nothing of the host's leaks, nothing stays."""

import contextlib
import gc
import json
import os
import secrets
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import docker
import pytest

from grader.build.base_images import Bases
from grader.core.errors import EngineFault, EngineRefusal, EngineUnavailable
from grader.engine import docker as adaptor
from grader.engine import housekeeping, profile, records
from grader.engine.client import Client
from grader.engine.docker import DockerEngine
from grader.engine.locks import hold_run
from grader.engine.protocol import (
    CACHE,
    LABEL,
    BuildRecord,
    ContainerSpec,
    Leftover,
    Mount,
)
from grader.engine.seccomp import SECCOMP
from grader.engine.tar import pack
from grader.facts import Process

pytestmark = pytest.mark.docker
RUN = "test-engine"


@pytest.fixture(scope="module")
def base(engine: DockerEngine) -> str:
    """Return the id of an allowed base."""
    return Bases(engine, RUN).get("python:3.7").id


def _build(engine: DockerEngine, base: str, *steps: str, deadline: float = 60.0) -> BuildRecord:
    text = "\n".join([f"FROM {base}", f"LABEL {LABEL}={CACHE}", *steps])
    return engine.build(
        pack({"Dockerfile": text.encode()}), dockerfile="Dockerfile", deadline=deadline
    )


@pytest.fixture
def container(engine: DockerEngine, base: str) -> Iterator[str]:
    """Yield a container of the base that sleeps."""
    spec = ContainerSpec(image=base, args=("sleep", "60"), run_id=RUN)
    created = engine.create(spec)
    engine.start(created)
    yield created
    engine.remove(created)


def test_a_run_step_has_no_network(engine: DockerEngine, base: str) -> None:
    """Only the loopback interface is there."""
    record = _build(engine, base, "RUN ls /sys/class/net | tr '\\n' , && exit 7")

    assert record.code == 7
    assert "lo," in record.log
    assert "eth0" not in record.log


def test_a_run_step_that_takes_too_much_memory_is_killed(engine: DockerEngine, base: str) -> None:
    """The limit is the build's, not the student's."""
    record = _build(engine, base, "RUN python3 -c \"x = 'a' * (900 << 20); print(len(x))\"")

    assert record.image_id is None
    assert record.code == 137


def test_a_build_that_hangs_is_cut_off_and_its_container_goes(
    engine: DockerEngine, base: str
) -> None:
    """Also one that keeps printing, which no read timeout would notice."""
    record = _build(engine, base, "RUN while true; do echo .; sleep 0.2; done", deadline=2.0)

    assert record.timed_out
    deadline = time.monotonic() + 10
    while _building(engine) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _building(engine)


def _building(engine: DockerEngine) -> list[str]:
    rows = engine._api.containers(filters={"status": "running"})
    return [row["Id"] for row in rows if "while true; do echo" in row["Command"]]


def test_a_build_that_floods_is_cut_off(engine: DockerEngine, base: str) -> None:
    """What is kept of its output is bounded, both ends of it."""
    record = _build(engine, base, "RUN yes flood | head -c 4000000")

    assert record.flooded
    assert len(record.log) < 40_000


def test_a_build_that_writes_too_much_is_cut_off(engine: DockerEngine, base: str) -> None:
    """Over all of its steps; what it wrote goes with it."""
    half = profile.IMAGE_LIMIT * 2 // 3
    # A word of its own: a step that is in the cache already would write nothing.
    word = secrets.token_hex(4)
    steps = [f"RUN fallocate -l {half} /{word}-{number} && sleep 3" for number in range(2)]
    record = _build(engine, base, *steps, "RUN sleep 60", deadline=90.0)

    assert record.oversized
    assert record.image_id is None
    assert not record.timed_out


def test_no_file_of_a_build_is_larger_than_an_image_may_be(engine: DockerEngine, base: str) -> None:
    """The kernel says no before the disk is full."""
    record = _build(engine, base, f"RUN fallocate -l {profile.IMAGE_LIMIT + 1} /a")

    assert record.image_id is None
    assert not record.oversized
    assert record.code


def test_forged_build_output_decides_nothing(engine: DockerEngine, base: str) -> None:
    """Only the engine's own keys say how a build ended."""
    forged = '{"aux":{"ID":"sha256:0"}}'
    lie = f"RUN echo 'Successfully built 000000000000' && echo '{forged}' && exit 3"

    record = _build(engine, base, lie)

    assert record.image_id is None
    assert record.code == 3


def test_build_steps_carry_the_label_also_of_a_build_that_fails(
    engine: DockerEngine, base: str
) -> None:
    """So `grader clean` finds them."""
    marker = f"echo {time.time_ns()} > /marker"

    _build(engine, base, f"RUN {marker}", "RUN exit 1")

    ours = [entry.id for entry in engine.leftovers() if entry.kind == "image"]
    found = [image for image in ours if marker in engine.history(image)[-1].created_by]
    assert len(found) == 1


def test_a_container_runs_under_the_whole_profile(engine: DockerEngine, container: str) -> None:
    """Every limit that docs/isolation.md promises is on the container."""
    raw = engine._api.inspect_container(container)
    host = raw["HostConfig"]

    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true", SECCOMP]
    assert host["Memory"] == host["MemorySwap"] == 128 << 20
    assert host["PidsLimit"] == 64
    assert (host["IpcMode"], host["ShmSize"]) == ("private", 8 << 20)
    assert host["CpuQuota"] == 100_000
    assert host["NetworkMode"] == "none"
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "1", "max-size": "1m"}}
    assert not host["Privileged"]
    assert not host.get("Init")
    assert not host["Binds"]
    assert raw["Config"]["Tty"] is False
    assert raw["Config"]["Labels"][LABEL] == RUN
    assert raw["Config"]["StopSignal"] == "SIGTERM"


def test_processes_in_a_container_can_share_a_lock(engine: DockerEngine, base: str) -> None:
    """Multiprocessing keeps its locks in shared memory; a server may well use it."""
    script = "import multiprocessing as m; m.Lock(); print(sum(m.Pool(2).map(abs, [-1, -2])))"
    created = engine.create(ContainerSpec(image=base, args=("python3", "-c", script), run_id=RUN))
    try:
        engine.start(created)
        engine.wait(created, 20)
        assert [line.text for line in engine.log(created)] == ["3"]
    finally:
        engine.remove(created)


def test_processes_are_seen_with_their_masks_and_word_boundaries(
    engine: DockerEngine, base: str
) -> None:
    """From /proc of the host: what the kernel knows."""
    spec = ContainerSpec(image=base, args=("sh", "-c", "sleep 60; :", "a b"), run_id=RUN)
    created = engine.create(spec)
    try:
        engine.start(created)
        shell, child = _eventually(lambda: engine.processes(created), 2)
        assert shell.argv == ("sh", "-c", "sleep 60; :", "a b")
        assert shell.exe == "/usr/bin/dash"
        assert child.argv == ("sleep", "60")
        assert child.ppid == shell.pid
        assert not shell.caught & (1 << 14)
    finally:
        engine.remove(created)


def test_events_tell_who_was_sent_which_signal(engine: DockerEngine, container: str) -> None:
    """`sleep` as PID 1 has no handler: SIGTERM is dropped, SIGKILL ends it."""
    started = engine.inspect(container).started_at

    engine.stop(container, 1)

    events = engine.events(container, started, engine.now())
    assert [event.signal for event in events if event.action == "kill"] == [15, 9]
    assert [event.exit_code for event in events if event.action == "die"] == [137]
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_paths_are_read_from_outside(engine: DockerEngine, container: str) -> None:
    """Files with their digest, directories, links; what is not there is None."""
    engine.put_file(container, "/", "note.txt", b"hello")

    note = engine.path(container, "/note.txt")
    assert note is not None
    assert (note.type, note.size) == ("file", 5)
    assert engine.path(container, "/usr").type == "directory"  # type: ignore[union-attr]
    assert engine.path(container, "/bin").type == "directory"  # type: ignore[union-attr]
    assert engine.path(container, "/nosuch") is None
    assert engine.path(container, "/note.txt/below") is None
    assert engine.exists(container, "/note.txt")
    assert "note.txt" in (engine.listing(container, "/") or ("note.txt",))


def test_the_volumes_an_image_declares_carry_the_label_and_go_with_their_container(
    engine: DockerEngine, base: str
) -> None:
    """Filled as Docker fills them: one without a label could be left behind by a killed engine."""
    steps = ("RUN mkdir /data && echo hello > /data/file", 'VOLUME ["/data/", "/more"]')
    image = _build(engine, base, *steps).image_id or ""
    own, run_id = Mount("tmpfs", "/more"), secrets.token_hex(8)
    container = engine.create(ContainerSpec(image, ("true",), run_id=run_id, mounts=(own,)))
    try:
        kinds = _kinds(engine, run_id)
        content = engine.read(container, "/data/file", 100)
    finally:
        engine.remove(container)

    assert content == b"hello\n"
    assert kinds == ["container", "volume"]
    assert _kinds(engine, run_id) == []


def _kinds(engine: DockerEngine, run_id: str) -> list[str]:
    """Return what of a run is on the engine; other tests' things are there at the same time."""
    return sorted(entry.kind for entry in engine.leftovers() if entry.label == run_id)


def test_a_helper_is_talked_to_over_one_connection(engine: DockerEngine, base: str) -> None:
    """Line by line, however long the lines are; its input ends with the conversation."""
    helper = engine.create(ContainerSpec(base, ("cat",), run_id=RUN, talking=True))
    try:
        engine.start(helper)
        conversation = engine.converse(helper)
        gc.collect()  # docker-py holds the connection by a reference from itself to itself
        answers = [conversation.ask(line, 10) for line in ("one", "zwei Wörter", "x" * 100_000)]
        conversation.close()
        ended = engine.wait(helper, 10)
    finally:
        engine.remove(helper)

    assert answers == ["one", "zwei Wörter", "x" * 100_000]
    assert ended


def test_a_refusal_is_told_from_a_fault(engine: DockerEngine, base: str) -> None:
    """The caller decides whose doing it is, so it must know which it was."""
    created = engine.create(ContainerSpec(image=base, args=("/nosuch",), run_id=RUN))
    try:
        with pytest.raises(EngineRefusal, match=r"no such file or directory|not found"):
            engine.start(created)
        assert engine.inspect(created).exit_code == 127
    finally:
        engine.remove(created)
    with pytest.raises(EngineRefusal) as gone:
        engine.inspect(created)
    assert gone.value.status == 404
    engine.remove(created)


def test_a_frozen_engine_is_a_fault_within_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket that accepts and never answers does not hold the grader for ever."""
    path = tmp_path / "docker.sock"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    monkeypatch.setattr("grader.engine.profile.CALL_TIMEOUT", 1)

    with server, pytest.raises(EngineUnavailable, match="No Docker engine answers at"):
        adaptor.connect()


def test_no_login_or_proxy_of_the_user_reaches_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in ~/.docker/config.json is in no request's header or body."""
    login = "dXNlcjpwYXNz"
    config = {
        "auths": {"registry.example": {"auth": login}},
        "proxies": {"default": {"httpProxy": f"http://user:{login}@proxy.example"}},
    }
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(json.dumps(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))
    path = tmp_path / "relay.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with _Relay(path) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        engine = adaptor.connect()
        record = _build(engine, "python:3.7", "RUN env")
        container = engine.create(ContainerSpec(image="python:3.7", args=("env",), run_id=RUN))
        engine.remove(container)
        engine.close()
        relay.shutdown()

    seen = relay.seen
    assert record.image_id
    assert b"POST /v" in seen
    assert login.encode() not in seen
    assert b"X-Registry-Config" not in seen
    assert b"proxy.example" not in seen
    assert os.environ["DOCKER_CONFIG"] == str(tmp_path / ".docker")


class _Relay(socketserver.ThreadingUnixStreamServer):
    """Passes a socket's traffic on to the engine and keeps what the client sent."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Pass)
        self.seen = bytearray()


class _Pass(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect("/var/run/docker.sock")
            back = threading.Thread(target=self._pump, args=(upstream, self.request, bytearray()))
            back.start()
            assert isinstance(self.server, _Relay)
            self._pump(self.request, upstream, self.server.seen)
            back.join()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, copy: bytearray) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                copy += chunk
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)


def _eventually(probe: Callable[[], tuple[Process, ...]], count: int) -> tuple[Process, ...]:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = probe()
        if len(found) == count:
            return found
        time.sleep(0.02)
    message = "it never came to be"
    raise AssertionError(message)


@pytest.mark.serial
def test_cleaning_removes_ours_and_nobody_elses(engine: DockerEngine, base: str) -> None:
    """A bystander of each kind is there before and after, ours of each kind is gone."""
    api = engine._api
    theirs = api.create_container(base, ["true"])["Id"]
    image = api.commit(theirs, repository="bystander-image", tag="1")["Id"]
    network = api.create_network("bystander-network")["Id"]
    volume = api.create_volume("bystander-volume")["Name"]
    try:
        engine.create(ContainerSpec(image=base, args=("true",), run_id="killed"))
        api.create_network("ours-network", labels={LABEL: "killed"})
        api.create_volume("ours-volume", labels={LABEL: "killed"})
        _build(engine, base, f"RUN echo {time.time_ns()} > /x")

        cleaned = housekeeping.clean(engine)

        assert cleaned.stuck == ()
        assert {entry.kind for entry in cleaned.gone} == {"container", "network", "volume", "image"}
        assert engine.leftovers() == ()
        assert api.inspect_container(theirs)["Id"] == theirs
        assert api.inspect_image("bystander-image:1")["Id"] == image
        assert api.inspect_network(network)["Id"] == network
        assert api.inspect_volume(volume)["Name"] == volume
        assert engine.image("python:3.7") is not None
    finally:
        api.remove_container(theirs, force=True)
        api.remove_image("bystander-image:1")
        api.remove_network(network)
        api.remove_volume(volume)


@pytest.mark.serial
def test_cleaning_leaves_a_run_at_work_alone(engine: DockerEngine, base: str) -> None:
    """Two graders on one machine, one cleans up: the other's containers and steps stay."""
    created = engine.create(ContainerSpec(image=base, args=("true",), run_id="alive"))
    try:
        with hold_run("alive"):
            cleaned = housekeeping.clean(engine)
            assert cleaned.in_use >= 1
            assert engine.inspect(created).id == created
        housekeeping.clean(engine)
        with pytest.raises(EngineRefusal):
            engine.inspect(created)
    finally:
        engine.remove(created)


@pytest.mark.serial
def test_the_cache_is_bounded_but_not_while_somebody_builds(
    engine: DockerEngine, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Oldest steps go first, and only when nobody can be standing on them."""
    monkeypatch.setattr(housekeeping, "CACHE_IMAGES", 4)
    for number in range(8):
        _build(engine, base, f"RUN echo {number} {time.time_ns()} > /x")

    with hold_run("builder"):
        housekeeping.trim_cache(engine)
        assert _cached(engine) >= 8
    housekeeping.trim_cache(engine)

    assert _cached(engine) <= 4


@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ([1] * 400, 400),
        ([1] * 401, 300),
        # A single step of more than all may hold, and what is older.
        ([100, 2 << 30, 100, 100], 2),
        ([1 << 29] * 4, 4),
        ([1 << 29] * 5, 3),
        # Of an engine that tells of no parents the number alone is known.
        ([0] * 380, 380),
    ],
)
def test_the_cache_is_bounded_by_number_and_by_bytes(sizes: Sequence[int], left: int) -> None:
    """The oldest go, until a quarter of the bound is free."""
    steps = [
        Leftover("image", str(number), CACHE, float(number), size)
        for number, size in enumerate(sizes)
    ]
    going = housekeeping.over_bounds(steps)
    assert going == steps[: len(sizes) - left]


def test_what_a_step_adds_is_its_own_size() -> None:
    """An image's size holds that of all below it."""
    listed = [
        {"Id": "base", "Size": 200, "ParentId": ""},
        {"Id": "one", "Size": 250, "ParentId": "base"},
        {"Id": "two", "Size": 250, "ParentId": "one"},
    ]
    sized = records.with_own_sizes(listed)
    assert [raw["OwnSize"] for raw in sized] == [0, 50, 0]


def _cached(engine: DockerEngine) -> int:
    return sum(entry.kind == "image" for entry in engine.leftovers())


def test_an_engine_that_goes_away_is_a_fault() -> None:
    """Never an exception of the library's own."""
    with pytest.raises(EngineFault):
        DockerEngine(_dead_client()).now()


def _dead_client() -> Client:
    return Client(docker.APIClient(base_url="tcp://127.0.0.1:9", version="1.41", timeout=1))
