"""`grader release`: what a course gives its students, for those who run it."""

from pathlib import Path

import click

from grader import assets
from grader.commands.common import EXIT_BELOW, assignments_option, load_labs, say
from grader.pipeline import grader_version
from grader.release.course import Course, default_course, load_course
from grader.release.folder import Difference, differences, write
from grader.release.starter import left_out, reference, starter


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The starter repository's folder: new, empty, or an earlier release.",
)
@click.option(
    "--course",
    "settings",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The course's settings, see docs/courses.md.",
)
@click.option("--labs", "only", multiple=True, metavar="ID", help="Only this lab (repeatable).")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if DIR is out of date.")
@assignments_option
def release(
    folder: Path,
    settings: Path | None,
    only: tuple[str, ...],
    check: bool,  # noqa: FBT001 - click calls by keyword
    assignments: Path | None,
) -> int:
    """Make the starter repository that students get: no solutions, no keys, no hidden checks."""
    version = grader_version()
    course = load_course(settings, version) if settings else default_course(version)
    labs = load_labs(assignments, only or course.labs)
    tree = starter(labs, course, assets.folder("templates"), version)
    for lab in labs:
        for name in left_out(lab):
            say(f"{lab.id}/{name}: left out, the spec does not name it")
    if check:
        return _check(folder, differences(folder, tree))
    changed = write(folder, tree)
    click.echo(f"{folder}: {len(tree)} files, {changed} of them changed.")
    if not settings:
        _say_default(course)
    return 0


def _check(folder: Path, found: tuple[Difference, ...]) -> int:
    for difference in found:
        click.echo(str(difference))
    if not found:
        click.echo(f"{folder}: up to date.")
        return 0
    say(f"{folder} is out of date. `grader release --to {folder}` writes it anew.")
    return EXIT_BELOW


def _say_default(course: Course) -> None:
    say(
        f"Students get the grader with `pip install {reference(course)}`. Say in a course.yaml "
        "(--course) where yours comes from."
    )
