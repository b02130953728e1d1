"""`grader explain`: what a cause that a report names, or one of its checks, is about."""

import difflib
from pathlib import Path

import click

from grader.cli.command_name import command_name
from grader.cli.common import assignments_option, hint_option, load_labs
from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.judge.causes import all_ids, page_of
from grader.judge.check_page import check_page, checks_named


@click.command()
@click.argument("cause", required=False)
@hint_option
@assignments_option
def explain(cause: str | None, hint: int, assignments: Path | None) -> int:
    """Print the page of CAUSE, or of a check, LAB/CHECK. Without one: list all causes."""
    if cause is None:
        for name, title in all_ids():
            click.echo(f"{name:32} {title}")
        return 0
    page = page_of(cause)
    if page is None:
        labs = load_labs(assignments)
        found = checks_named(cause, labs)
        if not found:
            raise UsageError(f"There is no cause and no check {shorten(cause)}. {_nearest(cause)}")
        page = "\n".join(check_page(lab, check, command_name(), hint) for lab, check in found)
    click.echo(page, nl=False)
    return 0


def _nearest(cause: str) -> str:
    near = difflib.get_close_matches(cause, [name for name, _ in all_ids()], n=1)
    return f"Did you mean {near[0]}?" if near else "`grader explain` lists all causes."
