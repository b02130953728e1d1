"""`grader import`: makes a folder of submissions out of what a course gets from elsewhere."""

from collections import Counter
from pathlib import Path

import click

from grader.cli.common import assignments_option, load_labs, say, say_list
from grader.cli.exit_codes import EXIT_USAGE
from grader.core.errors import UsageError
from grader.importers.import_class import Options, Report, import_source
from grader.importers.import_request import ImportRequest
from grader.importers.roster import Roster, read_roster
from grader.importers.systems import KINDS
from grader.spec.assignment import asked_for


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder of submissions; made if it is not there.",
)
@click.option(
    "--from",
    "kind",
    type=click.Choice(list(KINDS)),
    help="Where SOURCE comes from; found out by itself where that is certain.",
)
@click.option("--roster", type=click.Path(path_type=Path), help="The class as a CSV file.")
@click.option("--prefix", default="", help="What stands before the user in a repository's name.")
@click.option("--lab", default="", help="The lab of submissions that hold no lab folder.")
@click.option("--latest", is_flag=True, help="Of a student's several submissions take the latest.")
@click.option("--force", is_flag=True, help="Replace also what was changed by hand since.")
@assignments_option
def import_(
    source: Path,
    target: Path,
    kind: str | None,
    roster: Path | None,
    prefix: str,
    lab: str,
    latest: bool,  # noqa: FBT001 - click calls by keyword
    force: bool,  # noqa: FBT001
    assignments: Path | None,
) -> int:
    """Make a folder of submissions from SOURCE: clones, or what an LMS lets one download."""
    specs = load_labs(assignments)
    labs = [known.id for known in specs]
    if lab and lab not in labs:
        raise UsageError(f"There is no lab '{lab}'. There are: {', '.join(labs)}.")
    people = read_roster(roster) if roster else Roster(())
    asked = ImportRequest(labs, people, prefix, asked_for(specs))
    report = import_source(source, target, asked, Options(kind, lab, latest, force))
    _tell(report, target)
    return EXIT_USAGE if report.problems else 0


def _tell(report: Report, target: Path) -> None:
    for note in report.notes:
        say(note)
    say_list("Not recognised, and left where it is", report.unknown)
    say_list("Of nobody in the roster; imported under the source's own name", report.strangers)
    say_list("Older submissions of the same student, not imported", report.superseded)
    say_list("Without a submission; an empty folder stands for each", report.missing)
    say_list("Without any lab folder; they will be graded as not submitted", report.empty)
    say_list("In an earlier import and no longer in this source; kept", report.gone)
    kept = [name for name, done in report.done.items() if done == "kept"]
    say_list(
        "Changed by hand since the last import; left as they are (--force replaces them)", kept
    )
    files = [
        f"{name}: {p} ({why})" for name, out in report.left_out.items() for p, why in out.items()
    ]
    say_list("Files left out", files)
    say_list(
        "To look at", [f"{name}: {why}" for name, all_ in report.problems.items() for why in all_]
    )
    counts = Counter[str](report.done.values())
    parts = [f"{counts[word]} {text}" for word, text in _WORDS.items() if counts[word]]
    click.echo(
        f"{len(report.done)} submissions from {KINDS[report.kind].title} are in {target}"
        f"{': ' if parts else '.'}{', '.join(parts)}{'.' if parts else ''}"
    )


_WORDS = {"new": "new", "changed": "changed", "same": "unchanged", "kept": "changed by hand"}
