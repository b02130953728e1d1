"""What the page shows, in the order it shows it: a result joined with what was observed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from grader.core.text import lines, shorten
from grader.facts import LabFacts, RebuildFacts, RunFacts, SubmissionFacts
from grader.render.anchors import Anchors
from grader.render.details import without_repeats
from grader.render.observed import RebuildView, RunView, Sight, command
from grader.render.svg import score_bar
from grader.result import CheckResult, Result, SectionResult, Status
from grader.spec.assignment import Assignment

_EVIDENCE_LINES, _EVIDENCE_WIDTH = 80, 400
_SHORT_ID = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as a sign and a word; `style` colours them and says nothing by itself."""

    sign: str
    word: str
    style: str


_MARKS: Mapping[Status, Mark] = {
    Status.PASSED: Mark("✓", "passed", "passed"),
    Status.FAILED: Mark("✗", "failed", "failed"),
    Status.SKIPPED: Mark("·", "skipped", "skipped"),
    Status.MANUAL: Mark("?", "marked later", "manual"),
    Status.ERROR: Mark("!", "not graded", "error"),
}
_OVERALL: Mapping[str, Mark] = {
    "graded": Mark("✓", "Graded", "passed"),
    "needs_review": Mark("⚑", "Needs review", "manual"),
    "not_graded": Mark("!", "Not graded", "error"),
}
_OPEN = {Status.FAILED, Status.ERROR}
_NOT_PASSED = {Status.FAILED, Status.ERROR}


@dataclass(frozen=True, slots=True)
class Link:
    """A place on this page and what it is called."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check with its place on the page. `waiting` counts those skipped because of it."""

    anchor: str
    result: CheckResult
    mark: Mark
    open: bool
    seen: str
    answer: Markup | None
    evidence: str
    waits_for: Link | None
    waiting: int
    pictures: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a lab: its checks, and what was observed for them."""

    anchor: str
    title: str
    score: int
    max_score: int
    pending: int
    counts: str
    checks: tuple[CheckView, ...]
    runs: tuple[RunView, ...]
    rebuilds: tuple[RebuildView, ...]


@dataclass(frozen=True, slots=True)
class LabView:
    """A lab and its parts."""

    anchor: str
    section: SectionResult
    parts: tuple[PartView, ...]


@dataclass(frozen=True, slots=True)
class BaseView:
    """A base image as the footer names it."""

    name: str
    short_id: str
    standin: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page; `to_mend` holds what did not pass, by title of its part.

    `notes` holds each note once, with the titles of the labs it is about; none if it is of all.
    """

    result: Result
    overall: Mark
    sentences: tuple[str, ...]
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    bar: Markup
    labs: tuple[LabView, ...]
    to_mend: tuple[tuple[str, tuple[CheckView, ...]], ...]
    flagged: tuple[CheckView, ...]
    bases: tuple[BaseView, ...]


def make_page(result: Result, facts: SubmissionFacts, assignments: Sequence[Assignment]) -> Page:
    """Return everything the template needs; it decides nothing but layout."""
    anchors = Anchors({"to-mend", "to-review"})
    by_id = {assignment.id: assignment for assignment in assignments}
    observed = {lab.lab: lab for lab in facts.labs}
    labs = tuple(
        _lab(section, by_id.get(section.id), observed.get(section.id), anchors)
        for section in result.sections
    )
    parts = [part for lab in labs for part in lab.parts]
    checks = [check for part in parts for check in part.checks]
    to_mend = [
        (part.title, tuple(c for c in part.checks if c.result.status in _NOT_PASSED))
        for part in parts
    ]
    return Page(
        result=result,
        overall=_OVERALL[result.status],
        sentences=_sentences(result, checks),
        notes=_notes(result),
        bar=score_bar(result.score, result.max_score, anchors.new("bar")),
        labs=labs,
        to_mend=tuple((title, found) for title, found in to_mend if found),
        flagged=tuple(check for check in checks if check.result.flags),
        bases=tuple(
            BaseView(name, base.id.removeprefix("sha256:")[:_SHORT_ID], base.standin)
            for name, base in sorted(result.provenance.bases.items())
        ),
    )


def _notes(result: Result) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for section in result.sections:
        for note in section.notes:
            found.setdefault(note, []).append(section.title)
    everybody = [section.title for section in result.sections]
    return tuple((note, () if of == everybody else tuple(of)) for note, of in found.items())


def _sentences(result: Result, checks: Sequence[CheckView]) -> tuple[str, ...]:
    if result.status == "not_graded":
        return ("The engine failed; this is not your score.",)
    said = []
    if any(check.result.flags for check in checks):
        said.append("A person should look at what is flagged below; the points stand.")
    if any(check.result.status is Status.MANUAL for check in checks):
        said.append("Some of it is marked later; it costs nothing until then.")
    return tuple(said) or ("Every check was judged.",)


def _lab(
    section: SectionResult,
    assignment: Assignment | None,
    facts: LabFacts | None,
    anchors: Anchors,
) -> LabView:
    sight = Sight(assignment, facts)
    anchor = anchors.new("lab", section.id)
    placed = [
        (check, Link(anchors.new(section.id, check.id), check.title)) for check in section.checks
    ]
    links = {check.id: link for check, link in placed}
    # Each observation stands once: in the part of the first check that was judged by it.
    pictures: dict[str, Link] = {}
    parts = []
    waiting = Counter(check.after for check in section.checks)
    explains = {check.id for check, rows in without_repeats(section.checks) if rows}
    for title, group in groupby(placed, key=lambda one: one[0].part):
        here = tuple(group)
        checks = tuple(check for check, _ in here)
        runs, rebuilds = [], []
        for name, seen in (found for check in checks for found in sight.of(check)):
            if name in pictures:
                continue
            place = anchors.new(section.id, "seen", name)
            if isinstance(seen, RunFacts):
                pictures[name] = Link(place, command(seen))
                runs.append(sight.run(seen, place, anchors.new))
            else:
                pictures[name] = Link(place, _second_build(seen))
                rebuilds.append(sight.rebuild(seen, place))
        views = tuple(
            CheckView(
                anchor=link.anchor,
                result=check,
                mark=_MARKS[check.status],
                open=bool(check.flags) or (check.status in _OPEN and check.id in explains),
                seen="" if check.actual in {check.reason, shorten(check.reason)} else check.actual,
                answer=sight.answer(check),
                evidence=lines(check.evidence, _EVIDENCE_LINES, _EVIDENCE_WIDTH),
                waits_for=links.get(check.after) if check.after else None,
                waiting=waiting[check.id],
                pictures=tuple(pictures[name] for name, _ in sight.of(check)),
            )
            for check, link in here
        )
        parts.append(
            PartView(
                anchor=anchors.new(section.id, "part", title),
                title=title,
                score=sum(check.score for check in checks),
                max_score=sum(check.max_score for check in checks),
                pending=sum(check.pending for check in checks),
                counts=_counts(checks),
                checks=views,
                runs=tuple(runs),
                rebuilds=tuple(rebuilds),
            )
        )
    return LabView(anchor, section, tuple(parts))


def _second_build(rebuild: RebuildFacts) -> str:
    return f"docker build of {rebuild.image}, again"


def _counts(checks: Sequence[CheckResult]) -> str:
    found = Counter(check.status for check in checks)
    if found[Status.PASSED] == len(checks):
        return f"all {len(checks)} passed" if len(checks) > 1 else "passed"
    return ", ".join(
        f"{found[status]} {mark.word}" for status, mark in _MARKS.items() if found[status]
    )
