"""The packages of a machine that only have to be there."""

import image_packages
import pytest

from grader.build.machine_image import machine_image
from grader.observe.script.machines import Machines
from grader.observe.session import Session
from tests.observe.script.test_probe import MACHINE


@pytest.mark.docker
def test_every_name_can_be_installed(session: Session) -> None:
    """Together, too: no package of the base breaks one for being old."""
    names = (*image_packages.EMPTY, *image_packages.GONE, *image_packages.RENAMED)
    image = machine_image(session.engine, "ubuntu:24.04")
    script = f"sudo apt-get -qq update; sudo apt-get -qq -s install {' '.join(names)}"
    made = Machines(session.engine, image, session.run_id, "script.sh", script.encode())

    (run,) = made.run(MACHINE).runs

    assert (run.ended, run.exit_code) == ("exit", 0), run.output
