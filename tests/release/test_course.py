"""course.yaml: what pins the grader is taken, what does not is refused with its line."""

from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.release.course import Wheel, default_course, load_course
from grader.release.starter import REQUIREMENT, requirement, starter
from grader.spec.assignment import Assignment
from tests.conftest import ROOT, STAND_IN_WHEEL

NAME = "docker-tutorial-grader"
SHA, DIGEST = "0123456789" * 4, "0123456789abcdef" * 4


def _no_wheel() -> Wheel:
    raise AssertionError("a wheel of this grader was made, and none was asked for")


def _course(folder: Path, text: str) -> Path:
    path = folder / "course.yaml"
    path.write_text(f"schema: 1\n{text}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "pinned",
    [
        f"{NAME}==0.1.0",
        f"{NAME}==1.0rc1",
        f"{NAME} @ git+https://git.example.org/course/grader.git@{SHA}",
        f"{NAME} @ https://example.org/{NAME}-0.1.0-py3-none-any.whl#sha256={DIGEST}",
    ],
)
def test_what_stays_the_same_is_taken(tmp_path: Path, pinned: str) -> None:
    """An exact version, a commit, a file with its digest."""
    course = load_course(_course(tmp_path, f'grader: "{pinned}"\n'), _no_wheel)

    assert course.wheel is None
    assert requirement(course, ROOT / "templates") == f"{pinned}\n"


@pytest.mark.parametrize(
    "loose",
    [
        NAME,
        f"{NAME}>=0.1",
        f"{NAME}==0.*",
        "another-grader==0.1.0",
        f"{NAME} @ git+https://git.example.org/course/grader.git@main",
        f"{NAME} @ git+https://git.example.org/course/grader.git@0123456",
        f"{NAME} @ git+ssh://git@example.org/grader.git@{SHA}",
        f"{NAME} @ https://example.org/x.whl",
        f"{NAME} @ http://example.org/x.whl#sha256={DIGEST}",
        f"{NAME}==0.1.0 --index-url https://example.org",
        f"{NAME}==0.1.0\\n--index-url https://example.org",
        f"{NAME}==0.1.0; rm -rf /",
        "$(touch /tmp/x)",
        "nosuch.whl",
        "docker_tutorial_grader-0.1.0-py3-none-any.whl",
    ],
)
def test_what_can_change_is_refused_with_its_line(tmp_path: Path, loose: str) -> None:
    """The message says what would do."""
    with pytest.raises(UsageError) as caught:
        load_course(_course(tmp_path, f'title: Labs\ngrader: "{loose}"\n'), _no_wheel)

    assert str(caught.value).startswith(f"{tmp_path}/course.yaml:3: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour: red\n", ":2: unknown key; known are: schema, title, grader"),
        ("python: 3.9\n", ":2: "),
        ("python: '3.9'\n", ":2: "),
        ("labs: 04-images\n", ":2: "),
        ("title: [\n", ":3: "),
        ("title: ''\n", ":2: "),
    ],
)
def test_other_mistakes_come_with_their_line(tmp_path: Path, text: str, words: str) -> None:
    """As in every YAML file an author writes."""
    with pytest.raises(UsageError) as caught:
        load_course(_course(tmp_path, text), _no_wheel)

    assert words in str(caught.value)


def test_a_wheel_is_given_with_the_labs(tmp_path: Path, labs: tuple[Assignment, ...]) -> None:
    """Its path is relative to course.yaml; the starter repository holds a copy."""
    wheel = tmp_path / "docker_tutorial_grader-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK\x03\x04 a wheel")
    course = load_course(_course(tmp_path, f"grader: {wheel.name}\n"), _no_wheel)
    tree = starter(labs, course, ROOT / "templates", "9.9")

    assert tree[f".github/grader/{wheel.name}"].content == wheel.read_bytes()
    line = tree[REQUIREMENT].content.decode()
    assert line.startswith(f"./.github/grader/{wheel.name} --hash=sha256:")


def test_a_course_that_names_no_grader_gives_this_one(
    tmp_path: Path, labs: tuple[Assignment, ...]
) -> None:
    """With settings and without any: no index has to know it."""
    course = load_course(_course(tmp_path, "title: Labs\n"), lambda: STAND_IN_WHEEL)

    assert course.wheel == default_course(STAND_IN_WHEEL).wheel == STAND_IN_WHEEL
    tree = starter(labs, course, ROOT / "templates", "9.9")
    assert f"{NAME}==" not in tree[REQUIREMENT].content.decode()


def test_the_reference_stands_in_one_place_only(
    tmp_path: Path, labs: tuple[Assignment, ...]
) -> None:
    """But for Classroom 50's autograder, which must not trust the student's checkout."""
    course = load_course(_course(tmp_path, f"grader: {NAME}==7.6.5\n"), _no_wheel)
    tree = starter(labs, course, ROOT / "templates", "9.9")

    holders = [name for name, entry in tree.items() if b"7.6.5" in entry.content]
    assert holders == [".github/grader/classroom50/autograder.py", REQUIREMENT]


def test_what_a_course_does_not_use_is_left_out(
    tmp_path: Path, labs: tuple[Assignment, ...]
) -> None:
    """Each of the three situations stands alone."""
    text = "workflow: false\nclassroom50: false\ndevcontainer: false\n"
    tree = starter(
        labs,
        load_course(_course(tmp_path, text), lambda: STAND_IN_WHEEL),
        ROOT / "templates",
        "1.0",
    )

    assert not [n for n in tree if "workflows" in n or "classroom50" in n or "devcontainer" in n]
    assert "Actions" not in tree["README.md"].content.decode()
