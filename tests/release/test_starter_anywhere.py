"""A default release where students are: no index knows the grader, folders move, labs are others.

pip takes packages from a folder alone: an index that has all that the grader needs, and not the
grader. `./check` runs as a process of its own, as it is given out.
"""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.batch.solutions import assemble
from grader.release.own_wheel import own_wheel
from grader.release.starter import REQUIREMENT
from grader.spec.assignment import Assignment
from tests.cli.command import run
from tests.conftest import LAB, ROOT
from tests.release.conftest import packed

# Each virtual environment takes pip seconds, or minutes on a busy machine.
# Making one installs all packages: once for all of these, and with the machine to itself.
pytestmark = [pytest.mark.timeout(1800), pytest.mark.serial]

NEEDS = ROOT / "templates" / "starter" / "needs.txt"
SPEC = """\
schema: 1
id: 09-own
title: A lab of one's own
points: 1
bases: [python:3.12]
submission: {files: [Dockerfile]}
images:
  app: {dockerfile: Dockerfile}
parts:
  - id: only
    title: The only part
    checks:
      - id: exec-form
        title: ENTRYPOINT is written in exec form
        points: 1
        form: {image: app, is: exec}
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Yield a folder that every user may look into, as pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="grader-anywhere-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def index(place: Path) -> Mapping[str, str]:
    """Return the environment in which pip has the pinned packages and knows no grader."""
    packages = place / "packages"
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--dest", packages, "-r", NEEDS],
        check=True,
        timeout=1500,
    )
    assert not list(packages.glob("docker_tutorial_grader*"))
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    own = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages), "PIP_CONFIG_FILE": os.devnull}
    return {**bare, **own, "HOME": str(place)}


@pytest.fixture(scope="module")
def starter(place: Path, index: Mapping[str, str]) -> Path:
    """Return a default release, in which `./check` has been started once."""
    to = place / "starter"
    done = run("release", "--to", to, cwd=place, env=index)
    assert done.returncode == 0, done.stderr
    assert "Its ./check works: grader, version " in done.stderr
    assert _check(to, index, "--version").startswith("grader, version ")
    return to


def _check(folder: Path, env: Mapping[str, str], *words: str, user: int | None = None) -> str:
    done = subprocess.run(
        [folder / "check", *words],
        check=False,
        cwd="/",
        env=env,
        capture_output=True,
        text=True,
        timeout=900,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def test_it_works_after_it_was_moved(
    starter: Path, index: Mapping[str, str], tmp_path: Path
) -> None:
    """Its name may hold spaces; nothing is set up anew, and no package is asked for."""
    moved = Path(shutil.move(starter, tmp_path / "my labs"))
    try:
        env = {**index, "PIP_FIND_LINKS": "/nosuch"}
        result = json.loads(_check(moved, env, "--static", "--format", "json"))
        assert len(result["sections"]) == 7
        assert "fine" in _check(moved, env, "lint")
        assert "explain" in _check(moved, env, "help")
    finally:
        shutil.move(moved, starter)


def test_it_checks_labs_of_ones_own(
    starter: Path, index: Mapping[str, str], tmp_path: Path
) -> None:
    """The same wheel reads the specs where they are; no other lab is missed."""
    lab = tmp_path / "labs" / "09-own"
    lab.mkdir(parents=True)
    (lab / "assignment.yaml").write_text(SPEC)
    (lab / "README.md").write_text("# A lab\n")
    (lab / "Dockerfile").write_text("")
    to = tmp_path / "own"
    words = ("release", "--untried", "--to", to, "--assignments", lab.parent)
    done = run(*words, cwd=tmp_path, env=index)
    assert done.returncode == 0, done.stderr
    assert (to / REQUIREMENT).read_bytes() == (starter / REQUIREMENT).read_bytes()
    shutil.copytree(starter / ".grader-venv", to / ".grader-venv", symlinks=True)
    (to / "09-own" / "Dockerfile").write_text('FROM python:3.12\nENTRYPOINT ["id"]\n')

    result = json.loads(_check(to, index, "--static", "--format", "json"))

    assert [section["id"] for section in result["sections"]] == ["09-own"]
    assert _check(to, index, "09", "--static").startswith("A lab of one's own")


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests are not root's already")
def test_it_works_for_a_user_who_is_not_root(
    starter: Path, index: Mapping[str, str], place: Path
) -> None:
    """From a copy of the release that was never started: the user sets it up."""
    nobody = pwd.getpwnam("nobody")
    theirs = place / "theirs"
    shutil.copytree(starter, theirs, ignore=shutil.ignore_patterns(".grader-venv"))
    for path in (theirs, *theirs.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_uid)

    home = {**index, "HOME": str(theirs)}
    said = _check(theirs, home, "05", "--static", user=nobody.pw_uid)

    assert said.startswith("Volumes")
    assert (theirs / ".grader-venv" / "requirement.txt").stat().st_uid == nobody.pw_uid


@pytest.mark.docker
def test_it_gives_full_marks_to_the_model(
    starter: Path, index: Mapping[str, str], tmp_path: Path, lab: Assignment
) -> None:
    """With the engine, in a copy of it, as one folder among others."""
    to = tmp_path / "alice"
    shutil.copytree(starter, to, symlinks=True)
    shutil.copytree(assemble(tmp_path / "model", lab.id) / lab.id, to / lab.id, dirs_exist_ok=True)

    result = json.loads(_check(to, index, LAB, "--format", "json"))

    assert result["score"] == result["max_score"] == 33
    assert result["changed"] == []


def test_what_cannot_be_installed_is_refused(index: Mapping[str, str], tmp_path: Path) -> None:
    """A name that no index has; pip's own words say so, and nothing is written."""
    (tmp_path / "course.yaml").write_text("schema: 1\ngrader: docker-tutorial-grader==0.1.0\n")
    words = ("release", "--to", tmp_path / "to", "--course", tmp_path / "course.yaml")

    done = run(*words, cwd=tmp_path, env=index)

    assert done.returncode == 2
    assert "Students could not use this starter" in done.stderr
    assert "No matching distribution found for docker-tutorial-grader==0.1.0" in done.stderr
    assert not (tmp_path / "to").exists()


