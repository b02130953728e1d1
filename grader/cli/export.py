"""`grader export`: grades for other systems, worked out from the results as they are now."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from grader.cli.class_people import ResultReader, credits_of, people_of
from grader.cli.common import assignments_option, load_labs, say, say_list, section_option
from grader.cli.exit_codes import EXIT_ENGINE
from grader.cli.renew import renew_for_reading
from grader.core.csv_table import BOM, CsvTable
from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.core.import_record import Imported
from grader.core.text import shorten
from grader.core.times import Zone, parse_time
from grader.exports.canvas import fill_canvas
from grader.exports.class_junit import merge_junit
from grader.exports.fill_column import Filled
from grader.exports.grade_line import Deadline, Grade, grade_of
from grader.exports.gradebook import render_gradebook
from grader.exports.late import parse_policy
from grader.exports.moodle import fill_moodle
from grader.importers.roster import Roster, open_sheet
from grader.render.gradescope import render_gradescope
from grader.render.junit import render_junit
from grader.result import GradeStatus, Result

Fill = Callable[[CsvTable, list[Grade], str | None], Filled]
FILLS: Mapping[str, Fill] = {"canvas": fill_canvas, "moodle": fill_moodle}
EACH: Mapping[str, tuple[Callable[[Result], str], str]] = {
    "gradescope": (render_gradescope, "results.json"),
    "junit": (render_junit, "junit.xml"),
}


@click.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--format", "fmt", type=click.Choice(["csv", *FILLS, *EACH]), required=True)
@click.option("--into", type=click.Path(path_type=Path), help="The file that the LMS exported.")
@click.option("--column", help="The column of that file to fill, if more than one could be meant.")
@click.option("--output", type=click.Path(path_type=Path), help="Write there, not to the terminal.")
@click.option("--roster", type=click.Path(path_type=Path), help="The class as a CSV file.")
@click.option(
    "--submissions",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder that was graded, if its import's record is not in RESULTS.",
)
@click.option("--due", help="When it had to be handed in: 2026-12-01T18:00, in local time.")
@click.option("--zone", metavar="NAME", help="The course's time zone, Europe/Berlin for instance.")
@click.option("--penalty", help="What being late costs: '10%/day, max 50%, grace 15min'.")
@section_option
@assignments_option
def export(
    results: Path,
    fmt: str,
    into: Path | None,
    column: str | None,
    output: Path | None,
    roster: Path | None,
    submissions: Path | None,
    due: str | None,
    zone: str | None,
    penalty: str | None,
    sections: tuple[str, ...],
    assignments: Path | None,
) -> int:
    """Write the grades in RESULTS for another system; the results themselves stay as they are."""
    _fit(fmt, into, column, output, due, penalty)
    if fmt in EACH and sections:
        raise UsageError(f"--section chooses a lab for gradebooks; {fmt} has all that was graded.")
    only = tuple(lab.id for lab in load_labs(assignments, sections)) if sections else ()
    renew_for_reading(results, assignments)
    found = ResultReader(results)
    if fmt in EACH:
        return _end(found.broken, _each(found, fmt, output or results))
    people = people_of(submissions or results, roster)
    grades = _grades(found, people, _deadline(due, zone, penalty), only)
    _refuse_absent(only, grades, results)
    graded = [grade for grade in grades if grade.status != "no result"]
    if into is None:
        # Excel garbles the names in a file without the mark; in a pipe it would be in the way.
        _write(BOM * (output is not None) + render_gradebook(grades), output)
    else:
        filled = FILLS[fmt](open_sheet(into), graded, column)
        _write(filled.text, output)
        _tell(filled, into)
    _tell_grades(grades, due=due is not None)
    return _end(found.broken, _ids(graded, lambda grade: grade.status == GradeStatus.NOT_GRADED))


def _fit(
    fmt: str,
    into: Path | None,
    column: str | None,
    output: Path | None,
    due: str | None,
    penalty: str | None,
) -> None:
    """Raise UsageError for options that do not go together."""
    if fmt in FILLS and into is None:
        raise UsageError(
            f"--format {fmt} fills in the file that {fmt.capitalize()} exported: name it with "
            "--into. Rows are never made up."
        )
    if fmt not in FILLS and (into or column):
        raise UsageError(f"--into and --column belong to {' and '.join(FILLS)}, not to {fmt}.")
    if fmt in EACH and output is None:
        raise UsageError(f"--format {fmt} writes a file for each submission: say where, --output.")
    if fmt in EACH and (due or penalty):
        raise UsageError(f"A late policy is worked out for gradebooks, not for {fmt}.")
    if penalty and not due:
        raise UsageError("--penalty needs the date from which on it counts: --due.")


def _refuse_absent(only: Collection[str], grades: list[Grade], results: Path) -> None:
    """Raise UsageError for labs that were not graded: nobody's points are unknown for that."""
    absent = sorted(set(only) - {lab.id for grade in grades for lab in grade.labs})
    if absent:
        raise UsageError(
            f"No result in {results} is about {', '.join(absent)}. Name labs that were graded "
            "there, or none for all of them."
        )


