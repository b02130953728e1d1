"""Questions and keys: every mistake with its line, and no pattern that could take long."""

from pathlib import Path

import pytest

from grader.core.errors import SpecError, UsageError
from grader.judge.check_kinds import PARAMS
from grader.spec.assignment import Assignment
from grader.spec.keys import KEY_FILE, Key, load_key, load_keys
from grader.spec.load import load_assignment
from grader.spec.patterns import matches
from tests.conftest import LAB, ROOT
from tests.spec.test_load import SMALL

QUESTIONS = """\
questions:
  - id: one
    title: One of two
    points: 1
    prompt: Which?
    choice: {options: {a: left, b: right}}
  - id: sorted
    title: In order
    points: 1
    prompt: How?
    order: {items: {a: first, b: second}}
  - id: words
    title: Some words
    points: 1
    prompt: Who?
    text: {}
  - id: long
    title: In your own words
    points: 2
    prompt: Why?
    free: {}
"""
KEY = """\
schema: 1
answers:
  one: {choice: b, why: because}
  sorted: {order: [b, a]}
  words: {text: {any: [me, 137], pattern: "(my)?self"}}
  long: {free: {rubric: [{points: 1, text: this}, {points: 1, text: that}], model: so}}
"""


def _lab(tmp_path: Path, questions: str = QUESTIONS) -> Assignment:
    folder = tmp_path / "lab"
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text("print()\n")
    (folder / "assignment.yaml").write_text(SMALL.replace("points: 3", "points: 8") + questions)
    return load_assignment(folder, PARAMS)


def _key(tmp_path: Path, text: str) -> Key:
    path = tmp_path / KEY_FILE
    path.write_text(text)
    return load_key(path, _lab(tmp_path))


def test_a_right_key_loads(tmp_path: Path) -> None:
    """A number among the words is a word."""
    key = _key(tmp_path, KEY)

    assert list(key.answers) == ["one", "sorted", "words", "long"]
    assert key.answers["one"].why == "because"
    assert key.digest == _key(tmp_path, KEY).digest
    assert key.digest != _key(tmp_path, KEY.replace("choice: b", "choice: a")).digest


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("id: sorted", "id: one", "the question id 'one' is used twice"),
        ("id: words", "id: argv", "the id 'argv' is a check's already"),
        ("    text: {}\n", "", "this question names no kind"),
        ("text: {}", "txet: {}", "unknown key 'txet'; did you mean 'text'?"),
        ("text: {}", "text: {}\n    free: {}", "has one kind, this one has text and free"),
        ("points: 2", "points: 3", "points is 8, but the checks and questions add up to 9"),
        ("points: 2", "points: 0", "greater than or equal to 1"),
        ("{a: left, b: right}", "{a: left}", "at least 2 items"),
        ("{a: left, b: right}", "{A: left, b: right}", "should match pattern"),
        ("    prompt: Who?\n", "", "the key 'prompt' is missing"),
        ("questions:\n", "questions: {}\nother:\n", "questions must be a list"),
    ],
)
def test_a_mistake_in_the_questions_is_named(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """With file and line."""
    assert old in QUESTIONS
    with pytest.raises(SpecError) as caught:
        _lab(tmp_path, QUESTIONS.replace(old, new, 1))

    assert any(problem in entry for entry in caught.value.problems), caught.value.problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  one: {", "  won: {", "3: lab asks no question 'won'; did you mean 'one'?"),
        ("  one: {choice: b, why: because}\n", "", "2: there is no answer to the question 'one'"),
        ("{choice: b", "{choices: [b]", "3: 'one' is a question of the kind choice, not choices"),
        ("choice: b", "choice: c", "3: there is no option 'c'; known are: a, b"),
        ("choice: b", "choice: yes", "3: choice: string should match pattern"),
        ("{choice: b, ", "{", "3: this answer names no kind"),
        ("why: because", "wy: because", "3: unknown key 'wy'; did you mean 'why'?"),
        ("[b, a]", "[b]", "4: order: tuple should have at least 2 items"),
        ("[b, a]", "[b, b]", "4: an order needs every item; missing: a"),
        ("any: [me, 137], ", "any: [], ", ""),
        ('{any: [me, 137], pattern: "(my)?self"}', "{}", "5: text needs any, pattern or both"),
        ("(my)?self", "((a{30}){30}){30}", "5: text.pattern: is no pattern that RE2 knows"),
        ("(my)?self", "(?=a)b", "5: text.pattern: is no pattern that RE2 knows"),
        ("(my)?self", "(a", "5: text.pattern: is no pattern that RE2 knows"),
        ("{points: 1, text: that}", "{points: 2, text: that}", "6: the rubric adds up to 3 points"),
        ("model: so", "modle: so", "6: the key 'model' is missing"),
        ("answers:", "answers: &x\n  y: *x\nz:", "aliases"),
        ("  sorted:", "  one: {choice: a}\n  sorted:", "the key 'one' stands here a second time"),
        ("schema: 1", "schema: 2", "1: schema: input should be less than or equal to 1"),
        ("schema: 1", "schema: !!python/object/apply:os.system [id]", "1: tags"),
        ("(my)?self", "\t", ""),
    ],
)
def test_a_mistake_in_a_key_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """With file and line, and never the right answer of another question."""
    assert old in KEY
    text = KEY.replace(old, new, 1)
    if not problem:
        _key(tmp_path, text)
        return
    with pytest.raises(SpecError) as caught:
        _key(tmp_path, text)

    problems = [entry.removeprefix(f"{tmp_path / KEY_FILE}:") for entry in caught.value.problems]
    assert any(problem in entry for entry in problems), problems


def test_keys_are_looked_for_by_lab(tmp_path: Path) -> None:
    """One file for each lab that asks something; none at all is the wrong folder."""
    lab = _lab(tmp_path)
    with pytest.raises(UsageError, match="Name the folder that holds the labs' solutions"):
        load_keys(tmp_path, [lab])
    (tmp_path / "solutions" / "lab").mkdir(parents=True)
    (tmp_path / "solutions" / "lab" / KEY_FILE).write_text(KEY)
    assert list(load_keys(tmp_path / "solutions", [lab])) == ["lab"]


def test_every_key_of_the_course_loads(labs: tuple[Assignment, ...]) -> None:
    """`grader lint` says what else a key needs."""
    keys = load_keys(ROOT / "solutions", labs)

    assert list(keys) == [lab.id for lab in labs]
    assert LAB in keys


def test_a_pattern_takes_no_longer_with_more_text() -> None:
    """RE2 does not try things out again and again."""
    assert matches("a?" * 25 + "a" * 25, "a" * 25)
    assert not matches("(x|y)*z", "xy" * 1000)
    assert not matches("(a+)+b", "a" * 2000)
    assert not matches("((a|aa)*c?)*b", "a" * 2000)
    assert matches("[a-z ]+", "AB c")
