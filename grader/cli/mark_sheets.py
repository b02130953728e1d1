"""`grader mark --export` and `--import`: marks in a spreadsheet, or from another folder."""

from pathlib import Path

import click

from grader.cli.common import say
from grader.cli.exit_codes import EXIT_USAGE
from grader.cli.mark_request import MarkRequest
from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.core.text import visible
from grader.marks.sheet_writer import write_sheet
from grader.render.marking_text import counted


def export_sheet(request: MarkRequest, path: Path) -> int:
    """Write the chosen answers and their marks to a new sheet."""
    if path.exists():
        raise UsageError(
            f"{path} is there already, and may hold marks that were not imported yet. "
            "Name another file, or remove it."
        )
    answers = request.answers()
    if not answers:
        raise UsageError("There is no answer here that is marked by hand.")
    hidden = request.anonymous
    sheet = write_sheet(
        answers, lambda one: one.alias if hidden else visible(one.submission), request.separator
    )
    write_text(path, sheet)
    click.echo(f"{counted(len(answers), 'answer')} written to {visible(str(path))}.")
    return 0


def import_marks(request: MarkRequest, path: Path) -> int:
    """Take the marks of a sheet, or of another folder of results."""
    if path.is_dir():
        return _carry(request, path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    sheet, changed = request.mark_store.take_sheet(
        data, request.by, partial=request.partial, chosen=request.chosen
    )
    for problem in sheet.problems:
        say(f"row {problem.row}: {problem.text}.")
    taken = len(sheet.given)
    if sheet.problems and not request.partial:
        say(
            f"Nothing was imported, because {counted(len(sheet.problems), 'row')} cannot be "
            "taken. Mend them in the sheet, or take the others with --partial."
        )
        return EXIT_USAGE
    request.renew(changed)
    if sheet.left:
        say(f"{counted(sheet.left, 'row')} of other labs or questions left.")
    click.echo(
        f"{counted(taken, 'mark')} taken, {sheet.unchanged} as before, "
        f"{counted(sheet.blank, 'row')} without points."
    )
    return EXIT_USAGE if sheet.problems else 0


def _carry(request: MarkRequest, source: Path) -> int:
    carried = request.mark_store.carry(source, request.chosen)
    for problem in carried.problems:
        say(f"{problem}.")
    request.renew(carried.changed)
    click.echo(f"{counted(carried.added, 'mark')} taken from {visible(str(source))}.")
    return EXIT_USAGE if carried.problems else 0
