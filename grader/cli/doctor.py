"""`grader doctor`: what is wrong with the machine that grades, and how to mend it."""

import itertools
import shutil
import textwrap
from pathlib import Path

import click

from grader.cli.command_name import as_typed
from grader.cli.common import assignments_option, base_names
from grader.cli.exit_codes import EXIT_ENGINE
from grader.engine.machine_check import Examined, examine, measure


@click.command()
@click.option(
    "--measure",
    "measured",
    is_flag=True,
    help="Also say what this engine can grade: programs of the grader's own try it.",
)
@assignments_option
def doctor(assignments: Path | None, *, measured: bool) -> int:
    """Say what is wrong with this machine and how to mend it."""
    bases, well = base_names(assignments), True
    for finding in itertools.chain(examine(bases), measure(bases) if measured else ()):
        well = well and finding.well
        click.echo(f"{_mark(finding)} {_folded(finding.seen)}")
        if finding.fix:
            click.echo(f"     {_folded(f'to mend it: {as_typed(finding.fix)}')}")
    return 0 if well else EXIT_ENGINE


def _mark(finding: Examined) -> str:
    if not finding.well:
        return click.style("BAD ", fg="red")
    return click.style("note", fg="yellow") if finding.fix else click.style("ok  ", fg="green")


def _folded(text: str) -> str:
    """Return a text that begins in the sixth column, folded to the terminal's width."""
    width = shutil.get_terminal_size().columns - 5
    return "\n     ".join(textwrap.wrap(text, max(width, 20), break_long_words=False))
