"""`grader explain`: what a cause that a report names is about."""

import difflib

import click

from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.judge.causes import all_ids, page_of


@click.command()
@click.argument("cause", required=False)
def explain(cause: str | None) -> int:
    """Print the page of CAUSE: the idea, an example, what to read. Without one: list them all."""
    if cause is None:
        for name, title in all_ids():
            click.echo(f"{name:32} {title}")
        return 0
    page = page_of(cause)
    if page is None:
        near = difflib.get_close_matches(cause, [name for name, _ in all_ids()], n=1)
        ask = f"Did you mean {near[0]}?" if near else "`grader explain` lists all causes."
        raise UsageError(f"There is no cause {shorten(cause)}. {ask}")
    click.echo(page, nl=False)
    return 0
