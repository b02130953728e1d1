"""`grader check`: grades one submission, for the one who wrote it."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import click

from grader.batch.solutions import assemble, solutions_folder
from grader.cli.common import (
    assignments_option,
    exit_code,
    key_option,
    load_labs,
    load_starter,
    say,
    section_option,
    show,
    starter_option,
)
from grader.cli.formats import FORMATS
from grader.engine.docker import connect
from grader.pipeline import grade_files, grade_one, open_session
from grader.results import class_files, store
from grader.results.keep import keep
from grader.results.results_folder import beside_others
from grader.spec.assignment import Assignment, asked_for
from grader.spec.keys import load_keys
from grader.submission.snapshot import read_submission


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@section_option
@click.option("--format", "fmt", type=click.Choice(tuple(FORMATS)), default="text")
@click.option("--output", type=click.Path(path_type=Path), help="Write there, not to the terminal.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Also keep result.json, facts.json and report.html in DIR/<submission>/.",
)
@click.option("--faithful", is_flag=True, help="Wait docker stop's real 10 seconds everywhere.")
@click.option("--static", is_flag=True, help="Use no engine: only what the files alone show.")
@click.option("--min-score", type=int, help="Exit with 1 below this many points.")
@starter_option
@click.option("--model", is_flag=True, help="Grade the model solution of every lab (authors).")
@key_option
@assignments_option
def check(
    path: Path,
    sections: tuple[str, ...],
    fmt: str,
    output: Path | None,
    results: Path | None,
    faithful: bool,  # noqa: FBT001 - click calls by keyword
    static: bool,  # noqa: FBT001
    min_score: int | None,
    starter: Path | None,
    model: bool,  # noqa: FBT001
    key: Path | None,
    assignments: Path | None,
) -> int:
    """Grade one submission: the folder PATH with the lab folders in it (default: this one)."""
    labs = load_labs(assignments, sections)
    if model:
        key = key or solutions_folder()
    keys = load_keys(key, labs) if key else {}
    with _folder(path, labs, model=model) as folder:
        submission = read_submission(folder, [lab.id for lab in labs], asked_for(labs))
    released = load_starter(starter)
    with ExitStack() as stack:
        if results:
            stack.enter_context(beside_others(results, [lab.id for lab in labs]))
        if static:
            graded = grade_files(submission, labs, released, keys=keys)
        else:
            session = stack.enter_context(open_session(connect(), faithful=faithful, announce=say))
            graded = grade_one(session, submission, labs, released, keys=keys)
        if results:
            graded = replace(graded, result=keep(results, graded, labs, keys, warn=say))
            class_files.refresh_class_files(results, labs)
    show(FORMATS[fmt](graded, labs), output)
    if results and fmt == "text":
        report = results / graded.result.submission.id / store.REPORT
        say(f"The same as a page, with pictures: {report}")
    return exit_code(graded.result, min_score)


@contextmanager
def _folder(path: Path, labs: tuple[Assignment, ...], *, model: bool) -> Iterator[Path]:
    if not model:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="grader-") as parent:
        target = Path(parent) / "model"
        for lab in labs:
            assemble(target, lab.id)
        yield target
