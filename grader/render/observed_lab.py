"""Which observations of a lab each check was judged by, found through the lab's spec."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from grader.facts import AnswerFacts, LabFacts
from grader.render.markdown_html import render_markdown
from grader.result import CheckResult
from grader.spec.assignment import Assignment, Check
from grader.spec.questions import FREE


@dataclass(frozen=True)
class ObservedLab:
    """A lab's spec and its facts; one may be missing, and then nothing observed is shown.

    A result can be older than the spec, or be of a lab that this checkout does not have.
    """

    assignment: Assignment | None
    facts: LabFacts | None

    @cached_property
    def _checks(self) -> Mapping[str, Check]:
        return {check.id: check for check in self.assignment.checks} if self.assignment else {}

    def observations(self, check: CheckResult) -> tuple[str, ...]:
        """Return the names of the observations that a check was judged by."""
        spec = self._checks.get(check.id)
        return spec.params.observations() if spec and self.facts else ()

    def steps(self, check: CheckResult) -> tuple[str, ...]:
        """Return the ids of the steps of its observation that a check was judged by."""
        spec = self._checks.get(check.id)
        return spec.params.steps() if spec else ()

    def answer(self, check: CheckResult) -> Markup | None:
        """Return the student's own text, as HTML, where a person marks it."""
        asked = self.assignment.questions if self.assignment else ()
        if self.facts is None or all(one.id != check.id or one.kind != FREE for one in asked):
            return None
        seen = self.facts.answers.get(check.id)
        return render_markdown(seen.text) if isinstance(seen, AnswerFacts) and seen.text else None
