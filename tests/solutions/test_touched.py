"""What of a lab is graded with an overlay: what its files can have changed, and no more."""

from dataclasses import replace
from pathlib import Path

from tests.solutions.grading import read_lab, touched


def _overlay(folder: Path, *names: str) -> Path:
    for name in (*names, "expect.yaml"):
        (folder / name).touch()
    return folder


def test_a_dockerfile_touches_its_own_image(tmp_path: Path) -> None:
    """In a lab of single containers the other images are the model's."""
    lab = touched(
        read_lab("04-images-and-containers"), _overlay(tmp_path, "Dockerfile-exec", "start.sh")
    )

    assert list(lab.images) == ["exec"]
    assert {name for spec in lab.observe.values() for name in spec.images()} == {"exec"}
    assert {check.part for check in lab.checks} == {"exec-form"}


def test_a_script_can_matter_wherever_containers_meet(tmp_path: Path) -> None:
    """A lab with scenes is graded as a whole when a file is no Dockerfile."""
    lab = read_lab("05-volumes")

    assert touched(lab, _overlay(tmp_path, "entrypoint.sh")) == replace(lab, questions=())


def test_a_dockerfile_touches_every_image_it_meets_in_a_scene(tmp_path: Path) -> None:
    """The server is needed to see what the client does."""
    lab = touched(read_lab("06-networks"), _overlay(tmp_path, "Dockerfile-client"))

    assert {name for spec in lab.observe.values() for name in spec.images()} <= set(lab.images)
    assert "client" in lab.images
    assert all("client" in spec.images() for spec in lab.observe.values())
