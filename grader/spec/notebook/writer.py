"""Makes a lab's notebook from its questions: the same bytes each time, and those nbformat writes.

nbformat itself validates what `grader notebook` writes, and in the tests its bytes are compared:
loading it takes longer than all else that `grader lint` does, as it loads every checker of formats
that jsonschema finds installed.
"""

import json
from pathlib import Path
from typing import Any, cast

import jinja2

from grader.spec.assignment import Assignment
from grader.spec.notebook.cells import INTRODUCTION, PROMPT, name_line, stub
from grader.spec.questions import Question

_TEMPLATE = "answers.md.j2"
_FORMAT = {"nbformat": 4, "nbformat_minor": 5}  # the first with ids of cells
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def write_notebook(assignment: Assignment, templates: Path) -> str:
    """Return the text of the lab's answers.ipynb, every answer still to be written."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, made of the lab's own texts
    )
    say = cast("Any", environment.get_template(_TEMPLATE).module)
    cells = [_locked(INTRODUCTION, say.introduction(assignment))]
    for number, question in enumerate(assignment.questions, 1):
        prompt = f"{name_line('question', question)}\n{say.prompt(question, number).strip()}"
        cells += [_locked(PROMPT + question.id, prompt), _answer(question)]
    notebook = {"cells": cells, "metadata": _METADATA, **_FORMAT}
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _locked(name: str, source: str) -> dict[str, object]:
    return _cell(name, source.strip(), grade=False, locked=True, solution=False)


def _answer(question: Question) -> dict[str, object]:
    source = f"{name_line('answer', question)}\n{stub(question)}"
    return _cell(
        question.id, source, grade=True, locked=False, solution=True, points=question.points
    )


def _cell(
    name: str, source: str, *, grade: bool, locked: bool, solution: bool, points: int | None = None
) -> dict[str, object]:
    """Return a Markdown cell with nbgrader's metadata, schema 3.

    There is no checksum: with one, `nbgrader validate` takes every answer still to be written for
    a mistake of the notebook.
    """
    about: dict[str, object] = {
        "schema_version": 3,
        "grade_id": name,
        "cell_type": "markdown",
        "grade": grade,
        "locked": locked,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        about["points"] = points
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {"deletable": False, "editable": not locked, "nbgrader": about},
        "source": source.splitlines(keepends=True),
    }