def _grades(
    found: ResultReader,
    people: tuple[dict[str, Imported], Roster],
    deadline: Deadline,
    only: tuple[str, ...],
) -> list[Grade]:
    known, roster = people
    left = dict(known)
    grades: dict[str, Grade] = {}
    for result, entry in credits_of(found, known, roster):
        left.pop(result.submission.id, None)
        grades[entry.person.id] = grade_of(result, entry, deadline, only)
    for person in (*(entry.person for entry in left.values()), *roster.people):
        grades.setdefault(person.id, Grade(person))
    return [grade for _, grade in sorted(grades.items())]


def _deadline(due: str | None, zone: str | None, penalty: str | None) -> Deadline:
    place = _zone(zone)
    if due is None:
        return Deadline(zone=place)
    try:
        at = parse_time(due, place)
    except ValueError as error:
        raise UsageError(
            f"'{shorten(due)}' is no date. Write it as 2026-12-01T18:00, with +01:00 behind it "
            "if it is not local time."
        ) from error
    return Deadline(at, parse_policy(penalty) if penalty else None, place)


def _zone(name: str | None) -> Zone:
    """Return a time zone by its name; without one, this machine's, whatever it is at a date."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"There is no time zone '{shorten(name)}' on this machine. Name one as Europe/Berlin "
            "or America/New_York (`timedatectl list-timezones` lists them)."
        ) from error


def _each(found: ResultReader, fmt: str, output: Path) -> list[str]:
    """Write every result in a format of its own, and return who was not graded."""
    render, name = EACH[fmt]
    not_graded: list[str] = []

    def rendered() -> Iterator[tuple[str, str]]:
        for result in found:
            if not result.status.has_score:
                not_graded.append(result.submission.id)
            yield result.submission.id, render(result)

    if fmt == "junit" and output.suffix == ".xml":
        write_text(output, merge_junit(rendered()))
        say(f"Written to {output}.")
        return not_graded
    count = 0
    for count, (who, text) in enumerate(rendered(), start=1):  # noqa: B007 - its last value is used
        write_text(output / who / name, text)
    say(f"{count} files are in {output}/<submission>/{name}.")
    return not_graded


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
        say(f"Written to {output}.")


def _tell(filled: Filled, into: Path) -> None:
    say(f"{filled.count} grades were filled into {into.name}.")
    if filled.replaced:
        say(f"{filled.replaced} of them replace another mark that stood there.")
    for note in filled.notes:
        say(note)
    say_list(f"Rows of {into.name} without a result", filled.without_result)
    say_list(f"Results without a row in {into.name}", filled.without_row)
    say_list("Cells left as they were", [f"{who}: {why}" for who, why in filled.left.items()])


def _tell_grades(grades: list[Grade], *, due: bool) -> None:
    waiting = [f"{g.person.id}: {g.pending} points" for g in grades if g.pending]
    say_list("With points that still wait for a person, and are not in the grade", waiting)
    say_list("Without a result", _ids(grades, lambda g: g.status == "no result"))
    if due:
        unknown = [g for g in grades if g.late_by is None and g.status != "no result"]
        say_list(
            "Without a time of submission; taken as in time",
            [f"{g.person.id}{' (late, says the source)' if g.said_late else ''}" for g in unknown],
        )
        late = [g for g in grades if g.late_by]
        say_list(
            "Late", [f"{g.person.id}: {_hours(g.late_by or 0)}, -{g.penalty} points" for g in late]
        )


def _hours(seconds: int) -> str:
    hours, minutes = divmod(-(-seconds // 60), 60)
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h {minutes} min"


def _ids(grades: list[Grade], which: Callable[[Grade], bool]) -> list[str]:
    return [grade.person.id for grade in grades if which(grade)]


def _end(broken: list[str], not_graded: list[str]) -> int:
    say_list("Not graded; no zero was written for them", not_graded)
    say_list("Results that were left out; grade these again", broken)
    return EXIT_ENGINE if broken or not_graded else 0
