"""`grader schema`: what editors complete the files of authors by."""

from pathlib import Path

import click

from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.judge.check_kinds import PARAMS
from grader.release.course import course_schema
from grader.spec.json_schemas import Schema, schema_name, schema_text, spec_files

COURSE_FILE = "course.yaml"


def schemas() -> dict[str, Schema]:
    """Return every schema by the name of its file."""
    return {**spec_files(PARAMS), schema_name(COURSE_FILE): course_schema()}


@click.command()
@click.argument("name", required=False, metavar="[assignment|key|course]")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write all of them there, where the files' first lines look: assignments/.schemas.",
)
def schema(name: str | None, folder: Path | None) -> int:
    """Print the JSON Schema of assignment.yaml, key.yaml or course.yaml, for editors."""
    if (name is None) == (folder is None):
        raise UsageError("Name one of assignment, key and course, or say --to DIR for all.")
    known = schemas()
    if folder is None:
        file = schema_name(f"{name}")
        if file not in known:
            raise UsageError(f"There is no schema '{name}'. There are assignment, key and course.")
        click.echo(schema_text(known[file]), nl=False)
        return 0
    for file, found in known.items():
        path, text = folder / file, schema_text(found)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            click.echo(f"{path}: as it should be")
        else:
            write_text(path, text)
            click.echo(f"{path}: written")
    return 0
