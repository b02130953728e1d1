"""`grader mark --walk`: one answer after the other, at a terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from grader.cli.common import say
from grader.core.errors import UsageError
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_history import Mark
from grader.marks.mark_state import MarkState
from grader.render.marking_text import render_answer
from grader.results.mark_store import MarkStore, new_mark

_QUIT, _BACK, _ON, _CONFIRM = "q", "b", "s", "c"


@dataclass(slots=True)
class Walk:
    """A walk over answers; `marked` is called with each submission whose marks changed."""

    mark_store: MarkStore
    by: str
    anonymous: bool
    marked: Callable[[str], None]
    given: int = 0

    def go(self, queue: Sequence[FreeAnswer]) -> None:
        """Ask for a mark for each answer until the end or `q`, counting those given."""
        at = 0
        back = False
        while at < len(queue):
            answer = self._look_again(queue[at], ask_anyway=back)
            did = self._ask(answer, f"{at + 1} of {len(queue)}") if answer else _ON
            if did == _QUIT:
                break
            back = did == _BACK
            at = max(at - 1, 0) if back else at + 1

    def _look_again(self, answer: FreeAnswer, *, ask_anyway: bool) -> FreeAnswer | None:
        """Return the answer as it is now; None where there is nothing to ask any more."""
        try:
            now = self.mark_store.find(answer.submission, answer.lab, answer.question.id)
        except UsageError as error:
            say(str(error))
            return None
        if now.state is MarkState.MARKED and now.mark and not ask_anyway:
            say(f"{now.mark.by} gave {now.mark.text()} for this one in the meantime: passed over.")
            return None
        return now

    def _ask(self, answer: FreeAnswer, place: str) -> str:
        """Show an answer and ask until something is done; return what, nothing for a mark."""
        click.echo(render_answer(answer, place=place, anonymous=self.anonymous))
        while True:
            said = str(click.prompt(_question(answer), default="", show_default=False)).strip()
            if said in {_QUIT, _BACK, _ON}:
                return said
            try:
                mark = self._mark(answer, said)
                if mark is None:
                    say(f"'{said}' is none of these." if said else "Type one of these.")
                    continue
                self.mark_store.give(answer, mark)
            except UsageError as error:
                say(str(error))
                return self._again(answer, place)
            self.given += 1
            self.marked(answer.submission)
            return ""

    def _again(self, answer: FreeAnswer, place: str) -> str:
        now = self._look_again(answer, ask_anyway=True)
        return self._ask(now, place) if now else _ON

    def _mark(self, answer: FreeAnswer, said: str) -> Mark | None:
        if said == _CONFIRM and answer.mark and _can_confirm(answer):
            return new_mark(answer, answer.mark.points, answer.mark.comment, self.by)
        if not (said.isascii() and said.isdigit() and int(said) <= answer.question.points):
            return None
        comment = str(click.prompt("Comment", default="", show_default=False))
        return new_mark(answer, int(said), comment, self.by)


def _can_confirm(answer: FreeAnswer) -> bool:
    unsure = answer.state in {MarkState.STALE, MarkState.DOUBTFUL}
    return unsure and answer.mark is not None and answer.mark.fits(answer.question.points)


def _question(answer: FreeAnswer) -> str:
    points = answer.mark.points if answer.mark else None
    confirm = f", c confirm {points}" if _can_confirm(answer) else ""
    return f"Points 0-{answer.question.points} (s skip, b back, q quit{confirm})"
