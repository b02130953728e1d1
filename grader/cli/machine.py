"""`grader prepare`, `doctor` and `clean`: the machine that grades, and its engine."""

import shutil
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from grader.cli.common import EXIT_ENGINE, assignments_option, load_labs, say
from grader.engine import housekeeping
from grader.engine.docker import connect
from grader.engine.machine_check import examine
from grader.observe.lab import PARALLEL
from grader.pipeline import open_session


@click.command()
@assignments_option
def prepare(assignments: Path | None) -> int:
    """Get every base image once, and measure what its shell does."""
    names = _bases(assignments)
    with open_session(connect(), announce=say) as session:
        with ThreadPoolExecutor(PARALLEL) as pool:
            ready = list(pool.map(session.bases.get, names))
        for name, base in zip(names, ready, strict=True):
            how = "stays as PID 1" if base.shell_stays else "replaces itself with the program"
            kind = " (stand-in)" if base.standin else ""
            click.echo(f"{name}{kind}: ready; its /bin/sh {how}")
    return 0


@click.command()
@assignments_option
def doctor(assignments: Path | None) -> int:
    """Say what is wrong with this machine and how to mend it."""
    well = True
    for finding in examine(_bases(assignments)):
        well = well and finding.well
        mark = click.style("ok  ", fg="green") if finding.well else click.style("BAD ", fg="red")
        click.echo(f"{mark} {_folded(finding.seen)}")
        if not finding.well:
            click.echo(f"     {_folded(f'to mend it: {finding.fix}')}")
    return 0 if well else EXIT_ENGINE


@click.command()
def clean() -> int:
    """Remove what runs left behind, and the build cache. Base images stay."""
    cleaned = housekeeping.clean(connect())
    kinds = ["container", "image", "network", "volume"]
    counts = [f"{sum(entry.kind == kind for entry in cleaned.gone)} {kind}s" for kind in kinds]
    click.echo(f"Removed {', '.join(counts)}.")
    if cleaned.in_use:
        say(f"{cleaned.in_use} objects were left to a grader that is at work right now.")
    for entry in cleaned.stuck:
        say(f"Not removed, because something else uses it: {entry.kind} {entry.id}")
    return EXIT_ENGINE if cleaned.stuck else 0


def _folded(text: str) -> str:
    """Return a text that begins in the sixth column, folded to the terminal's width."""
    width = shutil.get_terminal_size().columns - 5
    return "\n     ".join(textwrap.wrap(text, max(width, 20), break_long_words=False))


def _bases(assignments: Path | None) -> list[str]:
    return list(dict.fromkeys(name for lab in load_labs(assignments) for name in lab.bases))
