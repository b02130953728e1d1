"""An edited file of Python's own library is seen by what it holds."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from typing import cast

import pytest

from grader.build.dockerfile.parser import parse
from grader.build.image_builder import Built
from grader.engine.protocol import ContainerSpec, Engine
from grader.engine.tar import digests
from grader.facts import BaseFacts
from grader.observe.stdlib_files import LibraryFiles

OWN = "/usr/local/lib/python3.7"
PRISTINE = {"signal.py": "1", "json/__init__.py": "2", "gone.py": "3"}


class Shelf:
    """An engine with a base, and one image whose library holds what it is given."""

    def __init__(self, image: Mapping[str, str] | None) -> None:
        self._held: Mapping[str, Mapping[str, str] | None] = {"base": PRISTINE, "image": image}
        self.looks: list[str] = []

    def create(self, spec: ContainerSpec) -> str:
        """Return a container that is called like its image."""
        return spec.image

    def remove(self, _: str) -> None:
        """Remove one."""

    def digests(self, container: str, path: str, _: int) -> Mapping[str, str] | None:
        """Return what is in there."""
        assert path == OWN
        self.looks.append(container)
        return self._held[container]


def _built(text: str) -> Built:
    base = BaseFacts(
        name="python:3.7",
        id="base",
        standin=False,
        layers=(),
        shell_exe="",
        shell_stays=False,
        interpreters={},
        libraries={OWN: "then", f"{OWN}/site-packages": ""},
    )
    return Built("image", parse(f"FROM python:3.7\n{text}\n"), base)


def _changed(image: Mapping[str, str] | None, text: str = "RUN true") -> tuple[str, ...]:
    engine = cast("Engine", Shelf(image))
    return LibraryFiles().changed(engine, _built(text), "image", "run")


@pytest.mark.parametrize(
    ("image", "changed"),
    [
        (PRISTINE, ()),
        (PRISTINE | {"signal.py": "edited"}, ("signal.py",)),
        (PRISTINE | {"more.py": "4"}, ("more.py",)),
        ({"signal.py": "1", "json/__init__.py": "2"}, ("gone.py",)),
        # What Python compiles when a step of the build runs it.
        (PRISTINE | {"__pycache__/signal.cpython-37.pyc": "5"}, ()),
        (PRISTINE | {"json/__pycache__/__init__.cpython-37.pyc": "5"}, ()),
        (
            PRISTINE | {"__pycache__/other.cpython-37.pyc": "5"},
            ("__pycache__/other.cpython-37.pyc",),
        ),
    ],
)
def test_what_is_not_as_in_the_base_is_named(
    image: Mapping[str, str], changed: tuple[str, ...]
) -> None:
    """Whatever its time says."""
    assert _changed(image) == tuple(f"{OWN}/{name}" for name in changed)


def test_a_library_that_is_gone_or_too_large_is_named_as_a_whole() -> None:
    """It cannot be compared."""
    assert _changed(None) == (OWN,)


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("WORKDIR /usr/src/app\nCOPY main.py .", 0),
        ("COPY main.py other.py /opt/app/", 0),
        ("COPY signal.py /usr/local/lib/python3.7/", 2),
        ("COPY tree /", 2),
        ("COPY tree /usr", 2),
        ('COPY ["main.py", "/usr/local/"]', 2),
        ("ENV D=/usr/local/lib\nCOPY main.py $D", 2),
        ("WORKDIR /usr/local/lib/python3.7\nCOPY signal.py .", 2),
        ("WORKDIR /usr/src\nCOPY tree ../local/lib", 2),
        ("ADD data.tar.gz /usr/src/app", 2),
        ("RUN true", 2),
        ("FROM python:3.7\nCOPY --from=0 /x /y", 2),
    ],
)
def test_it_is_looked_at_where_a_step_can_have_written_there(text: str, looks: int) -> None:
    """Most Dockerfiles cannot have, and cost nothing; a base is read once."""
    shelf, libraries = Shelf(PRISTINE), LibraryFiles()
    for _ in range(2):
        assert libraries.changed(cast("Engine", shelf), _built(text), "image", "run") == ()
    assert shelf.looks == ["base", "image", "image"][: looks + 1 if looks else 0]


def test_files_of_an_archive_by_content() -> None:
    """By their paths below the folder; over the limit there is no answer."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in (("lib/a.py", b"a"), ("lib/b/c.py", b"c" * 5000)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("lib/link")
        link.type, link.linkname = tarfile.SYMTYPE, "a.py"
        tar.addfile(link)
    raw = out.getvalue()
    chunks = [raw[at : at + 700] for at in range(0, len(raw), 700)]

    assert digests(iter(chunks), len(raw)) == {
        "a.py": hashlib.sha256(b"a").hexdigest(),
        "b/c.py": hashlib.sha256(b"c" * 5000).hexdigest(),
        "link": "-> a.py",
    }
    assert digests(iter(chunks), 2000) is None
