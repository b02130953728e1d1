"""The image of the machines that scripts run on: which one it is, and one made for real."""

from dataclasses import replace

import pytest

from grader.build.machine_image import image_name, is_standin, machine_image
from grader.observe.script.machines import Machines
from grader.observe.session import Session
from tests.observe.script.test_probe import MACHINE
from tests.solutions.grading import ALL


def test_a_name_holds_all_that_an_image_is_made_of() -> None:
    """Another base or further packages make another image; the same ones the same."""
    names = {image_name("ubuntu:24.04", ()), image_name("debian:12", ())}
    names |= {image_name("debian:12", ("jq",)), image_name("debian:12", ("jq", "tree"))}

    assert len(names) == 4
    assert image_name("debian:12", ("jq",)) in names


@pytest.mark.docker
@pytest.mark.skipif(not ALL, reason="makes an image of packages from the network: a minute")
def test_a_course_names_its_machine_and_further_packages(session: Session) -> None:
    """What it names is in the archive and missing until it is installed; then it works."""
    image = machine_image(session.engine, "debian:12", ("jq", "figlet"))
    script = b"""
        sudo apt-get -qq update; command -v jq figlet
        sudo apt-get -qqy install jq figlet > /dev/null 2>&1
        echo '{"a": 7}' | jq .a; command -v figlet; . /etc/os-release; echo "$ID $VERSION_CODENAME"
    """
    machine = replace(MACHINE, release="bookworm")
    world = Machines(session.engine, image, session.run_id, "script.sh", script).run(machine)
    (run,) = world.runs

    assert run.output.splitlines() == ["7", "/usr/bin/figlet", "debian bookworm"]
    assert set(world.after(run).packages) == {"jq", "figlet"}
    assert run.doubts == ()
    record = session.engine.image(image)
    assert record is not None
    assert is_standin(session.engine, image) == bool(record.labels)
