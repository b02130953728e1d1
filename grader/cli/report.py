"""`grader report`: the files about a whole class, made again from what was graded."""

from pathlib import Path

import click

from grader.cli.common import assignments_option, load_labs, say
from grader.cli.exit_codes import EXIT_ENGINE
from grader.cli.renew import keys_at_hand, renew_results
from grader.core.errors import UsageError
from grader.core.text import visible
from grader.results import class_files


@click.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@assignments_option
def report(results: Path, assignments: Path | None) -> int:
    """Write class.html, class.json and grades.csv again from the results in RESULTS."""
    labs = load_labs(assignments)
    renew_results(results, labs, keys_at_hand(None, labs, own=assignments is None))
    if not class_files.result_folders(results):
        raise UsageError(
            f"There is no */result.json in {results}. Name the folder that holds the results of "
            "the class: the one given to --out or --results."
        )
    summary = class_files.write_class_files(results, labs)
    for entry in summary.unreadable:
        say(f"Left out: {entry.folder}: {entry.why}")
    count = len(summary.submissions)
    click.echo(f"{count} submission{'' if count == 1 else 's'}: {visible(str(results))}/class.html")
    return EXIT_ENGINE if summary.unreadable else 0
