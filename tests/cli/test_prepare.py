"""`grader prepare`: which images labs need, and how they are carried elsewhere."""

import os
import re
import shutil
from pathlib import Path

import pytest

from grader.build.machine_image import image_name
from grader.engine.docker import DockerEngine
from grader.engine.profile import BUILD_DEADLINE
from grader.engine.tar import pack
from tests.cli.command import run
from tests.conftest import ROOT

NO_ENGINE = {**os.environ, "DOCKER_HOST": "unix:///nosuch/docker.sock"}


def test_all_images_are_named_without_an_engine(tmp_path: Path) -> None:
    """Bases as labs call them, machines with a digest of what they are made of; each once."""
    done = run("prepare", "--list", "--assignments", ROOT / "assignments", cwd=tmp_path,
               env=NO_ENGINE)  # fmt: skip
    names = done.stdout.splitlines()

    assert (done.returncode, done.stderr) == (0, "")
    assert names.count("python:3.7") == names.count(image_name("ubuntu:24.04", ())) == 1
    assert len(set(names)) == len(names)


def test_the_machines_of_scripts_are_named_alone(tmp_path: Path) -> None:
    """What a workflow keeps from run to run; a course without scripts has none."""
    command = ("prepare", "--machines", "--list", "--assignments")
    labs = run(*command, ROOT / "assignments", cwd=tmp_path, env=NO_ENGINE)
    shutil.copytree(ROOT / "assignments" / "05-volumes", tmp_path / "labs" / "05-volumes")
    none = run(*command, tmp_path / "labs", cwd=tmp_path, env=NO_ENGINE)

    assert labs.stdout == image_name("ubuntu:24.04", ()) + "\n"
    assert (none.returncode, none.stdout) == (0, "")


@pytest.mark.docker
def test_images_come_back_from_a_file_with_their_names(
    engine: DockerEngine, tmp_path: Path
) -> None:
    """As they were, by the same id."""
    name = "docker-tutorial-grader/test-carried:1"
    context = pack({"Dockerfile": b"FROM scratch\nCOPY word /\n", "word": os.urandom(8)})
    made = engine.build(context, dockerfile="Dockerfile", deadline=BUILD_DEADLINE).image_id
    assert made
    engine.tag(made, name)
    file = tmp_path / "images.tar"
    try:
        engine.save_images([name], str(file), BUILD_DEADLINE)
        engine.remove_image(name)
        gone = engine.image(name)
        engine.load_images(str(file), BUILD_DEADLINE)
        back = engine.image(name)
    finally:
        engine.remove_image(name)

    assert gone is None
    assert back is not None
    assert back.id == made


@pytest.mark.docker
def test_what_was_saved_is_ready_where_nothing_else_has_it(
    engine: DockerEngine, tmp_path: Path
) -> None:
    """A base that no registry has and nobody could make: with the file it is there, without not."""
    base = f"docker-tutorial-grader/test-base:{os.urandom(8).hex()}"
    labs, file = tmp_path / "labs", tmp_path / "images.tar"
    shutil.copytree(ROOT / "assignments" / "05-volumes", labs / "05-volumes")
    spec = labs / "05-volumes" / "assignment.yaml"
    text, changed = re.subn(
        r"(?m)^bases:.*\n(?:  .*\n)*", f"bases: ['{base}']\n", spec.read_text("utf-8")
    )
    spec.write_text(text, encoding="utf-8")
    source = engine.image("python:3.7")
    assert source
    assert changed == 1
    prepare = ("prepare", "--assignments", labs)
    engine.tag(source.id, base)
    try:
        saved = run(*prepare, "--save", file, cwd=tmp_path, env=os.environ)
        engine.remove_image(base)
        without = run(*prepare, cwd=tmp_path, env=os.environ)
        loaded = run(*prepare, "--load", file, cwd=tmp_path, env=os.environ)
        again = run(*prepare, "--load", tmp_path / "no.tar", cwd=tmp_path, env=os.environ)
    finally:
        engine.remove_image(base)

    assert (saved.returncode, f"1 images are in {file}" in saved.stdout) == (0, True)
    assert (without.returncode, f"{base} could not be pulled" in without.stderr) == (3, True)
    assert (loaded.returncode, f"{base}" in loaded.stdout) == (0, True)
    assert (again.returncode, "no.tar is not there" in again.stderr) == (0, True)
