"""A class graded by dask workers, each a process of its own: the same results, and none lost."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.engine.docker import DockerEngine, connect
from tests.conftest import ROOT, running

BIN = Path(sys.executable).parent
ENGINE = str(ROOT / "bench" / "engine.sh")
COUNT = 8
SPEC = """
schema: 1
id: 01-one
title: One container
points: 3
bases: [python:3.7]
submission: {files: [Dockerfile]}
images: {app: {dockerfile: Dockerfile}}
observe:
  once: {scene: {steps: [{id: app, start: {image: app, ends: true}}]}}
parts:
  - id: only
    title: Only
    checks:
      - {id: builds, title: It builds, points: 1, builds: {image: app}}
      - {id: ends, title: It ends well, points: 2, ends: {of: once, step: app, code: 0}}
"""
Outcome = dict[str, list[tuple[str, str, int]]]


@dataclass(frozen=True)
class Class:
    """Submissions of a lab with one container each, every other of which ends with an error."""

    folder: Path

    def grade(self, out: str, *options: str) -> "subprocess.Popen[str]":
        """Begin to grade the class."""
        command = [str(BIN / "grader"), "grade", "subs", "--out", out, "--assignments", "labs"]
        return subprocess.Popen(
            [*command, *options],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def outcome(self, out: str) -> Outcome:
        """Return what each check came to."""
        return {
            path.parent.name: [
                (check["id"], check["status"], check["score"])
                for check in json.loads(path.read_text())["sections"][0]["checks"]
            ]
            for path in (self.folder / out).glob("*/result.json")
        }

    @contextmanager
    def scheduler(self) -> Iterator[str]:
        """Yield the address of a scheduler."""
        place = self.folder / "scheduler.json"
        with _process("dask", "scheduler", "--port", "0", "--no-dashboard", *_file(place)):
            _until(place.exists)
            yield json.loads(place.read_text())["address"]

    @contextmanager
    def worker(self, name: str, engine: str = "") -> Iterator["subprocess.Popen[bytes]"]:
        """Yield a worker that has found the scheduler; its engine is the one of this machine."""
        log = self.folder / f"{name}.log"
        options = ["--nworkers", "1", "--nthreads", "2", "--no-nanny", "--no-dashboard"]
        own = {"GRADER_ASSIGNMENTS": str(self.folder / "labs")}
        own |= {"DOCKER_HOST": engine} if engine else {}
        place = self.folder / "scheduler.json"
        with _process("dask", "worker", *_file(place), *options, log=log, env=own) as process:
            _until(lambda: "Registered to" in log.read_text())
            yield process


@contextmanager
def _process(
    *command: str, log: Path | None = None, env: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    with ExitStack() as stack:
        said = stack.enter_context(log.open("wb")) if log else subprocess.DEVNULL
        process = stack.enter_context(
            subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                stdout=said,
                stderr=said,
                env={**os.environ, **(env or {})},
            )
        )
        try:
            yield process
        finally:
            process.terminate()


def _file(place: Path) -> tuple[str, str]:
    return "--scheduler-file", str(place)


def _until(there: Callable[[], bool]) -> None:
    ends = time.monotonic() + 200
    while not there():
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.fixture
def second_engine() -> Iterator[str]:
    """Yield the address of another engine, with the same base; everything of it goes in the end."""
    place = tempfile.mkdtemp(prefix="engine-")  # a socket's path has to be short
    address = f"unix://{place}/docker.sock"
    try:
        subprocess.run([ENGINE, place], check=True)
        saved = f"docker save python:3.7 | docker --host {address} load"
        subprocess.run(saved, shell=True, check=True, stdout=subprocess.DEVNULL)  # noqa: S602
        yield address
    finally:
        subprocess.run([ENGINE, "--end", place], check=True)


@pytest.fixture
def few(tmp_path: Path) -> Class:
    """Return a class, graded by this machine alone into `alone`."""
    (tmp_path / "labs" / "01-one").mkdir(parents=True)
    (tmp_path / "labs" / "01-one" / "assignment.yaml").write_text(SPEC)
    for number in range(COUNT):
        place = tmp_path / "subs" / f"student-{number}" / "01-one"
        place.mkdir(parents=True)
        program = f"import time; time.sleep(1); exit({number % 2})"
        (place / "Dockerfile").write_text(f'FROM python:3.7\nCMD ["python3", "-c", "{program}"]\n')
        (place / "notes.txt").write_text(str(number))
    made = Class(tmp_path)
    _, said = made.grade("alone").communicate(timeout=200)
    assert len(made.outcome("alone")) == COUNT, said
    return made


@pytest.mark.docker
@pytest.mark.serial
@pytest.mark.timeout(900)
def test_workers_on_two_engines_that_come_and_are_killed_lose_nothing(
    engine: DockerEngine, second_engine: str, few: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of two is killed half way, and another one joins: each check is as on one machine."""
    with monkeypatch.context() as here:
        here.setenv("DOCKER_HOST", second_engine)
        other = connect()
    want = few.outcome("alone")
    assert {tuple(checks) for checks in want.values()} == {
        (("builds", "passed", 1), ("ends", "passed", 2)),
        (("builds", "passed", 1), ("ends", "failed", 0)),
    }
    before = running(engine)

    with (
        few.scheduler() as address,
        few.worker("first") as first,
        few.worker("second", second_engine),
    ):
        grading = few.grade("both", "--scheduler", address)
        _until(lambda: len(few.outcome("both")) >= COUNT // 4)
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert len(few.outcome("both")) < COUNT
        with few.worker("third"):
            out, said = grading.communicate(timeout=200)

    assert grading.returncode == 0, said
    assert "2 workers are here" in said
    assert f"{COUNT} submissions: {COUNT} graded now" in out
    assert few.outcome("both") == want
    _until(lambda: running(engine) <= before)
    _until(lambda: not running(other))
    assert other.leftovers() != ()  # the steps of what was built there
    other.close()


@pytest.mark.docker
@pytest.mark.serial
@pytest.mark.timeout(900)
def test_a_worker_with_another_lab_is_named_and_grades_nothing(few: Class) -> None:
    """Its grades could differ."""
    with few.scheduler() as address, few.worker("old"):
        spec = few.folder / "labs" / "01-one" / "assignment.yaml"
        grading = few.grade("first", "--scheduler", address)
        grading.communicate(timeout=200)
        assert grading.returncode == 0
        spec.write_text(spec.read_text().replace("One container", "Another"))

        grading = few.grade("other", "--scheduler", address)
        _, said = grading.communicate(timeout=200)

    assert grading.returncode == 2
    assert "cannot take part: its 01-one is another one than the run's" in said
    assert few.outcome("other") == {}


def test_without_a_scheduler_the_message_says_how_to_start_one(few_unread: Class) -> None:
    """And nothing of the engine here is asked for."""
    grading = few_unread.grade("out", "--scheduler", "tcp://127.0.0.1:1")

    _, said = grading.communicate(timeout=200)

    assert grading.returncode == 2
    assert "No dask scheduler answers at tcp://127.0.0.1:1" in said
    assert "`dask scheduler`" in said
    assert "Traceback" not in said


@pytest.fixture
def few_unread(tmp_path: Path) -> Class:
    """Return a class of one that nobody has graded."""
    (tmp_path / "labs" / "01-one").mkdir(parents=True)
    (tmp_path / "labs" / "01-one" / "assignment.yaml").write_text(SPEC)
    place = tmp_path / "subs" / "alice" / "01-one"
    place.mkdir(parents=True)
    (place / "Dockerfile").write_text("FROM python:3.7\n")
    return Class(tmp_path)
