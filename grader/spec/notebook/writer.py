"""Makes a lab's notebook from its questions: the same bytes each time."""

from pathlib import Path
from typing import Any, cast

import jinja2
import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from grader.spec.assignment import Assignment
from grader.spec.notebook.cells import INTRODUCTION, PROMPT, name_line, stub
from grader.spec.questions import Question

_TEMPLATE = "answers.md.j2"
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
    notebook: Any = new_notebook(cells=cells, metadata=_METADATA)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def _locked(name: str, source: str) -> Any:
    return _cell(name, source.strip(), grade=False, locked=True, solution=False)


def _answer(question: Question) -> Any:
    source = f"{name_line('answer', question)}\n{stub(question)}"
    return _cell(
        question.id, source, grade=True, locked=False, solution=True, points=question.points
    )


def _cell(
    name: str, source: str, *, grade: bool, locked: bool, solution: bool, points: int | None = None
) -> Any:
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
    metadata = {"deletable": False, "editable": not locked, "nbgrader": about}
    return new_markdown_cell(source, id=name, metadata=metadata)  # type: ignore[no-untyped-call]
