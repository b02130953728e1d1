"""`grader lint`: whether every lab can be used, for those who write labs."""

from collections.abc import Iterator
from pathlib import Path

import click

from grader.batch.solution_leaks import leak_problems
from grader.batch.solution_rules import check_losses, solution_problems
from grader.batch.solutions import Solutions, read_solutions, solutions_beside
from grader.cli.common import assignments_option, load_labs
from grader.core.errors import SpecError
from grader.judge.key_rules import check_key, check_spoken, model_problems
from grader.judge.spec_rules import check_checks, check_questions
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import KEY_FILE, Key, load_key
from grader.spec.notebook.cells import INTRODUCTION, PROMPT
from grader.spec.notebook.find_answers import read_answers
from grader.spec.notebook.source import Unreadable, read_cells
from grader.spec.notebook.writer import write_notebook
from grader.spec.public import NOTEBOOK, README, SPEC_FILE, public_spec, student_files
from grader.spec.reader import Reader, read_document
from grader.spec.spoken import SPOKEN_FILE, needs_spoken, read_spoken
from grader.spec.yaml import Value


@click.command()
@assignments_option
def lint(assignments: Path | None) -> int:
    """Check every lab, with its notebook, key and solutions; each problem with file and line."""
    labs = load_labs(assignments)
    problems = [problem for lab in labs for problem in _problems(lab, own=assignments is None)]
    if problems:
        raise SpecError(list(dict.fromkeys(problems)))
    solved = sum(solutions_beside(lab).is_dir() for lab in labs)
    checks = sum(len(lab.checks) for lab in labs)
    questions = sum(len(lab.questions) for lab in labs)
    points = sum(lab.points for lab in labs)
    click.echo(f"{len(labs)} labs, {checks} checks, {questions} questions, {points} points: fine.")
    if solved < len(labs):
        click.echo(
            f"Solutions stand beside {solved} of them; of the others the specs were checked."
        )
    return 0


def _problems(lab: Assignment, *, own: bool) -> Iterator[str]:
    """Yield what is wrong with one lab.

    Solutions are looked at where they stand beside the lab; the checkout's `own` labs have them.
    """
    path, solutions = lab.folder / SPEC_FILE, solutions_beside(lab)
    reader = Reader(path, read_document(path))
    check_checks(reader, lab)
    yield from _given(lab)
    if solutions.is_dir():
        check_questions(reader, lab)
        found = read_solutions(solutions)
        check_losses(reader, lab, found.overlays)
        yield from solution_problems(lab, found)
        yield from _answers(lab, found)
    elif own and solutions.parent.is_dir():
        yield f"{solutions}:1: is not there; it holds the lab's model/, wrong/, right/ and key"
    yield from reader.give_up().problems


def given_problems(lab: Assignment) -> Iterator[str]:
    """Yield why what students would get of a lab is not what its author wrote for them.

    Who tries a lab in its own folder leaves answers, solved files and gaps there.
    """
    yield from _given(lab)
    solutions = solutions_beside(lab)
    if solutions.is_dir():
        yield from _leaks(lab, read_solutions(solutions), {})


def _given(lab: Assignment) -> Iterator[str]:
    if not (lab.folder / README).is_file():
        yield f"{lab.folder / README}:1: is not there; it is the text that students read"
    for name in lab.submission.files:
        if not (lab.folder / name).is_file():
            text = "is not there, and the spec names it among the files that students fill in"
            yield f"{lab.folder / name}:1: {text}; an empty one, or one with comments, will do"
    yield from _notebook(lab) if lab.questions else ()


def _leaks(lab: Assignment, solutions: Solutions, key: Value) -> Iterator[str]:
    yield from leak_problems(lab, _released(lab), solutions, key)


def _notebook(lab: Assignment) -> Iterator[str]:
    path = lab.folder / NOTEBOOK
    try:
        found = path.read_bytes()
    except OSError as error:
        yield f"{path}:1: cannot be read: {error.strerror}; `grader notebook` makes it"
        return
    if found != write_notebook(lab, catalog.folder("templates")).encode():
        yield f"{path}:1: is not what the questions make of it today; run `grader notebook`"


def _answers(lab: Assignment, solutions: Solutions) -> Iterator[str]:
    """Yield what is wrong with a lab's key, and with what is held against it."""
    if not lab.questions:
        return
    path = solutions.folder / KEY_FILE
    try:
        key = load_key(path, lab)
    except SpecError as error:
        yield from error.problems
        return
    reader = Reader(path, read_document(path))
    check_key(reader, lab, key)
    yield from reader.give_up().problems
    yield from _spoken(lab, solutions.folder / SPOKEN_FILE, key)
    yield from _model(lab, solutions, key)
    yield from _leaks(lab, solutions, reader.document.value)


def _spoken(lab: Assignment, path: Path, key: Key) -> Iterator[str]:
    if not path.is_file() and not any(map(needs_spoken, lab.questions)):
        return
    try:
        reader = Reader(path, read_document(path))
    except SpecError as error:
        yield from error.problems
        return
    check_spoken(reader, lab, key, read_spoken(reader, lab.questions))
    yield from reader.give_up().problems


def _model(lab: Assignment, solutions: Solutions, key: Key) -> Iterator[str]:
    """Yield what is wrong with the model's notebook: its answers, and questions of another day."""
    notebook = (solutions.model or {}).get(NOTEBOOK)
    if notebook is None:
        return
    path = solutions.folder / "model" / NOTEBOOK
    for text in model_problems(lab, key, read_answers(lab.questions, notebook.content)):
        yield f"{path}:1: {text}"
    today = write_notebook(lab, catalog.folder("templates")).encode()
    if _prompts(notebook.content) != _prompts(today):
        text = "asks what the questions asked another day; copy its answers into a new notebook"
        yield f"{path}:1: {text}"


def _prompts(content: bytes) -> dict[str, str]:
    try:
        cells = read_cells(content)
    except Unreadable:
        return {}
    return {c.name: c.source for c in cells if c.name.startswith((INTRODUCTION, PROMPT))}


def _released(lab: Assignment) -> dict[str, bytes]:
    """Return the lab's files for students by name."""
    text = (lab.folder / SPEC_FILE).read_text(encoding="utf-8")
    paths = [lab.folder / name for name in student_files(text)]
    found = {path.name: path.read_bytes() for path in paths if path.is_file()}
    return {**found, SPEC_FILE: public_spec(text).encode()}