def test_the_wheel_is_the_same_wherever_it_is_made(starter: Path) -> None:
    """A checkout builds it, and an installation makes it again of what pip installed."""
    (given,) = (starter / ".github" / "grader").glob("*.whl")
    python = starter / ".grader-venv" / "bin" / "python"
    say = "import sys; from grader.release.own_wheel import own_wheel as o"
    again = subprocess.run(
        [python, "-I", "-c", f"{say}; sys.stdout.buffer.write(o().content)"],
        check=True,
        capture_output=True,
    )

    assert again.stdout == given.read_bytes() == own_wheel().content


def test_the_wheel_holds_what_the_built_one_does(starter: Path, wheel: Path) -> None:
    """But for the list of its files, which is in another order."""
    (given,) = (starter / ".github" / "grader").glob("*.whl")
    ours, built = packed(given), packed(wheel)
    with zipfile.ZipFile(given) as archive:
        assert archive.testzip() is None

    (record,) = (name for name in built if name.endswith("RECORD"))
    assert ours.keys() == built.keys()
    assert {n for n in ours if ours[n] != built[n]} <= {record}


def _pinned() -> dict[str, str]:
    lines = [line for line in NEEDS.read_text(encoding="utf-8").splitlines() if "==" in line]
    return dict(line.removesuffix(" \\").split(" ;")[0].split("==") for line in lines)


def test_all_that_the_wheel_needs_is_pinned() -> None:
    """And what that needs, in the versions that the tests are run with."""
    pinned = _pinned()
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if "==" in line)
    tested = {canonicalize_name(name): version for name, version in tested.items()}
    todo, seen = ["docker-tutorial-grader"], set()
    while todo:
        name = todo.pop()
        seen.add(name)
        for text in distribution(name).requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                needed_name = canonicalize_name(needed.name)
                todo += [] if needed_name in seen else [needed_name]

    assert seen - {"docker-tutorial-grader"} <= pinned.keys()
    assert {n: v for n, v in pinned.items() if n in tested and tested[n] != v} == {}


def test_no_index_is_named() -> None:
    """Students' pip asks where it is set up to."""
    assert "://" not in NEEDS.read_text(encoding="utf-8")
