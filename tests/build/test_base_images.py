"""Base images on a real engine: found, pulled, or stood in for, and measured before use."""

import logging
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.batch.solutions import assemble
from grader.build.base_images import Bases
from grader.core.errors import EngineError
from grader.engine.docker import DockerEngine
from grader.engine.protocol import CACHE, LABEL, STANDIN_LABEL
from grader.engine.tar import pack
from grader.judge.check_kinds import PARAMS
from grader.pipeline import grade_one, open_session
from grader.result import Status
from grader.spec.load import load_assignment
from grader.submission.snapshot import read_submission
from tests.conftest import LAB, ROOT

pytestmark = pytest.mark.docker
REGISTRY = shutil.which("docker-registry")
BUSYBOX = Path("/bin/busybox")


def _derived(engine: DockerEngine, reference: str, files: dict[str, bytes], *steps: str) -> None:
    """Make a base of our own above the allowed one and name it."""
    text = "\n".join(["FROM python:3.7", f"LABEL {LABEL}={CACHE}", *steps])
    context = pack({"Dockerfile": text.encode(), **files}, executable=files)
    record = engine.build(context, dockerfile="Dockerfile", deadline=60)
    assert record.image_id, record.error
    engine.tag(record.image_id, reference)


@pytest.fixture
def execing_base(engine: DockerEngine, request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the name of a base whose /bin/sh replaces itself with what it runs."""
    Bases(engine, "test").get("python:3.7")
    reference = f"grader-test/{request.param}-as-sh:1"
    if request.param == "busybox":
        if not BUSYBOX.exists():
            pytest.skip("Debian's busybox-static is not installed")
        steps = ("COPY busybox /bin/busybox", "RUN ln -sf /bin/busybox /bin/sh")
        _derived(engine, reference, {"busybox": BUSYBOX.read_bytes()}, *steps)
    else:
        _derived(engine, reference, {}, "RUN ln -sf /bin/bash /bin/sh")
    yield reference
    engine.remove_image(reference)


@pytest.mark.parametrize("execing_base", ["bash", "busybox"], indirect=True)
def test_shell_form_is_judged_against_what_the_base_does(
    engine: DockerEngine, execing_base: str, tmp_path: Path
) -> None:
    """Where /bin/sh replaces itself, the right Dockerfile has the program as PID 1."""
    labs = tmp_path / "labs"
    shutil.copytree(ROOT / "assignments" / LAB, labs / LAB)
    spec = labs / LAB / "assignment.yaml"
    spec.write_text(spec.read_text().replace("  - python:3.7\n", f"  - {execing_base}\n"))
    folder = assemble(tmp_path / "student", LAB)
    for path in (folder / LAB).glob("Dockerfile*"):
        path.write_text(path.read_text().replace("FROM python:3.7", f"FROM {execing_base}"))

    with open_session(engine) as session:
        lab = load_assignment(labs / LAB, PARAMS)
        result = grade_one(session, read_submission(folder, [LAB]), [lab]).result

    checks = {check.id: check for check in result.sections[0].checks}
    seen = {check.status for check in checks.values()}
    assert seen == {Status.PASSED, Status.MANUAL}  # answers wait for a key
    assert "replaces itself with the program" in checks["shell-pid1"].reason
    assert "replaces itself with the program" in checks["shell-stop"].reason
    assert any("replaces itself" in note for note in result.sections[0].notes)


def test_a_standin_has_the_real_images_names_and_says_what_it_is(engine: DockerEngine) -> None:
    """CMD, PATH, the interpreter's names and places; and a label."""
    facts = Bases(engine, "test").get("python:3.12-slim")
    record = engine.image("python:3.12-slim")
    assert record is not None
    if STANDIN_LABEL not in record.labels:
        pytest.skip("a registry gave the real image")

    assert facts.standin
    assert facts.shell_stays
    assert facts.shell_exe.endswith("dash")
    assert list(facts.interpreters) == ["/usr/bin/python3.11"]
    assert record.cmd == ("python3",)
    assert record.entrypoint is None
    for name in ("python", "python3", "python3.12"):
        steps = f"LABEL {LABEL}={CACHE}\nRUN /usr/local/bin/{name} -c 'import ssl'"
        text = f"FROM python:3.12-slim\n{steps}"
        built = engine.build(
            pack({"Dockerfile": text.encode()}), dockerfile="Dockerfile", deadline=60
        )
        assert built.image_id, built.error


def test_a_base_that_is_neither_here_nor_to_be_had_is_nobodys_zero(
    engine: DockerEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """The message says what was tried and what to do; the log, why it could not be pulled."""
    caplog.set_level(logging.INFO, "grader.build")
    with pytest.raises(EngineError, match=r"could not be pulled .* no stand-in could be made"):
        Bases(engine, "test").get("127.0.0.1:9/nosuch:1")

    assert "127.0.0.1:9/nosuch:1 cannot be pulled: " in caplog.text


def test_the_log_says_which_image_a_base_is_and_what_its_shell_does(
    engine: DockerEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """With the id that `docker images` shows: reports name the base alone."""
    caplog.set_level(logging.DEBUG, "grader.build")
    facts = Bases(engine, "test").get("python:3.7")

    short = facts.id.removeprefix("sha256:")[:12]
    assert f"python:3.7 is here: {short}" in caplog.messages
    does = "leaves the shell as" if facts.shell_stays else "makes the program"
    assert f"python:3.7 ({short}): /bin/sh -c {does} PID 1" in caplog.messages


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a registry of our own on loopback."""
    if REGISTRY is None:
        pytest.skip("Debian's docker-registry is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = tmp_path / "config.yml"
    config.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path / 'blobs'}}}}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([REGISTRY, "serve", str(config)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                urllib.request.urlopen(f"http://{address}/v2/", timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.05)
        yield address
    finally:
        server.terminate()
        server.wait()


def test_a_base_that_is_not_here_is_pulled(engine: DockerEngine, registry: str) -> None:
    """From a registry, without a login, and never in place of an image that is here."""
    Bases(engine, "test").get("python:3.7")
    name = f"{registry}/python:3.7"
    said: list[str] = []
    _derived(engine, name, {}, f"RUN echo {time.time_ns()} > /pushed")
    pushed = engine.image(name)
    assert pushed is not None
    for line in engine._api.push(f"{registry}/python", tag="3.7", stream=True, decode=True):
        assert "error" not in line, line
    engine.remove_image(name)
    engine.remove_image(pushed.id)
    assert engine.image(name) is None

    facts = Bases(engine, "test", said.append).get(name)

    assert facts.layers == pushed.layers
    assert said == [f"{name}: not here yet, asking the registry"]
    again: list[str] = []
    Bases(engine, "test", again.append).get(name)
    assert again == []
    engine.remove_image(name)
