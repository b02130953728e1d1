"""What the archives of a machine answer, and what they remember."""

import pytest

from grader.observe.script.machine.archive_server import ERROR_PAGE, Archive

UBUNTU, DOCKER = "archive.ubuntu.com", "download.docker.com"
LIST = "main/binary-amd64/Packages"
MISSING = (404, ERROR_PAGE % 404)


class Shelf:
    """Two archives with a package each, whose lists say whose they are."""

    def __init__(self) -> None:
        self.packages = {
            "distribution": {"curl_8.1+b_all.deb": b"curl"},
            "docker": {"docker-ce_28_all.deb": b"engine"},
        }

    def look(self, tree: str, suite: str, rest: str) -> bytes | None:
        """Return what was asked for."""
        return f"{tree} {suite} {rest}".encode() if rest.endswith(("InRelease", "ages")) else None


@pytest.fixture
def archive() -> Archive:
    """Return a small archive."""
    return Archive(Shelf(), b"key")


@pytest.mark.parametrize(
    ("host", "path", "answer"),
    [
        (UBUNTU, "/ubuntu/dists/jammy/InRelease", (200, b"distribution jammy InRelease")),
        (UBUNTU, f"/ubuntu/dists/jammy/{LIST}", (200, b"distribution jammy " + LIST.encode())),
        (UBUNTU, "/ubuntu/dists/jammy/main/Contents", MISSING),
        (UBUNTU, "/ubuntu/dists/xenial/InRelease", MISSING),
        (UBUNTU, "/ubuntu/dists/bookworm/InRelease", MISSING),
        (UBUNTU, "/ubuntu/pool/curl_8.1+b_all.deb", (200, b"curl")),
        (UBUNTU, "/ubuntu/pool/docker-ce_28_all.deb", MISSING),
        (UBUNTU, "/linux/ubuntu/gpg", MISSING),
        (DOCKER, "/linux/ubuntu/dists/jammy/InRelease", (200, b"docker jammy InRelease")),
        (DOCKER, "/linux/debian/dists/jammy/InRelease", MISSING),
        (DOCKER, "/linux/ubuntu/pool/docker-ce_28_all.deb", (200, b"engine")),
        (DOCKER, "/linux/ubuntu/gpg", (200, b"key")),
        (DOCKER, "/linux/ubuntu/gpgx", MISSING),
    ],
)
def test_each_host_has_what_is_its_own(
    archive: Archive, host: str, path: str, answer: tuple[int, bytes]
) -> None:
    """Over https; suites that are none are not there."""
    assert archive.answer(host, path, safe=True) == answer


def test_docker_answers_by_https_only(archive: Archive) -> None:
    """By http it says where else."""
    assert archive.answer(DOCKER, "/linux/ubuntu/gpg", safe=False)[0] == 301


def test_what_was_fetched_is_remembered(archive: Archive) -> None:
    """A package that was asked for in vain was not."""
    archive.answer(UBUNTU, "/ubuntu/pool/curl_8.1+b_all.deb", safe=False)
    archive.fault = "packages"
    archive.answer(DOCKER, "/linux/ubuntu/pool/docker-ce_28_all.deb", safe=True)

    assert archive.fetched == {"curl"}
    assert [told["status"] for told in archive.told] == [200, 404]


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ("lists", "/linux/ubuntu/dists/jammy/InRelease"),
        ("packages", "/linux/ubuntu/pool/docker-ce_28_all.deb"),
        ("page", "/linux/ubuntu/gpg"),
    ],
)
def test_a_fault_takes_one_kind_of_thing_away(archive: Archive, fault: str, path: str) -> None:
    """And gives it back."""
    archive.fault = fault
    broken = archive.answer(DOCKER, path, safe=True)
    archive.fault = ""

    assert broken == MISSING
    assert archive.answer(DOCKER, path, safe=True)[0] == 200


def test_a_lenient_archive_has_every_suite_and_dockers_packages(archive: Archive) -> None:
    """So that a wrong codename or a missing entry costs its own check only."""
    archive.lenient = True

    assert archive.answer(UBUNTU, "/ubuntu/dists/xenial/InRelease", safe=False)[1].startswith(
        b"everything "
    )
    assert archive.answer(UBUNTU, "/ubuntu/pool/docker-ce_28_all.deb", safe=False)[1] == b"engine"
