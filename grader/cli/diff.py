"""`grader diff`: who got another grade, and why."""

from pathlib import Path

import click

from grader.cli.common import in_colour, show, terminal_width
from grader.cli.exit_codes import EXIT_BELOW
from grader.core.errors import UsageError
from grader.core.text import visible
from grader.render.diff_text import render_changes
from grader.results import class_files

_folder = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("results_a", type=_folder)
@click.argument("results_b", type=_folder)
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text")
@click.option("--output", type=click.Path(path_type=Path), help="Write there, not to the terminal.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything differs, as git does.")
def diff(
    results_a: Path,
    results_b: Path,
    fmt: str,
    output: Path | None,
    exit_code: bool,  # noqa: FBT001 - click calls by keyword
) -> int:
    """Say who changed from RESULTS_A to RESULTS_B, and why; needs no engine."""
    for folder in (results_a, results_b):
        if not class_files.result_folders(folder):
            raise UsageError(
                f"There is no */result.json in {visible(str(folder))}. Name two folders of "
                "results: the ones given to --out or --results."
            )
    changes = class_files.compare_results(results_a, results_b)
    if fmt == "json":
        text = changes.to_json()
    else:
        colour = output is None and in_colour()
        text = render_changes(changes, width=terminal_width(), colour=colour)
    show(text, output)
    return EXIT_BELOW if exit_code and changes.any else 0
