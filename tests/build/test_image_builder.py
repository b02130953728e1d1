"""Builds odd but right Dockerfiles on the engine, and finds whose fault a failed build is."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from grader.build.image_builder import Built, ImageBuilder
from grader.engine.docker import DockerEngine
from grader.engine.profile import IMAGE_LIMIT, MIB
from grader.facts import Fault, NotSeen
from grader.observe.session import Session
from grader.spec.assignment import Assignment
from grader.submission.snapshot import LabFiles

pytestmark = pytest.mark.docker
NAME, PATH = "exec", "Dockerfile-exec"
RUNS = 'ENTRYPOINT ["python3", "main.py"]\n'


def build(
    session: Session, lab: Assignment, text: str | bytes, files: Mapping[str, bytes] | None = None
) -> Built | NotSeen:
    """Build a Dockerfile on the lab's first base; FROM stands above the text where it has none."""
    raw = text.encode() if isinstance(text, str) else text
    if b"FROM" not in raw:
        raw = f"FROM {lab.bases[0]}\n".encode() + raw
    given = LabFiles(files={**(files or {}), PATH: raw}, executable=frozenset(), left_out={})
    return ImageBuilder(session.engine, session.bases, lab, given).build(NAME)


@pytest.mark.parametrize(
    "text",
    [
        f"# syntax=docker/dockerfile:1\nFROM BASE\n{RUNS}",
        f"# syntax=docker/dockerfile:1.7\n# escape=`\nFROM BASE\nRUN true `\n  && true\n{RUNS}",
        f"FROM --platform=linux/amd64 BASE\n{RUNS}",
        f"FROM --platform=linux/arm64 BASE AS One\nFROM one\n{RUNS}",
        'ENTRYPOINT ["python3", "main.py"] # the program\n',
        f"ONBUILD RUN false\n{RUNS}",
        f"# f\xfcr alle\nFROM BASE\nLABEL by=M\xfcller\n{RUNS}",
        f"COPY main.py p/__main__.py\nRUN python3 -m zipapp p -o /p.pyz -c\n{RUNS}",
    ],
)
def test_odd_but_right_files_are_built(session: Session, lab: Assignment, text: str) -> None:
    """On the base that was measured, with the entry point that was written."""
    found = build(session, lab, text.replace("BASE", lab.bases[0]).encode("latin-1"))

    assert isinstance(found, Built), found
    record = session.engine.image(found.image_id)
    assert record is not None
    assert tuple(record.entrypoint or ()) == ("python3", "main.py")
    assert record.layers[: len(found.base.layers)] == found.base.layers


def test_an_image_that_is_too_large_is_theirs_and_goes_at_once(
    session: Session, lab: Assignment
) -> None:
    """Also one whose steps were too quick to be cut off."""
    half = IMAGE_LIMIT * 2 // 3
    before = {entry.id for entry in session.engine.leftovers()}
    found = build(session, lab, f"RUN fallocate -l {half} /a\nRUN fallocate -l {half} /b\n{RUNS}")

    assert isinstance(found, NotSeen), found
    assert found.fault is Fault.STUDENT
    if "wrote more than" in found.why:  # on a machine so busy that a second has passed
        return
    assert f"holds {2 * half // MIB} MiB more than its base" in found.why
    left = [e for e in session.engine.leftovers() if e.id not in before and e.size >= half]
    assert not left


def test_dockerignore_holds_as_in_docker_build(session: Session, lab: Assignment) -> None:
    """What it leaves out no COPY sees; who asks for such a file is told where it went."""
    files = {".dockerignore": b"*\n!main.py\n!keep.txt\n", "keep.txt": b"", "README.md": b""}
    text = (
        "COPY . /all/\nRUN test -e /all/keep.txt && test ! -e /all/README.md && cat /all/main.py\n"
    )

    assert isinstance(build(session, lab, text + RUNS, files), Built)
    refused = build(session, lab, f"COPY README.md .\n{RUNS}", files)
    assert isinstance(refused, NotSeen)
    assert '"README.md" is not in the build, for .dockerignore leaves it out' in refused.why
    broken = build(session, lab, RUNS, {".dockerignore": b"[a"})
    assert isinstance(broken, NotSeen)
    assert broken.fault is Fault.STUDENT
    assert "docker build stops at .dockerignore, line 1" in broken.why


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('RUN ["chmodd", "+x", "a"]', 'exec: "chmodd": executable file not found'),
        ('RUN ["./main.py"]', 'exec: "./main.py"'),
        ('SHELL ["/bin/fish", "-c"]\nRUN true', 'exec: "/bin/fish"'),
        ("RUN echo first; echo the last words; exit 3", "its last line was: the last words"),
        ("RUN false", "returned a non-zero code: 1"),
    ],
)
def test_a_step_that_fails_is_the_students(
    session: Session, lab: Assignment, step: str, words: str
) -> None:
    """With its line, and with what it said last."""
    found = build(session, lab, f"{step}\n{RUNS}")

    assert isinstance(found, NotSeen)
    assert found.fault is Fault.STUDENT
    assert words in found.why
    assert found.place is not None
    assert found.place.line == 1 + len(step.split("\n"))
    assert "sha256:" not in "\n".join((found.why, *found.evidence))


def test_a_tag_that_moves_while_a_class_is_graded_changes_nothing(
    session: Session, engine: DockerEngine, lab: Assignment
) -> None:
    """What was measured is what everybody builds on."""
    base = session.bases.get(lab.bases[0])
    own = f"grader-test-{session.run_id}:1"
    lab = replace(lab, bases=(own,))
    engine.tag(base.id, own)
    try:
        first = build(session, lab, RUNS)
        assert isinstance(first, Built), first
        engine.tag(first.image_id, own)
        second = build(session, lab, f"LABEL nonce={session.run_id}\n{RUNS}")
    finally:
        engine.remove_image(own)

    assert isinstance(second, Built), second
    record = engine.image(second.image_id)
    assert record is not None
    assert record.labels["nonce"] == session.run_id
    assert record.layers == base.layers


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("FROM a\n".encode("utf-16"), "UTF-16"),
        ("FROM a\n".encode("utf-16-le"), "UTF-16"),
        (b"FROM BASE\nCOPY --chown=\xe9 a b\n", "not UTF-8"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "is no text"),
    ],
)
def test_what_is_no_text(session: Session, lab: Assignment, raw: bytes, words: str) -> None:
    """Said as what it is, and nothing is built."""
    found = build(session, lab, raw if b"FROM" in raw else raw + b"FROM")

    assert isinstance(found, NotSeen)
    assert words in found.why
