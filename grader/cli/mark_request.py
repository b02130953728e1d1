"""One call of `grader mark`: who marks, where, and which answers it is about."""

from collections.abc import Iterable
from dataclasses import dataclass

from grader.cli.common import say
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_state import MarkState
from grader.marks.sheet_writer import Separator
from grader.render.marking_text import name_of
from grader.result import Result
from grader.results import class_files
from grader.results.keep import rewrite_result
from grader.results.mark_store import MarkStore
from grader.spec.assignment import Assignment


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """Who marks, where, and which answers it is about."""

    mark_store: MarkStore
    labs: tuple[Assignment, ...]
    by: str
    comment: str
    sections: tuple[str, ...]
    questions: tuple[str, ...]
    anonymous: bool
    partial: bool
    separator: Separator

    def chosen(self, lab: str, question: str) -> bool:
        """Return whether it is about that question."""
        return (not self.sections or lab in self.sections) and (
            not self.questions or question in self.questions
        )

    def answers(self) -> list[FreeAnswer]:
        """Return the chosen answers, question by question; says what cannot be read."""
        found = self.mark_store.survey()
        for why in found.unreadable:
            say(why)
        chosen = [one for one in found.answers if self.chosen(one.lab, one.question.id)]
        if self.anonymous:  # the order of names would tell whose they are
            places = list(dict.fromkeys((one.lab, one.question.id) for one in chosen))
            chosen.sort(key=lambda one: (places.index((one.lab, one.question.id)), one.alias))
        return chosen

    def due(self) -> list[FreeAnswer]:
        """Return the chosen answers that somebody should mark, or look at again last."""
        answers = self.answers()
        new = {MarkState.WAITING, MarkState.STALE}
        again = [answer for answer in answers if answer.state is MarkState.DOUBTFUL]
        return [answer for answer in answers if answer.state in new] + again

    def called(self, answer: FreeAnswer) -> str:
        """Return how an answer is called in a message."""
        name = name_of(answer, anonymous=self.anonymous)
        return f"{name}, {answer.lab} {answer.question.id}"

    def renew(self, names: Iterable[str]) -> dict[str, Result]:
        """Make the results of submissions again, and what there is about the class."""
        made = {
            name: rewrite_result(
                self.mark_store.results, name, self.labs, self.mark_store.keys, warn=say
            )
            for name in sorted(names)
        }
        if made:
            class_files.refresh_class_files(self.mark_store.results, self.labs)
        return made
