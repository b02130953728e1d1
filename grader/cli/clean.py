"""`grader clean`: takes away what runs left on the engine."""

import click

from grader.cli.common import say
from grader.cli.exit_codes import EXIT_ENGINE
from grader.engine import housekeeping
from grader.engine.docker import connect


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
