"""Packages with a word of their machine's own, and lists that fit them."""

import hashlib
import json
from pathlib import Path

import archive_lists
import pytest

from tests.observe.script.machine.test_openpgp import KEY

SEAL = b"0" * archive_lists.SEAL_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder as image_archives.py fills it, with a package in each archive."""
    for kind, name in (("distribution", "curl"), ("docker", "docker-ce")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"{name}.deb").write_bytes(b"head" + SEAL + b"tail")
        told = {"name": name, "paragraph": f"Package: {name}\n", "seal": 4}
        about = {"key": KEY, "packages": {f"{name}.deb": told}}
        (tmp_path / f"{kind}.json").write_text(json.dumps(about))
    return tmp_path


def test_each_machine_has_packages_of_its_own(folder: Path) -> None:
    """The seal is another, and the list has the digest of what is served."""
    one, other = (archive_lists.Lists(str(folder)) for _ in range(2))
    package = one.packages["docker"]["docker-ce.deb"]

    assert package != other.packages["docker"]["docker-ce.deb"]
    assert len(package) == len(b"head" + SEAL + b"tail")
    assert hashlib.sha256(package).hexdigest().encode() in one.texts["docker"]


def test_what_signs_a_suite_names_the_lists_it_goes_with(folder: Path) -> None:
    """A list is in the components that are full; the others are empty."""
    lists = archive_lists.Lists(str(folder))
    signed = lists.look("docker", "jammy", "InRelease")
    full = lists.look("docker", "jammy", "stable/binary-amd64/Packages")

    assert signed is not None
    assert full is not None
    assert b"Suite: jammy\n" in signed
    assert f" {hashlib.sha256(full).hexdigest()} {len(full)} stable/".encode() in signed
    assert lists.look("docker", "jammy", "nightly/binary-amd64/Packages") == b""
    assert lists.look("docker", "jammy", "main/binary-amd64/Packages") is None
    assert lists.look("docker", "jammy", "stable/Contents") is None


def test_a_lenient_archive_lists_both(folder: Path) -> None:
    """So that the packages are there without Docker's own repository."""
    text = archive_lists.Lists(str(folder)).texts["everything"]

    assert b"Package: curl" in text
    assert b"Package: docker-ce" in text


def test_only_who_unpacked_a_package_has_its_seal(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word has to be the one of this machine's own package of that name."""
    monkeypatch.setattr(archive_lists, "PLACE", str(tmp_path / "{}.seal"))
    lists = archive_lists.Lists(str(folder))

    assert not lists.unpacked("docker-ce")
    (tmp_path / "docker-ce.seal").write_bytes(lists.packages["distribution"]["curl.deb"][4:36])
    assert not lists.unpacked("docker-ce")
    (tmp_path / "docker-ce.seal").write_bytes(lists.packages["docker"]["docker-ce.deb"][4:36])
    assert lists.unpacked("docker-ce")
