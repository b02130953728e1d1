"""What the page shows of one lab: its parts, their checks, and what was observed for them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from grader.core.text import lines, shorten
from grader.facts import LabFacts
from grader.judge.causes import cause_of
from grader.render.anchors import Anchors, Link
from grader.render.causes import explain, of_part
from grader.render.details import without_repeats
from grader.render.observation_views import VIEWS
from grader.render.observed_lab import ObservedLab
from grader.render.status_sign import CHECK_SIGNS, StatusSign
from grader.render.view_input import CheckLink, ObservationView, ViewInput
from grader.result import CauseResult, CheckResult, SectionResult, Status
from grader.spec.assignment import Assignment

_EVIDENCE_LINES, _EVIDENCE_WIDTH = 80, 400
_OPEN = {Status.FAILED, Status.ERROR}


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check with its place on the page.

    `seen` is empty where it would repeat the reason. `answer` is a student's own text as HTML.
    `waiting` counts those skipped because of this one. `pictures` lead to what it was judged by.
    """

    anchor: str
    result: CheckResult
    mark: StatusSign
    open: bool
    seen: str
    answer: Markup | None
    evidence: str
    waits_for: Link | None
    waiting: int
    pictures: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause with its place on the page.

    `title` is as a report says it, `explains` leads to the checks. `example` are commands that show
    the idea by themselves, `read` addresses of pages about it; `command` prints the same.
    """

    anchor: str
    title: str
    result: CauseResult
    command: str
    example: str
    read: tuple[str, ...]
    explains: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a lab: causes, checks, and those observations that no part before it has shown."""

    anchor: str
    title: str
    score: int
    max_score: int
    pending: int
    counts: str
    causes: tuple[CauseView, ...]
    checks: tuple[CheckView, ...]
    observed: tuple[ObservationView, ...]


@dataclass(frozen=True, slots=True)
class LabView:
    """A lab and its parts."""

    anchor: str
    section: SectionResult
    parts: tuple[PartView, ...]


def view_lab(
    section: SectionResult,
    assignment: Assignment | None,
    facts: LabFacts | None,
    anchors: Anchors,
) -> LabView:
    """Return what the page shows of a lab; without its spec or its facts, nothing observed."""
    lab = ObservedLab(assignment, facts)
    anchor = anchors.new("lab", section.id)
    links = [Link(anchors.new(section.id, check.id), check.title) for check in section.checks]
    placed = list(zip(section.checks, links, strict=True))
    observed = _observed(section.id, lab, placed, anchors)
    views = list(_checks(section, lab, placed, observed))
    shown: set[str] = set()
    parts = []
    for title, group in groupby(views, key=lambda view: view.result.part):
        checks = tuple(group)
        here = [name for one in checks for name in lab.observations(one.result)]
        # Each observation stands once: in the part of the first check that was judged by it.
        new = [name for name in dict.fromkeys(here) if name in observed and name not in shown]
        shown |= set(new)
        place = anchors.new(section.id, "part", title)
        causes = tuple(_causes(section, title, {check.id: link for check, link in placed}, anchors))
        parts.append(_part(place, title, causes, checks, tuple(observed[name] for name in new)))
    return LabView(anchor, section, tuple(parts))


def _observed(
    section: str, lab: ObservedLab, placed: Sequence[tuple[CheckResult, Link]], anchors: Anchors
) -> Mapping[str, ObservationView]:
    """Return the views of all observations of which there is something to show, by name."""
    if lab.assignment is None or lab.facts is None:
        return {}
    views: dict[str, ObservationView] = {}
    for name in dict.fromkeys(name for check, _ in placed for name in lab.observations(check)):
        facts, spec = lab.facts.observations.get(name), lab.assignment.observe.get(name)
        # Of what was not seen there is nothing to show; and facts can be older than the spec.
        if facts is None or spec is None or facts.kind != spec.kind:
            continue
        by_step: dict[str, tuple[CheckLink, ...]] = {}
        for check, link in placed:
            if name in lab.observations(check):
                for step in dict.fromkeys(lab.steps(check)):
                    judged = CheckLink(CHECK_SIGNS[check.status], link)
                    by_step[step] = (*by_step.get(step, ()), judged)
        anchor = anchors.new(section, "seen", name)
        words = lab.facts.words
        given = ViewInput(name, facts, spec, lab.assignment, words, by_step, anchor, anchors.new)
        if view := VIEWS[spec.kind](given):
            views[name] = view
    return views


def _checks(
    section: SectionResult,
    lab: ObservedLab,
    placed: Sequence[tuple[CheckResult, Link]],
    observed: Mapping[str, ObservationView],
) -> Iterator[CheckView]:
    links = {check.id: link for check, link in placed}
    waiting = Counter(check.after for check in section.checks)
    explains = {check.id for check, rows in without_repeats(section.checks) if rows}
    for check, link in placed:
        yield CheckView(
            anchor=link.anchor,
            result=check,
            mark=CHECK_SIGNS[check.status],
            open=bool(check.flags) or (check.status in _OPEN and check.id in explains),
            seen="" if check.actual in {check.reason, shorten(check.reason)} else check.actual,
            answer=lab.answer(check),
            evidence=lines(check.evidence, _EVIDENCE_LINES, _EVIDENCE_WIDTH),
            waits_for=links.get(check.after) if check.after else None,
            waiting=waiting[check.id],
            pictures=tuple(_pictures(check, lab, observed)),
        )


def _pictures(
    check: CheckResult, lab: ObservedLab, observed: Mapping[str, ObservationView]
) -> Iterator[Link]:
    """Yield links to what a check was judged by: to steps where it is about single ones."""
    for name in lab.observations(check):
        if name in observed:
            view = observed[name]
            steps = [view.steps[step] for step in lab.steps(check) if step in view.steps]
            yield from steps or (Link(view.anchor, view.title),)


def _causes(
    section: SectionResult, part: str, links: Mapping[str, Link], anchors: Anchors
) -> Iterator[CauseView]:
    for title, cause in of_part(section, part):
        row = cause_of(cause.id)
        yield CauseView(
            anchor=anchors.new(section.id, "cause", cause.id),
            title=title,
            result=cause,
            command=explain(cause),
            example=row.example if row else "",
            read=row.read if row else (),
            explains=tuple(links[name] for name in cause.explains if name in links),
        )


def _part(
    anchor: str,
    title: str,
    causes: tuple[CauseView, ...],
    checks: tuple[CheckView, ...],
    observed: tuple[ObservationView, ...],
) -> PartView:
    results = [check.result for check in checks]
    return PartView(
        anchor=anchor,
        title=title,
        score=sum(check.score for check in results),
        max_score=sum(check.max_score for check in results),
        pending=sum(check.pending for check in results),
        counts=_counts(results),
        causes=causes,
        checks=checks,
        observed=observed,
    )


def _counts(checks: Sequence[CheckResult]) -> str:
    found = Counter(check.status for check in checks)
    if found[Status.PASSED] == len(checks):
        return f"all {len(checks)} passed" if len(checks) > 1 else "passed"
    return ", ".join(
        f"{found[status]} {sign.word}" for status, sign in CHECK_SIGNS.items() if found[status]
    )
