"""`grader mark --override`: points given by hand for a check that was judged."""

import click

from grader.cli.mark_request import MarkRequest
from grader.core.errors import UsageError
from grader.core.text import shorten, visible
from grader.marks.free_answers import alias
from grader.marks.mark_history import whole_points
from grader.results.override_store import doubted_overrides, override_check

_BACK = "auto"


def give_override(request: MarkRequest, asked: tuple[str, str, str, str]) -> int:
    """Give points for a check, or take them back so that what was judged counts again."""
    name, lab, check, said = asked
    points = None if said == _BACK else whole_points(said)
    if points is None and said != _BACK:
        raise UsageError(
            f"'{shorten(said)}' is not a whole number of points. Give a number, or {_BACK} to let "
            "what was judged count again."
        )
    folder = request.mark_store.folder_of(name)
    done = override_check(folder, lab, check, points, request.comment, request.by)
    (result,) = request.renew([folder.name]).values()
    called = alias(folder.name) if request.anonymous else visible(folder.name)
    judged = f"judged {done.now.score} of {done.now.of}"
    what = f"{judged} again" if points is None else f"{done.now.text()}, {judged}"
    before = f" (before: {done.before.text()} by {done.before.by})" if done.before else ""
    click.echo(f"{called}, {done.now.lab} {done.now.check}: {what}{before}.")
    click.echo(f"{called} has {result.score}/{result.max_score} points now.")
    return 0


def say_doubted(request: MarkRequest) -> None:
    """List what was given by hand and should be looked at again."""
    found = [
        one
        for one in doubted_overrides(request.mark_store.results)
        if not request.questions and (not request.sections or one.override.lab in request.sections)
    ]
    if found:
        click.echo("\nGiven by hand for checks, to look at again:")
    for one in found:
        called = alias(one.submission) if request.anonymous else visible(one.submission)
        where = f"{called}, {one.override.lab} {one.override.check}"
        click.echo(visible(f"  {where}: {one.why}"))
