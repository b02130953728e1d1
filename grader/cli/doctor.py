"""`grader doctor`: what is wrong with the machine that grades, and how to mend it."""

import shutil
import textwrap
from pathlib import Path

import click

from grader.cli.command_name import as_typed
from grader.cli.common import assignments_option, base_names
from grader.cli.exit_codes import EXIT_ENGINE
from grader.engine.machine_check import examine


@click.command()
@assignments_option
def doctor(assignments: Path | None) -> int:
    """Say what is wrong with this machine and how to mend it."""
    well = True
    for finding in examine(base_names(assignments)):
        well = well and finding.well
        mark = click.style("ok  ", fg="green") if finding.well else click.style("BAD ", fg="red")
        click.echo(f"{mark} {_folded(finding.seen)}")
        if not finding.well:
            click.echo(f"     {_folded(f'to mend it: {as_typed(finding.fix)}')}")
    return 0 if well else EXIT_ENGINE


def _folded(text: str) -> str:
    """Return a text that begins in the sixth column, folded to the terminal's width."""
    width = shutil.get_terminal_size().columns - 5
    return "\n     ".join(textwrap.wrap(text, max(width, 20), break_long_words=False))
