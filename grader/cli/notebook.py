"""`grader notebook`: makes the notebooks that students answer in, for those who write labs."""

import json
from pathlib import Path

import click

from grader.cli.common import assignments_option, load_labs, section_option
from grader.core.files import write_text
from grader.spec import catalog
from grader.spec.notebook.writer import write_notebook
from grader.spec.public import NOTEBOOK


def _validate(text: str) -> None:
    """Hold a notebook against its format, by Jupyter's own library."""
    import nbformat  # noqa: PLC0415 - it takes seconds to load, and lint needs only the bytes

    nbformat.validate(json.loads(text))


@click.command()
@section_option
@assignments_option
def notebook(sections: tuple[str, ...], assignments: Path | None) -> int:
    """Make each lab's answers.ipynb anew from the questions in its spec."""
    templates = catalog.folder("templates")
    for lab in load_labs(assignments, sections):
        if lab.questions:
            path = lab.folder / NOTEBOOK
            text = write_notebook(lab, templates)
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                _validate(text)
                write_text(path, text)
                click.echo(f"{path}: written, {len(lab.questions)} questions")
            else:
                click.echo(f"{path}: as it should be")
    return 0
