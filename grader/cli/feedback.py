"""`grader feedback`: each student's report, as the system they hand in to takes it back."""

import io
import zipfile
from pathlib import Path

import click

from grader.cli.class_people import ResultReader, credits_of, people_of
from grader.cli.common import assignments_option, load_labs, say, say_list
from grader.cli.exit_codes import EXIT_ENGINE, EXIT_USAGE
from grader.cli.renew import renew_for_reading
from grader.core.errors import UsageError
from grader.core.files import write_bytes, write_text
from grader.core.import_record import Imported
from grader.core.text import shorten
from grader.exports.feedback_files import (
    BODY_BYTES,
    COMMENT_BYTES,
    FEEDBACK_FORMATS,
    Feedback,
    UnaddressedError,
)
from grader.importers.safe_names import bad_id
from grader.render.html import render_html
from grader.render.markdown import render_markdown
from grader.render.student_view import StudentView, student_view
from grader.render.terminal import render_text
from grader.result import Result
from grader.results import store
from grader.spec import catalog
from grader.spec.assignment import Assignment

_WIDTH = 80
# The earliest time a zip can hold: it says nothing about when this one was made.
_TIME = (1980, 1, 1, 0, 0, 0)


@click.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--format", "fmt", type=click.Choice(list(FEEDBACK_FORMATS)), required=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The zip for moodle and canvas; for folder and github a new folder.",
)
@click.option("--roster", type=click.Path(path_type=Path), help="The class as a CSV file.")
@click.option(
    "--submissions",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder that was graded, if its import's record is not in RESULTS.",
)
@assignments_option
def feedback(
    results: Path,
    fmt: str,
    output: Path,
    roster: Path | None,
    submissions: Path | None,
    assignments: Path | None,
) -> int:
    """Give each student's report back: for Moodle, Canvas, GitHub, or as one folder for each.

    Without hidden checks, and without anything of a key or of another student.
    """
    make, packed = FEEDBACK_FORMATS[fmt]
    _refuse_taken(output, packed=packed)
    labs = load_labs(assignments)
    renew_for_reading(results, assignments)
    found = ResultReader(results)
    people = people_of(submissions or results, roster)
    files: dict[str, str] = {}
    left: list[str] = []
    broken: list[str] = []
    views: dict[str, StudentView] = {}
    count = 0
    for result, known in credits_of(found, *people):
        name = result.submission.id
        try:
            if name not in views:
                views = {name: _view(results / name, result, labs)}
            files |= _new(make(_feedback(views[name], known)), files)
            count += 1
        except UnaddressedError as error:
            left.append(f"{shorten(known.person.id)}: {error}")
        except UsageError as error:
            broken.append(f"{shorten(name)}: {error}")
    _write(output, files, packed=packed)
    say(f"{count} students, {len(files)} files: {output}")
    say_list("Without feedback there", left)
    say_list("Results that were left out; grade these again", [*found.broken, *broken])
    return EXIT_ENGINE if found.broken or broken else EXIT_USAGE if left else 0


def _refuse_taken(output: Path, *, packed: bool) -> None:
    """Raise UsageError where feedback of another day would stay beside today's."""
    if packed and output.is_dir():
        raise UsageError(f"{output} is a folder; name the zip to write.")
    if not packed and output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} is there already. Name a new folder, or remove it.")


def _view(folder: Path, result: Result, labs: tuple[Assignment, ...]) -> StudentView:
    """Return what the student may see; UsageError where nobody can tell what is hidden."""
    known = {lab.id for lab in labs}
    if strange := [section.id for section in result.sections if section.id not in known]:
        raise UsageError(
            f"it is about {', '.join(map(shorten, strange))}, which is none of the labs here; "
            "name theirs with --assignments."
        )
    return student_view(result, store.read_facts(folder / store.FACTS), labs)


def _feedback(view: StudentView, known: Imported) -> Feedback:
    """Return the report under the student's own id: a group's work is that of each of them."""
    named = view.result.submission.model_copy(update={"id": known.person.id})
    result = view.result.model_copy(update={"submission": named})
    return Feedback(
        known,
        page=render_html(result, view.facts, view.labs, catalog.folder("templates")),
        text=render_text(result, width=_WIDTH),
        body=render_markdown(result, budget=BODY_BYTES),
        comment=render_markdown(result, budget=COMMENT_BYTES),
    )


def _new(made: dict[str, str], files: dict[str, str]) -> dict[str, str]:
    """Return a student's files; UnaddressedError where their place is taken or is none."""
    for path in made:
        if path in files:
            raise UnaddressedError(f"another student's feedback is called {shorten(path)}, too")
        if "/" in path and (why := bad_id(path.split("/")[0])):
            raise UnaddressedError(f"it cannot name a folder: {why}")
    return made


def _write(output: Path, files: dict[str, str], *, packed: bool) -> None:
    if packed:
        write_bytes(output, _zip(files))
        return
    for path, text in files.items():
        write_text(output / path, text)


def _zip(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text)
    return content.getvalue()
