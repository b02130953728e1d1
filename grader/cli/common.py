"""What several commands share: options, exit codes, and how things are said.

Loads next to nothing by itself: a command says what it does before its libraries are there.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.command_name import as_typed
from grader.cli.exit_codes import EXIT_BELOW, EXIT_ENGINE
from grader.cli.targets import lab_named
from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.core.text import shorten, visible
from grader.spec import catalog

if TYPE_CHECKING:
    from grader.result import Result
    from grader.spec.assignment import Assignment
    from grader.submission.manifest import Manifest

_FULL_WIDTH = 100
_LISTED, _ENTRY = 20, 300

assignments_option = click.option(
    "--assignments",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="GRADER_ASSIGNMENTS",
    help="Folder of labs to use instead of the grader's own.",
)
section_option = click.option(
    "--section",
    "sections",
    multiple=True,
    metavar="LAB",
    help="Only this lab, by its name or number: 05 (repeatable).",
)
hint_option = click.option(
    "--hint",
    type=click.IntRange(1, 3),
    default=1,
    metavar="1..3",
    help="How many hints to show of a check that has several.",
)
starter_option = click.option(
    "--starter",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The released starter repository: what students were given, to see what they changed.",
)


def load_starter(folder: Path | None) -> "Manifest | None":
    """Return the manifest of a released starter repository, None without one."""
    from grader.submission.manifest import MANIFEST, read_manifest  # noqa: PLC0415 - see the top

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


def load_labs(root: Path | None, only: tuple[str, ...] = ()) -> "tuple[Assignment, ...]":
    """Return the labs under `root`, the grader's own without one, or only those named.

    They are named as `lab_named` takes them: `05` is a lab's name, too.
    """
    from grader.judge.check_kinds import PARAMS  # noqa: PLC0415 - see the top

    place = root or catalog.folder("assignments")
    known = catalog.lab_ids(place)
    return catalog.load_assignments(place, PARAMS, [lab_named(word, known) for word in only])


def lab_ids(root: Path | None) -> tuple[str, ...]:
    """Return the ids of the labs under `root`, of the grader's own without one."""
    return catalog.lab_ids(root or catalog.folder("assignments"))


def base_names(root: Path | None) -> list[str]:
    """Return the base images that the labs under `root` build on, each once."""
    return list(dict.fromkeys(name for lab in load_labs(root) for name in lab.bases))


def terminal_width() -> int:
    """Return how many columns text for people may take."""
    return min(shutil.get_terminal_size((80, 24)).columns, _FULL_WIDTH)


def in_colour() -> bool:
    """Return whether what is printed is looked at where colours show, and wanted."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def show(text: str, output: Path | None) -> None:
    """Print a text that is safe to print, or write it to a file."""
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
        say(f"Written to {output}.")


def say(message: str) -> None:
    """Tell the person at the terminal something that is not part of the output."""
    click.echo(visible(as_typed(message)), err=True)


def exit_code(result: "Result", min_score: int | None = None) -> int:
    """Return the exit code that a grade ends with."""
    if not result.status.has_score:
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
