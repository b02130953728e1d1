"""What several commands share: options, exit codes, and how a grade is shown and kept."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from grader import assets, store
from grader.class_files import read_result
from grader.errors import UsageError
from grader.judge.kinds import PARAMS
from grader.markbook.files import hold, read_marks
from grader.marks.merge import with_marks, without_marks
from grader.model import Result
from grader.pipeline import Graded
from grader.release.manifest import MANIFEST, Manifest, read_manifest
from grader.render.gradescope import render_gradescope
from grader.render.html import render_html
from grader.render.junit import render_junit
from grader.render.markdown import render_markdown
from grader.render.text import render_text
from grader.score import score_submission
from grader.spec.keys import Key
from grader.spec.model import Assignment
from grader.text import shorten, visible

EXIT_BELOW, EXIT_USAGE, EXIT_ENGINE, EXIT_INTERRUPTED = 1, 2, 3, 130
FORMATS = ("text", "json", "junit", "markdown", "html", "gradescope")
_FULL_WIDTH = 100
_LISTED, _ENTRY = 20, 300
Render = Callable[[], str]
_NO_KEYS: Mapping[str, Key] = {}

assignments_option = click.option(
    "--assignments",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of labs to use instead of the grader's own.",
)
section_option = click.option(
    "--section", "sections", multiple=True, metavar="ID", help="Grade only this lab (repeatable)."
)
starter_option = click.option(
    "--starter",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The released starter repository: what students were given, to see what they changed.",
)


def load_starter(folder: Path | None) -> Manifest | None:
    """Return the manifest of a released starter repository, None without one."""
    if folder is None:
        return None
    try:
        return read_manifest((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise UsageError(
            f"{folder} is no release of ours: {MANIFEST} cannot be read ({error.strerror}). "
            "Name the folder that `grader release --to` wrote."
        ) from error


key_option = click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Judge the answers by DIR/<lab>/key.yaml; without it they wait to be marked.",
)


def load_labs(root: Path | None, only: tuple[str, ...] = ()) -> tuple[Assignment, ...]:
    """Return the labs under `root`, the grader's own without one, or only those named."""
    return assets.load_assignments(root or assets.folder("assignments"), PARAMS, only)


def rendered(graded: Graded, labs: tuple[Assignment, ...], fmt: str) -> str:
    """Return a grade as text in one of the formats of `grader check`."""
    render: dict[str, Render] = {
        "json": graded.result.to_json,
        "html": lambda: render_html(graded.result, graded.facts, labs, assets.folder("templates")),
        "gradescope": lambda: render_gradescope(graded.result),
        "junit": lambda: render_junit(graded.result),
        "markdown": lambda: render_markdown(graded.result),
        "text": lambda: render_text(
            graded.result,
            width=terminal_width(),
            colour=in_colour(),
        ),
    }
    return render[fmt]()


def terminal_width() -> int:
    """Return how many columns text for people may take."""
    return min(shutil.get_terminal_size((80, 24)).columns, _FULL_WIDTH)


def in_colour() -> bool:
    """Return whether what is printed is looked at where colours show, and wanted."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def keep(
    results: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key] = _NO_KEYS,
    *,
    facts_too: bool = True,
) -> Result:
    """Write a grade's files into RESULTS/<submission>/; once result.json is there, all are.

    Return the result as it was written: with the marks that people gave.
    """
    folder = results / graded.result.submission.id
    with hold(results):
        return _write(folder, graded, labs, keys, facts_too=facts_too)


def remake(
    results: Path, name: str, labs: tuple[Assignment, ...], keys: Mapping[str, Key]
) -> Result:
    """Write the result and the page of a submission again, with its marks as they are now.

    What was judged automatically stays as it is.
    """
    folder = results / name
    with hold(results):
        facts = store.read_facts(folder / store.FACTS)
        try:
            result = read_result(folder)
        except ValueError:
            result = score_submission(facts, labs, keys)
        return _write(folder, Graded(facts, result), labs, keys, facts_too=False)


def _write(
    folder: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key],
    *,
    facts_too: bool,
) -> Result:
    result = _marked(folder, graded, labs, keys)
    page = rendered(Graded(graded.facts, result), labs, "html")
    if facts_too:
        (folder / store.RESULT).unlink(missing_ok=True)
        store.write_facts(folder / store.FACTS, graded.facts)
    store.write_text(folder / store.REPORT, page)
    store.write_text(folder / store.RESULT, result.to_json())
    return result


def _marked(
    folder: Path, graded: Graded, labs: tuple[Assignment, ...], keys: Mapping[str, Key]
) -> Result:
    try:
        marks = read_marks(folder)
    except UsageError as error:
        say(str(error))  # the work is graded all the same, and its result says what is missing
        return without_marks(graded.result)
    return with_marks(graded.result, graded.facts, labs, keys, marks)


def show(text: str, output: Path | None) -> None:
    """Print a text that is safe to print, or write it to a file."""
    if output is None:
        click.echo(text, nl=False)
    else:
        store.write_text(output, text)
        say(f"Written to {output}.")


def say(message: str) -> None:
    """Tell the person at the terminal something that is not part of the output."""
    click.echo(visible(message), err=True)


def exit_code(result: Result, min_score: int | None = None) -> int:
    """Return the exit code that a grade ends with."""
    if result.status == "not_graded":
        return EXIT_ENGINE
    return EXIT_BELOW if min_score is not None and result.score < min_score else 0


def say_list(title: str, entries: Sequence[str]) -> None:
    """Tell what a title announces, one to a line; of many only the first, and how many more."""
    if entries:
        say(f"{title} ({len(entries)}):")
    for entry in entries[:_LISTED]:
        say(f"  {shorten(entry, _ENTRY)}")
    if len(entries) > _LISTED:
        say(f"  ... and {len(entries) - _LISTED} more.")
