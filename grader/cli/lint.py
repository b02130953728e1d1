"""`grader lint`: whether every spec can be used, for those who write labs."""

from pathlib import Path

import click

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
    asking = [lab for lab in labs if lab.questions]
    problems = [problem for lab in asking for problem in (*_notebook(lab), *_key(lab))]
    if problems:
        raise SpecError(problems)
    checks = sum(len(lab.checks) for lab in labs)
    questions = sum(len(lab.questions) for lab in labs)
    points = sum(lab.points for lab in labs)
    click.echo(f"{len(labs)} labs, {checks} checks, {questions} questions, {points} points: fine.")
    return 0


def _notebook(lab: Assignment) -> list[str]:
    path = lab.folder / NOTEBOOK
    try:
        found = path.read_bytes()
    except OSError as error:
        return [f"{path}:1: cannot be read: {error.strerror}; `grader notebook` makes it"]
    if found == write_notebook(lab, catalog.folder("templates")).encode():
        return []
    return [f"{path}:1: is not what the questions make of it today; run `grader notebook`"]


def _key(lab: Assignment) -> list[str]:
    """Return what is wrong with a lab's key, where the solutions stand beside the labs."""
    solutions = lab.folder.parent.parent / "solutions"
    if not solutions.is_dir():
        return []
    try:
        load_key(solutions / lab.id / KEY_FILE, lab)
    except SpecError as error:
        return error.problems
    return []
