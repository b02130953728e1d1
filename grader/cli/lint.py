"""`grader lint`: whether every spec can be used, for those who write labs."""

from pathlib import Path

import click

from grader.batch.solution_rules import solution_problems
from grader.cli.common import assignments_option, load_labs
from grader.core.errors import SpecError
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import KEY_FILE, load_key
from grader.spec.notebook.writer import write_notebook
from grader.spec.public import NOTEBOOK


@click.command()
@assignments_option
def lint(assignments: Path | None) -> int:
    """Check every spec, notebook and key; each problem comes with its file and line."""
    labs = load_labs(assignments)
    problems = [problem for lab in labs for problem in _problems(lab)]
    if problems:
        raise SpecError(problems)
    solved = sum(_solutions(lab).is_dir() for lab in labs)
    checks = sum(len(lab.checks) for lab in labs)
    questions = sum(len(lab.questions) for lab in labs)
    points = sum(lab.points for lab in labs)
    click.echo(f"{len(labs)} labs, {checks} checks, {questions} questions, {points} points: fine.")
    if solved < len(labs):
        click.echo(
            f"Solutions stand beside {solved} of them; of the others the specs were checked."
        )
    return 0


def _problems(lab: Assignment) -> list[str]:
    """Return what is wrong with one lab; of its key and solutions, where those stand beside it."""
    found = _notebook(lab) if lab.questions else []
    solutions = _solutions(lab)
    if solutions.is_dir():
        found += _key(lab, solutions) if lab.questions else []
        found += solution_problems(lab, solutions)
    return found


def _solutions(lab: Assignment) -> Path:
    return lab.folder.parent.parent / "solutions" / lab.id


def _notebook(lab: Assignment) -> list[str]:
    path = lab.folder / NOTEBOOK
    try:
        found = path.read_bytes()
    except OSError as error:
        return [f"{path}:1: cannot be read: {error.strerror}; `grader notebook` makes it"]
    if found == write_notebook(lab, catalog.folder("templates")).encode():
        return []
    return [f"{path}:1: is not what the questions make of it today; run `grader notebook`"]


def _key(lab: Assignment, solutions: Path) -> list[str]:
    """Return what is wrong with a lab's key."""
    try:
        load_key(solutions / KEY_FILE, lab)
    except SpecError as error:
        return error.problems
    return []
