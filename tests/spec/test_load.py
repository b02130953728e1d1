"""A spec's problems: all of them, each with its line and the nearest right word."""

import shutil
from pathlib import Path

import pytest

from grader.core.errors import SpecError
from grader.judge.check_kinds import PARAMS
from grader.spec.assignment import Aspect, Assignment, Need
from grader.spec.load import load_assignment
from tests.conftest import LAB, ROOT

SMALL = """\
schema: 1
id: lab
title: A lab
points: 3
bases: [python:3.7]
submission:
  files: [Dockerfile]
  provided: [main.py]
  program: main.py
images:
  demo: {dockerfile: Dockerfile}
words: {one: word}
observe:
  start: {run: {image: demo, args: ["{one}"]}}
parts:
  - id: all
    title: Everything
    checks:
      - id: builds
        title: it builds
        points: 1
        builds: {image: demo}
      - id: argv
        title: its arguments
        points: 2
        after: builds
        argv: {of: start, equals: ["{one}"]}
"""


def _load(tmp_path: Path, text: str) -> Assignment:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "main.py").write_text("print()\n")
    (folder / "assignment.yaml").write_text(text)
    return load_assignment(folder, PARAMS)


def _problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        _load(tmp_path, text)
    prefix = f"{tmp_path / 'lab' / 'assignment.yaml'}:"
    assert all(problem.startswith(prefix) for problem in caught.value.problems)
    return [problem.removeprefix(prefix) for problem in caught.value.problems]


def test_a_right_spec_loads(tmp_path: Path) -> None:
    """Every part of it arrives where later stages look for it."""
    lab = _load(tmp_path, SMALL)

    assert [check.id for check in lab.checks] == ["builds", "argv"]
    assert lab.checks[1].params.needs() == (Need("start", Aspect.PROCESSES),)
    assert lab.images_of("start") == ("demo",)
    assert lab.provided == {"main.py": b"print()\n"}


def test_five_mistakes_give_five_messages_with_their_lines(tmp_path: Path) -> None:
    """An author mends all of them in one go."""
    text = (
        SMALL.replace("title: A lab", "titel: A lab")
        .replace("dockerfile: Dockerfile}", "dockerfile: Dockerfil}")
        .replace("points: 2", "points: two")
        .replace("after: builds", "after: build")
        .replace("builds: {image: demo}", "build: {image: demo}")
    )

    problems = _problems(tmp_path, text)

    assert problems == [
        "1: the key 'title' is missing",
        "3: unknown key 'titel'; did you mean 'title'?",
        "19: this check names no kind; it needs one of: " + ", ".join(sorted(PARAMS)),
        "22: unknown key 'build'; did you mean 'builds'?",
        "25: points: input should be a valid integer",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("points: 3", "points: 4", "4: points is 4, but the checks add up to 3"),
        ("id: lab", "id: other", "2: id is 'other', but the folder is called 'lab'"),
        ("schema: 1", "schema: 2", "1: schema: input should be less than or equal to 1"),
        (
            "after: builds",
            "after: argv",
            "26: 'argv' is not an earlier check's id; known are: builds",
        ),
        ("of: start", "of: strat", "27: there is no observation 'strat'; did you mean 'start'?"),
        ("{run: {image: demo", "{run: {image: dem", "14: there is no image 'dem'; did you mean"),
        (
            '{run: {image: demo, args: ["{one}"]}}',
            "{walk: {image: demo}}",
            "14: this observation names no kind",
        ),
        ('args: ["{one}"]', 'args: ["{eno}"]', "14: '{eno}' is not a word; known are: one"),
        (
            "        after: builds\n",
            "        after: builds\n        reproduce: docker run ${x} -f '{{.Id}}' {one} {eno}\n",
            "27: '{eno}' is not a word; known are: one",
        ),
        (
            "provided: [main.py]",
            "provided: [main.py, gone.txt]",
            "8: the provided file 'gone.txt' is not in",
        ),
        ("program: main.py", "program: other.py", "9: 'other.py' is not among submission.provided"),
        (
            "files: [Dockerfile]",
            "files: [../Dockerfile]",
            "7: submission.files.0: must be a plain file name",
        ),
        (
            '        argv: {of: start, equals: ["{one}"]}',
            "        stop: {of: start, ends: handled}\n        argv: {of: start, equals: []}",
            "a check has one kind",
        ),
        ("- id: argv", "- id: builds", "23: the check id 'builds' is used twice"),
        ("bases: [python:3.7]", "bases: []", "5: bases:"),
        (
            "    checks:\n",
            "    checks: []\n    more:\n",
            "checks must be a list with at least one entry",
        ),
    ],
)
def test_each_mistake_is_named_where_it_stands(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """With the line, what was seen, and where possible what was meant."""
    assert old in SMALL
    problems = _problems(tmp_path, SMALL.replace(old, new, 1))

    assert any(problem in entry for entry in problems), problems


@pytest.mark.parametrize("text", ["", "- a", "just text", "a: [", "\x00", "a: &x 1\nb: *x"])
def test_what_is_no_spec_is_one_clear_message(tmp_path: Path, text: str) -> None:
    """Never a traceback."""
    assert _problems(tmp_path, text)


def test_an_observation_nobody_looks_at_is_a_mistake(tmp_path: Path) -> None:
    """No probe runs for nothing."""
    text = SMALL.replace("observe:\n", "observe:\n  idle: {run: {image: demo}}\n")

    assert _problems(tmp_path, text) == ["14: no check looks at the observation 'idle'"]


def test_the_digest_changes_with_the_spec_and_with_a_provided_file(tmp_path: Path) -> None:
    """A result says exactly what it was graded against."""
    digests = set()
    for name, change in [("a", ""), ("b", "assignment.yaml"), ("c", "main.py")]:
        folder = tmp_path / name / LAB
        shutil.copytree(ROOT / "assignments" / LAB, folder)
        if change:
            with (folder / change).open("a") as file:
                file.write("# changed\n")
        digests.add(load_assignment(folder, PARAMS).digest)

    assert len(digests) == 3
