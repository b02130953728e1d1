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


def _names_no_cause(course: Path) -> None:
    _replace(_wrong(course) / "expect.yaml", "cause: trap-missing\n", "")


def _unknown_cause(course: Path) -> None:
    _replace(_wrong(course) / "expect.yaml", "cause: trap-missing", "cause: trap-mising")


def _unknown_check(course: Path) -> None:
    _replace(_wrong(course) / "expect.yaml", "flags: []", "flags: [stop]")


def _no_yaml(course: Path) -> None:
    (_wrong(course) / "expect.yaml").write_text("about: [\n", encoding="utf-8")


def _no_expectation(course: Path) -> None:
    (_wrong(course) / "expect.yaml").unlink()


def _unknown_key(course: Path) -> None:
    with (_wrong(course) / "expect.yaml").open("a", encoding="utf-8") as file:
        file.write("skiped: [declared]\n")


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


def _fails_behind_what_is_lost(course: Path) -> None:
    path = _wrong(course) / "expect.yaml"
    _replace(path, "failed:\n", 'failed:\n  add-line: ""\n  lost: ""\n')
    # One that passes where nothing happens, too.
    _replace(_spec(course), ", unlike: wrote", "")


def _misspelt_file(course: Path) -> None:
    (_wrong(course) / "entrypiont.sh").write_text("exit\n", encoding="utf-8")


def _file_that_nothing_names(course: Path) -> None:
    (_wrong(course) / "entrypoint.sh").rename(_wrong(course) / "another.py")


def _too_few_points_for_questions(course: Path) -> None:
    _replace(_spec(course), "points: 22", "points: 25")
    _replace(_spec(course), "title: What is left\n    points: 1", "title: Left\n    points: 4")


def _nothing_to_explain(course: Path) -> None:
    _replace(_spec(course), "    free: {}", "    text: {}")


def _does_not_wait(course: Path) -> None:
    _replace(_spec(course), "        after: builds\n        declares", "        declares")


def _no_check_of_the_build(course: Path) -> None:
    _replace(_spec(course), "builds: {image: demo}", "form: {image: demo, is: exec}")


def _no_such_step(course: Path) -> None:
    _replace(_spec(course), "step: container-1}", "step: container}")


def _another_kind_of_observation(course: Path) -> None:
    _replace(_spec(course), "starts: {of: new, step: container-1}", "pid1: {of: new, is: shell}")


def _no_text(course: Path) -> None:
    (_spec(course).parent / "README.md").unlink()


def _no_reason(course: Path) -> None:
    _replace(course / "solutions" / LAB / "key.yaml", "    why: A bind mount hides", "    # why")


def _strict_key(course: Path) -> None:
    _replace(course / "solutions" / LAB / "key.yaml", "tolerance: 1, ", "")


def _loose_key(course: Path) -> None:
    _replace(course / "solutions" / LAB / "key.yaml", "tolerance: 1, ", "tolerance: 20, ")


def _nothing_to_try_the_key_on(course: Path) -> None:
    (course / "solutions" / LAB / "spoken.yaml").unlink()


def _one_question_is_not_tried(course: Path) -> None:
    _replace(course / "solutions" / LAB / "spoken.yaml", "tail-in-the-", "tail-in-")


def _too_few_to_try(course: Path) -> None:
    path = course / "solutions" / LAB / "spoken.yaml"
    _replace(path, '      - "10 or 0"\n', "")
    for text in ("never", "30", "1 s"):
        _replace(path, f'      - "{text}"\n', "")


def _model_is_wrong(course: Path) -> None:
    path = course / "solutions" / LAB / "key.yaml"
    _replace(path, "order: [c, b, a]", "order: [c, a, b]")


def _model_is_of_another_day(course: Path) -> None:
    notebook = course / "solutions" / LAB / "model" / "answers.ipynb"
    _replace(notebook, "Predict first", "Predict at first")


def _solved_already(course: Path) -> None:
    with (_spec(course).parent / "Dockerfile").open("a", encoding="utf-8") as file:
        file.write('CMD ["./entrypoint.sh", "../data/save_file"]\n')


def _key_in_the_text(course: Path) -> None:
    with (_spec(course).parent / "README.md").open("a", encoding="utf-8") as file:
        file.write("\nA bind mount hides what the image\nhas there; the copying happens for new ")
        file.write("volumes only.\n")


def _says_the_same(course: Path) -> None:
    shutil.copytree(_wrong(course), _wrong(course, "no-trap-again"))


