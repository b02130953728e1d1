"""What `grader mark` can do: list, walk, show, give, confirm, take back, export, import."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import click

from grader.cli.common import say
from grader.cli.exit_codes import EXIT_INTERRUPTED, EXIT_USAGE
from grader.cli.mark_override import give_override, say_doubted
from grader.cli.mark_request import MarkRequest
from grader.cli.mark_sheets import export_sheet, import_marks
from grader.cli.mark_walk import Walk
from grader.core.errors import UsageError
from grader.core.text import shorten, visible
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_history import Mark, whole_points
from grader.marks.mark_state import MarkState
from grader.render.marking_text import counted, name_of, render_answer, render_queue
from grader.results import class_files
from grader.results.keep import rewrite_result
from grader.results.mark_store import new_mark

_UNSURE = {MarkState.STALE, MarkState.DOUBTFUL}


def _list(request: MarkRequest, _: None) -> int:
    found = request.mark_store.survey()
    for why in found.unreadable:
        say(why)
    answers = [one for one in found.answers if request.chosen(one.lab, one.question.id)]
    left = [one for one in found.orphan_marks if request.chosen(one.mark.lab, one.mark.question)]
    click.echo(render_queue(answers, left, anonymous=request.anonymous), nl=False)
    if any(answer.state is not MarkState.MARKED for answer in answers):
        click.echo(f"\nGo through them: {_command(request, '--walk')}")
    say_doubted(request)
    return EXIT_USAGE if found.unreadable else 0


def _walk(request: MarkRequest, _: bool) -> int:  # noqa: FBT001 - the option's value
    queue = request.due()
    if not queue:
        click.echo("Nothing waits to be marked.")
        return 0
    changed: set[str] = set()

    def marked(name: str) -> None:
        rewrite_result(
            request.mark_store.results, name, request.labs, request.mark_store.keys, warn=say
        )
        changed.add(name)

    walk = Walk(request.mark_store, request.by, request.anonymous, marked)
    code = 0
    try:
        walk.go(queue)
    except (click.Abort, KeyboardInterrupt):
        click.echo()
        code = EXIT_INTERRUPTED
    if changed:
        class_files.refresh_class_files(request.mark_store.results, request.labs)
    click.echo(f"{counted(walk.given, 'mark')} given, all of them saved.")
    return code


def _next(request: MarkRequest, _: bool) -> int:  # noqa: FBT001
    queue = request.due()
    if not queue:
        click.echo("Nothing waits to be marked.")
        return 0
    place = f"1 of {len(queue)}"
    click.echo(render_answer(queue[0], place=place, anonymous=request.anonymous), nl=False)
    name = queue[0].alias if request.anonymous else queue[0].submission
    address = (name, queue[0].lab, queue[0].question.id)
    click.echo(f"\nMark it: {_command(request, '--set', *address, 'POINTS', '--comment', 'TEXT')}")
    return 0


def _show(request: MarkRequest, address: tuple[str, str, str]) -> int:
    answer = request.mark_store.find(*address)
    click.echo(render_answer(answer, anonymous=request.anonymous), nl=False)
    return 0


def _set(request: MarkRequest, asked: tuple[str, str, str, str]) -> int:
    answer = request.mark_store.find(*asked[:3])
    points = whole_points(asked[3])
    if points is None:
        raise UsageError(
            f"'{shorten(asked[3])}' is not a whole number of points: "
            f"give 0 to {answer.question.points}."
        )
    given = new_mark(answer, points, request.comment, request.by)
    old = answer.mark
    same = old and (old.points, old.comment, old.by) == (given.points, given.comment, given.by)
    if same and answer.state is MarkState.MARKED:
        click.echo(f"{request.called(answer)}: has just that mark already.")
        return 0
    return _give(request, answer, given)


def _confirm(request: MarkRequest, address: tuple[str, str, str]) -> int:
    answer = request.mark_store.find(*address)
    if answer.mark is None:
        raise UsageError(f"{request.called(answer)} has no mark to confirm: give one with --set.")
    if answer.state not in _UNSURE:
        click.echo(f"{request.called(answer)}: nothing speaks against its mark.")
        return 0
    return _give(request, answer, _again(request, answer, answer.mark))


def _confirm_all(request: MarkRequest, _: bool) -> int:  # noqa: FBT001
    names = set()
    count = 0
    for answer in request.answers():
        if answer.state is MarkState.DOUBTFUL and answer.mark:
            request.mark_store.give(answer, _again(request, answer, answer.mark))
            names.add(answer.submission)
            count += 1
    request.renew(names)
    click.echo(f"{counted(count, 'mark')} confirmed.")
    return 0


def _take_back(request: MarkRequest, address: tuple[str, str, str]) -> int:
    answer = request.mark_store.find(*address)
    if answer.mark is None:
        raise UsageError(f"{request.called(answer)} has no mark to take back.")
    return _give(request, answer, new_mark(answer, None, request.comment, request.by))


def _again(request: MarkRequest, answer: FreeAnswer, old: Mark) -> Mark:
    if not old.fits(answer.question.points):
        raise UsageError(
            f"{request.called(answer)}: {old.text()} cannot be confirmed, the question is worth "
            f"{answer.question.points} now. Give new points with --set."
        )
    return new_mark(answer, old.points, request.comment or old.comment, request.by)


def _give(request: MarkRequest, answer: FreeAnswer, given: Mark) -> int:
    request.mark_store.give(answer, given)
    (result,) = request.renew([answer.submission]).values()
    old = answer.mark
    before = f" (before: {old.text()} by {visible(old.by)})" if old else ""
    did = "mark taken back" if given.points is None else given.text()
    pending = f", {result.pending} more wait to be marked" if result.pending else ""
    click.echo(f"{request.called(answer)}: {did}{before}.")
    name = name_of(answer, anonymous=request.anonymous)
    click.echo(f"{name} has {result.score}/{result.max_score} points now{pending}.")
    return 0


def _command(request: MarkRequest, *more: str) -> str:
    hide = ("--anonymous",) if request.anonymous else ()
    return visible(shlex.join(["grader", "mark", str(request.mark_store.results), *more, *hide]))


# By the name of the option that asks for it.
ACTIONS: Mapping[str, Callable[[MarkRequest, Any], int]] = {
    "list": _list,
    "walk": _walk,
    "following": _next,
    "show": _show,
    "given": _set,
    "override": give_override,
    "confirm": _confirm,
    "confirm_all": _confirm_all,
    "take_back": _take_back,
    "export": export_sheet,
    "source": import_marks,
}
