"""`grader lint` finds before any grading what does not fit, each mistake with its file and line."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.conftest import ROOT

LAB = "05-volumes"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a folder with one lab and its solutions, of which nothing is wrong."""
    for name in ("assignments", "solutions"):
        shutil.copytree(ROOT / name / LAB, tmp_path / name / LAB)
    return tmp_path


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _spec(course: Path) -> Path:
    return course / "assignments" / LAB / "assignment.yaml"


def _wrong(course: Path, name: str = "no-trap") -> Path:
    return course / "solutions" / LAB / "wrong" / name


def _four_questions(course: Path) -> None:
    text = _spec(course).read_text(encoding="utf-8")
    head, _, rest = text.replace("points: 22\n", "points: 19\n").partition("questions:\n")
    entries = rest.split("\n  - ")
    _spec(course).write_text(head + "questions:\n" + "\n  - ".join(entries[:4]), encoding="utf-8")


def _no_notebook(course: Path) -> None:
    (course / "assignments" / LAB / "answers.ipynb").unlink()


def _another_notebook(course: Path) -> None:
    _replace(course / "assignments" / LAB / "answers.ipynb", "Volumes", "Volume")


def _no_key(course: Path) -> None:
    (course / "solutions" / LAB / "key.yaml").unlink()


def _key_lacks_an_answer(course: Path) -> None:
    _replace(course / "solutions" / LAB / "key.yaml", "without-a-volume:", "without-volume:")


def _no_model(course: Path) -> None:
    shutil.rmtree(course / "solutions" / LAB / "model")


def _model_lacks_a_file(course: Path) -> None:
    (course / "solutions" / LAB / "model" / "entrypoint.sh").unlink()


def _model_does_not_answer(course: Path) -> None:
    notebook = course / "solutions" / LAB / "model" / "answers.ipynb"
    shutil.copy(course / "assignments" / LAB / "answers.ipynb", notebook)


def _nobody_loses_a_check(course: Path) -> None:
    for overlay in _wrong(course).parent.iterdir():
        text = (overlay / "expect.yaml").read_text(encoding="utf-8")
        if "declared" in text:
            shutil.rmtree(overlay)


def _unknown_check(course: Path) -> None:
    with (_wrong(course) / "expect.yaml").open("a", encoding="utf-8") as file:
        file.write("flags: [no-such-check]\n")


def _no_yaml(course: Path) -> None:
    (_wrong(course) / "expect.yaml").write_text("about: [\n", encoding="utf-8")


def _no_expectation(course: Path) -> None:
    (_wrong(course) / "expect.yaml").unlink()


def _unknown_key(course: Path) -> None:
    with (_wrong(course) / "expect.yaml").open("a", encoding="utf-8") as file:
        file.write("looses: [volume-declared]\n")


def _a_number_for_a_list(course: Path) -> None:
    (_wrong(course) / "expect.yaml").write_text("about: A number.\nfailed: 3\n", encoding="utf-8")


def _a_word_for_a_list(course: Path) -> None:
    (_wrong(course) / "expect.yaml").write_text("about: A word.\nflags: loses\n", encoding="utf-8")


def _loses_nothing(course: Path) -> None:
    (_wrong(course) / "expect.yaml").write_text("about: Nothing.\n", encoding="utf-8")


def _right_that_loses(course: Path) -> None:
    right = course / "solutions" / LAB / "right" / "python"
    shutil.copy(_wrong(course) / "expect.yaml", right / "expect.yaml")


def _skips_what_cannot_be(course: Path) -> None:
    (_wrong(course) / "expect.yaml").write_text(
        "about: Alone.\nskipped: [builds]\nflags: [builds]\n", encoding="utf-8"
    )


def _changes_nothing(course: Path) -> None:
    for path in _wrong(course).iterdir():
        if path.name != "expect.yaml":
            shutil.copy(course / "solutions" / LAB / "model" / path.name, path)


def _takes_away_nothing(course: Path) -> None:
    (_wrong(course) / "nothing.sh.absent").touch()


def _says_the_same(course: Path) -> None:
    shutil.copytree(_wrong(course), _wrong(course, "no-trap-again"))


@pytest.mark.parametrize(
    ("mistake", "where", "words"),
    [
        (_four_questions, "assignment.yaml:1:", "asks 4 questions; a lab asks 5 at the least"),
        (_no_notebook, "answers.ipynb:1:", "`grader notebook` makes it"),
        (_another_notebook, "answers.ipynb:1:", "is not what the questions make of it"),
        (_no_key, "key.yaml", "key.yaml"),
        (_key_lacks_an_answer, "key.yaml:", "without-a-volume"),
        (_no_model, "model:1:", "holds the solution that gets full marks"),
        (_model_lacks_a_file, "model/entrypoint.sh:1:", "though the lab asks for entrypoint.sh"),
        (_model_does_not_answer, "model/answers.ipynb:1:", "does not answer 'without-a-volume'"),
        (_nobody_loses_a_check, "assignment.yaml:", "no wrong solution loses"),
        (_unknown_check, "no-trap/expect.yaml:", "'no-such-check' is no check of 05-volumes"),
        (_no_yaml, "no-trap/expect.yaml:2:", "is no YAML"),
        (_no_expectation, "no-trap/expect.yaml:1:", "cannot be read"),
        (_unknown_key, "no-trap/expect.yaml:", "`looses` is no key of it"),
        (_a_number_for_a_list, "no-trap/expect.yaml:2:", "`failed` is no list of checks"),
        (_a_word_for_a_list, "no-trap/expect.yaml:2:", "`flags` is no list of checks"),
        (_loses_nothing, "no-trap/expect.yaml:1:", "loses no check"),
        (_right_that_loses, "right/python/expect.yaml:1:", "what is right loses none"),
        (_skips_what_cannot_be, "no-trap/expect.yaml:1:", "cannot be skipped"),
        (_changes_nothing, "no-trap/expect.yaml:1:", "changes nothing"),
        (_takes_away_nothing, "nothing.sh.absent:1:", "takes away nothing.sh"),
        (_says_the_same, "no-trap-again/expect.yaml:1:", "says the same as no-trap"),
    ],
)
def test_each_mistake_is_named_where_it_stands(
    course: Path, mistake: Callable[[Path], None], where: str, words: str
) -> None:
    """With what was seen and what to do."""
    mistake(course)

    done = run("lint", "--assignments", course / "assignments", cwd=course, env=os.environ)

    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if where in line and words in line]
    assert lines, done.stderr


def test_a_lab_of_ones_own_needs_no_solutions(course: Path) -> None:
    """But lint says that it could not look at any."""
    shutil.rmtree(course / "solutions")
    done = run("lint", "--assignments", course / "assignments", cwd=course, env=os.environ)

    assert done.returncode == 0, done.stderr
    assert "Solutions stand beside 0 of them" in done.stdout


def test_the_labs_of_this_checkout_are_fine(tmp_path: Path) -> None:
    """Every rule holds for them."""
    done = run("lint", cwd=tmp_path, env=os.environ)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("points: fine.\n")
