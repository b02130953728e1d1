"""`grader release`: what a course gives its students, for those who run it."""

from pathlib import Path

import click

from grader.cli.common import assignments_option, load_labs, say
from grader.cli.exit_codes import EXIT_BELOW
from grader.cli.lint import given_problems
from grader.core.errors import SpecError, UsageError
from grader.core.files import write_bytes
from grader.core.version import grader_version
from grader.release.course import Course, default_course, load_course
from grader.release.gradescope_zip import autograder_zip
from grader.release.own_wheel import own_wheel
from grader.release.starter import left_out, starter
from grader.release.starter_folder import Difference, differences, write
from grader.release.trial import try_starter
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import KEY_FILE, load_keys


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Make the starter repository there: a new folder, an empty one, or an earlier release.",
)
@click.option(
    "--gradescope",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ZIP",
    help="Make Gradescope's autograder.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Put DIR/<lab>/key.yaml into Gradescope's autograder, to judge answers there.",
)
@click.option(
    "--course",
    "settings",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The course's settings, see docs/courses.md.",
)
@click.option("--labs", "only", multiple=True, metavar="ID", help="Only this lab (repeatable).")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if it is out of date.")
@click.option(
    "--untried",
    is_flag=True,
    help="Do not install the starter in an empty place first; that needs a way to a package index.",
)
@assignments_option
def release(
    folder: Path | None,
    gradescope: Path | None,
    key: Path | None,
    settings: Path | None,
    only: tuple[str, ...],
    check: bool,  # noqa: FBT001 - click calls by keyword
    untried: bool,  # noqa: FBT001
    assignments: Path | None,
) -> int:
    """Make the starter repository that students get: no solutions, no keys, no hidden checks.

    Or Gradescope's autograder, or both.
    """
    if folder is None and gradescope is None:
        raise UsageError("There is nothing to make: say --to DIR, or --gradescope ZIP.")
    if key and not gradescope:
        raise UsageError(
            "--key goes into Gradescope's autograder and nowhere else: no students "
            "get keys. Say --gradescope ZIP too, or leave it out."
        )
    version = grader_version()
    course = load_course(settings, own_wheel) if settings else default_course(own_wheel())
    labs = load_labs(assignments, only or course.labs)
    if problems := [problem for lab in labs for problem in given_problems(lab)]:
        raise SpecError([*problems, "Nothing was written: `grader lint` says the same."])
    codes = [0]
    if folder:
        tree = starter(labs, course, catalog.folder("templates"), version)
        _say_left_out(labs)
        if check:
            codes.append(_check(folder, differences(folder, tree)))
        else:
            if not untried:
                say("Trying the starter in an empty place, as students will: about a minute ...")
                say(f"Its ./check works: {try_starter(tree)}.")
            changed = write(folder, tree)
            click.echo(f"{folder}: {len(tree)} files, {changed} of them changed.")
    if gradescope:
        codes.append(_gradescope(gradescope, labs, course, key, check=check))
    return max(codes)


def _gradescope(
    path: Path, labs: tuple[Assignment, ...], course: Course, key: Path | None, *, check: bool
) -> int:
    known = load_keys(key, labs) if key else {}
    keys = {lab: (key / lab / KEY_FILE).read_bytes() for lab in known} if key else {}
    content = autograder_zip(labs, course, catalog.folder("templates"), keys)
    same = path.is_file() and path.read_bytes() == content
    if check:
        click.echo(f"{path}: up to date." if same else f"{path}: different")
        return 0 if same else EXIT_BELOW
    if not same:
        write_bytes(path, content)
    click.echo(f"{path}: {len(content)} bytes, {'not changed' if same else 'written'}.")
    return 0


def _say_left_out(labs: tuple[Assignment, ...]) -> None:
    for lab in labs:
        for name in left_out(lab):
            say(f"{lab.id}/{name}: left out, the spec does not name it")


def _check(folder: Path, found: tuple[Difference, ...]) -> int:
    for difference in found:
        click.echo(str(difference))
    if not found:
        click.echo(f"{folder}: up to date.")
        return 0
    say(f"{folder} is out of date. `grader release --to {folder}` writes it anew.")
    return EXIT_BELOW
