"""`grader prepare`: gets the base images that labs are built on, before the first run."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from grader.cli.common import assignments_option, base_names, say
from grader.core.logs import carrying
from grader.engine.docker import connect
from grader.observe.lab import PARALLEL
from grader.pipeline import open_session


@click.command()
@assignments_option
def prepare(assignments: Path | None) -> int:
    """Get every base image once, and measure what its shell does."""
    names = base_names(assignments)
    with open_session(connect(), announce=say) as session:
        with ThreadPoolExecutor(PARALLEL) as pool:
            ready = list(pool.map(carrying(session.bases.get), names))
        for name, base in zip(names, ready, strict=True):
            how = "stays as PID 1" if base.shell_stays else "replaces itself with the program"
            kind = " (stand-in)" if base.standin else ""
            click.echo(f"{name}{kind}: ready; its /bin/sh {how}")
    return 0
