"""What the report page shows: a result, joined with what was observed for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.facts import SubmissionFacts
from grader.render.anchors import Anchors
from grader.render.lab_view import CheckView, LabView, PartView, view_lab
from grader.render.status_sign import RESULT_SIGNS, StatusSign
from grader.render.svg import score_bar
from grader.result import Result, Status
from grader.spec.assignment import Assignment

_NOT_PASSED = {Status.FAILED, Status.ERROR}
_SHORT_ID = 12


@dataclass(frozen=True, slots=True)
class BaseView:
    """A base image as the footer names it."""

    name: str
    short_id: str
    standin: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything `templates/report.html.j2` shows.

    `to_mend` pairs a part with those of its checks that did not pass and have no cause. `notes`
    pairs a note with the titles of the labs it is about, none if it is about all of them. `bar` is
    SVG.
    """

    result: Result
    overall: StatusSign
    sentences: tuple[str, ...]
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    bar: Markup
    labs: tuple[LabView, ...]
    to_mend: tuple[tuple[PartView, tuple[CheckView, ...]], ...]
    flagged: tuple[CheckView, ...]
    bases: tuple[BaseView, ...]


def make_page(result: Result, facts: SubmissionFacts, assignments: Sequence[Assignment]) -> Page:
    """Return everything the template needs, so that the template decides nothing but layout."""
    anchors = Anchors({"to-mend", "to-review"})
    by_id = {assignment.id: assignment for assignment in assignments}
    observed = {lab.lab: lab for lab in facts.labs}
    labs = tuple(
        view_lab(section, by_id.get(section.id), observed.get(section.id), anchors)
        for section in result.sections
    )
    parts = [part for lab in labs for part in lab.parts]
    checks = [check for part in parts for check in part.checks]
    to_mend = [(part, tuple(c for c in part.checks if _unexplained(c))) for part in parts]
    return Page(
        result=result,
        overall=RESULT_SIGNS[result.status],
        sentences=_sentences(result, checks),
        notes=_notes(result),
        bar=score_bar(result.score, result.max_score, anchors.new("bar")),
        labs=labs,
        to_mend=tuple((part, found) for part, found in to_mend if found or part.causes),
        flagged=tuple(check for check in checks if check.result.flags),
        bases=tuple(
            BaseView(name, base.id.removeprefix("sha256:")[:_SHORT_ID], base.standin)
            for name, base in sorted(result.provenance.bases.items())
        ),
    )


def _unexplained(check: CheckView) -> bool:
    return check.result.status in _NOT_PASSED and not check.result.cause


def _notes(result: Result) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for section in result.sections:
        for note in section.notes:
            found.setdefault(note, []).append(section.title)
    everybody = [section.title for section in result.sections]
    return tuple((note, () if of == everybody else tuple(of)) for note, of in found.items())


def _sentences(result: Result, checks: Sequence[CheckView]) -> tuple[str, ...]:
    if not result.status.has_score:
        return ("The engine failed; this is not your score.",)
    said = []
    if any(check.result.flags for check in checks):
        said.append("A person should look at what is flagged below; the points stand.")
    if any(check.result.status is Status.MANUAL for check in checks):
        said.append("Some of it is marked later; it costs nothing until then.")
    return tuple(said) or ("Every check was judged.",)
