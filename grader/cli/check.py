"""`grader check`: grades one submission, for the one who wrote it.

Loads little by itself: what is done is said before the libraries that do it are there.
"""

from pathlib import Path

import click

from grader.cli.command_name import starter_folder
from grader.cli.common import (
    assignments_option,
    hint_option,
    key_option,
    lab_ids,
    say,
    section_option,
    starter_option,
)
from grader.cli.targets import Target, find_target, lab_named
from grader.core.text import shorten

# The names of grader.cli.formats.FORMATS.
FORMAT_NAMES = ("text", "json", "junit", "markdown", "html", "gradescope")


@click.command()
@click.argument("what", nargs=-1)
@section_option
@click.option("--format", "fmt", type=click.Choice(FORMAT_NAMES), default="text")
@click.option("--output", type=click.Path(path_type=Path), help="Write there, not to the terminal.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Also keep result.json, facts.json and report.html in DIR/<submission>/.",
)
@click.option("--faithful", is_flag=True, help="Wait docker stop's real 10 seconds everywhere.")
@click.option("--static", is_flag=True, help="Use no engine: only what the files alone show.")
@click.option("--min-score", type=int, help="Exit with 1 below this many points.")
@hint_option
@starter_option
@click.option(
    "--model",
    is_flag=True,
    help="Grade the labs' model solutions, from solutions/ beside them (authors).",
)
@key_option
@assignments_option
def check(
    what: tuple[str, ...],
    sections: tuple[str, ...],
    assignments: Path | None,
    *,
    model: bool,
    **options: object,
) -> int:
    """Grade one submission, or of it the labs WHAT names: a folder, a lab, 05, a file of it."""
    ids = lab_ids(assignments)
    target = find_target(what, ids, starter_folder())
    if sections:
        named = tuple(dict.fromkeys(lab_named(word, ids) for word in sections))
        target = Target(target.folder, named)
    which = ", ".join(target.labs) or f"{len(ids)} labs"
    where = "the model solutions" if model else shorten(str(target.folder.absolute()), 200)
    say(f"Checking {which} in {where} ...")
    from grader.cli.check_run import run_check  # noqa: PLC0415 - what takes seconds to load

    return run_check(target, assignments, model=model, **options)  # type: ignore[arg-type]