@pytest.mark.parametrize(
    ("mistake", "where", "words"),
    [
        (_four_questions, "assignment.yaml:181:", "asks 4 questions; a lab asks 5 at the least"),
        (_no_notebook, "answers.ipynb:1:", "`grader notebook` makes it"),
        (_another_notebook, "answers.ipynb:1:", "is not what the questions make of it"),
        (_no_key, "key.yaml", "key.yaml"),
        (_key_lacks_an_answer, "key.yaml:", "without-a-volume"),
        (_no_model, "model:1:", "holds the solution that gets full marks"),
        (_model_lacks_a_file, "model/entrypoint.sh:1:", "though the lab asks for entrypoint.sh"),
        (_model_does_not_answer, "model/answers.ipynb:1:", "does not answer 'without-a-volume'"),
        (_nobody_loses_a_check, "assignment.yaml:", "no wrong solution loses"),
        (
            _unknown_check,
            "no-trap/expect.yaml:6:",
            "'stop' is no check of 05-volumes; did you",
        ),
        (_names_no_cause, "no-trap/expect.yaml:1:", "names no `cause`"),
        (_unknown_cause, "no-trap/expect.yaml:2:", "no cause; did you mean 'trap-missing'?"),
        (_no_yaml, "no-trap/expect.yaml:2:", "expected the node content"),
        (_no_expectation, "no-trap/expect.yaml:1:", "cannot be read"),
        (_a_number_for_a_list, "no-trap/expect.yaml:2:", "`failed` is no list of checks"),
        (_a_word_for_a_list, "no-trap/expect.yaml:2:", "`flags` is no list of checks"),
        (_unknown_key, "no-trap/expect.yaml:7:", "'skiped'; did you mean 'skipped'?"),
        (_loses_nothing, "no-trap/expect.yaml:1:", "loses no check"),
        (_right_that_loses, "right/python/expect.yaml:1:", "what is right loses none"),
        (_skips_what_cannot_be, "no-trap/expect.yaml:2:", "cannot be skipped"),
        (_changes_nothing, "no-trap/expect.yaml:1:", "changes nothing"),
        (_takes_away_nothing, "nothing.sh.absent:1:", "takes away nothing.sh"),
        (_fails_behind_what_is_lost, "no-trap/expect.yaml:5:", "'lost' cannot fail: it waits"),
        (_misspelt_file, "no-trap/entrypiont.sh:1:", "did you mean 'entrypoint.sh'?"),
        (_file_that_nothing_names, "no-trap/another.py:1:", "names it"),
        (_too_few_points_for_questions, "assignment.yaml:181:", "the questions have 10 points"),
        (_nothing_to_explain, "assignment.yaml:181:", "has no question of kind `free`"),
        (_does_not_wait, "assignment.yaml:96:", "'declared' does not wait for 'builds'"),
        (_no_check_of_the_build, "assignment.yaml:92:", "which no check of kind `builds` is about"),
        (_no_such_step, "assignment.yaml:107:", "the scene 'new' has no step 'container'; it has"),
        (_another_kind_of_observation, "assignment.yaml:107:", "'new' is a scene; a check of kind"),
        (_no_text, "README.md:1:", "is not there; it is the text that students read"),
        (_no_reason, "key.yaml:8:", "'folder-of-the-host' has no `why`"),
        (_strict_key, "spoken.yaml:10:", "refuses '10,2 s', which is right; widen the key"),
        (_loose_key, "spoken.yaml:14:", "takes '1 s', which is wrong; narrow the key"),
        (_nothing_to_try_the_key_on, "spoken.yaml:1:", "cannot be read"),
        (_one_question_is_not_tried, "spoken.yaml:3:", "no answers to 'tail-in-the-foreground'"),
        (_too_few_to_try, "spoken.yaml:12:", "wrong: tuple should have at least 3 items"),
        (_model_is_wrong, "model/answers.ipynb:1:", "answers 'lines-of-the-log' wrong"),
        (_model_is_of_another_day, "model/answers.ipynb:1:", "asks what the questions asked"),
        (_solved_already, "05-volumes/Dockerfile:2:", "is a line of the model"),
        (_key_in_the_text, "README.md:", "holds a sentence of the key: 'A bind mount hides"),
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


def test_a_mistake_that_no_cause_fits_may_say_so(course: Path) -> None:
    """The report then has to do with the check's hint."""
    _replace(_wrong(course) / "expect.yaml", "cause: trap-missing", "cause: none")
    done = run("lint", "--assignments", course / "assignments", cwd=course, env=os.environ)

    assert done.returncode == 0, done.stderr


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
