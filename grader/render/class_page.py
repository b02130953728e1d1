"""What the class's page shows, in the order it shows it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from grader.class_report.class_summary import (
    Alike,
    CheckSummary,
    ClassSummary,
    Identical,
    NotGraded,
    SharedText,
    SubmissionRow,
)
from grader.core.text import shorten
from grader.render.anchors import Anchors
from grader.render.distribution import distribution
from grader.result import GradeStatus

_NAMES = 8  # of students that share a reason
_REASONS, _GROUPS, _PAIRS = 40, 100, 60
_WEAK = 0.1  # discrimination below it: the check says nothing about the rest, or the contrary
# What stands in a cell of the heat map: a sign beside the colour. Passed is what most cells are,
# so it goes without a class: the page of a thousand students stays small.
_SIGNS: Mapping[str, tuple[str, str, str]] = {
    "P": ("✓", "", "passed"),
    "F": ("✗", "f", "failed"),
    "S": ("·", "s", "skipped: another check has to be right first"),
    "M": ("?", "m", "waits for a person"),
    "E": ("!", "e", "not graded"),
    "N": ("\N{EN DASH}", "n", "the lab was not handed in"),
    "-": (" ", "n", "not part of the grading"),
}


# A link costs some seventy bytes: what passed, or could not be looked at, has none.
_LINKED = frozenset("FME")


@dataclass(frozen=True, slots=True)
class PersonLink:
    """A submission's name, and the address of its report; empty if it has none."""

    name: str
    report: str


@dataclass(frozen=True, slots=True)
class People:
    """Submissions that share something: `shown` at once, the `rest` when asked for.

    How many `more` there are is known alone.
    """

    shown: tuple[PersonLink, ...]
    rest: tuple[PersonLink, ...]
    more: int


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One line of the heat map; `cells` are its table cells as HTML, `note` what waits in it."""

    person: PersonLink
    points: str
    note: str
    cells: Markup


@dataclass(frozen=True, slots=True)
class LabHead:
    """The checks of one lab, for the heat map's head and the table of checks."""

    anchor: str
    id: str
    title: str
    checks: tuple["ClassCheckView", ...]


@dataclass(frozen=True, slots=True)
class ClassCheckView:
    """A check with its place on the page; `remark` is what somebody should look at."""

    anchor: str
    check: CheckSummary
    passed: str
    discrimination: str
    remark: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """A shared text with the check it belongs to and the people who share it."""

    group: SharedText
    anchor: str
    people: People


@dataclass(frozen=True, slots=True)
class CauseCount:
    """A cause and the people whose reports name it, each linked to it there."""

    found: SharedText
    people: People


@dataclass(frozen=True, slots=True)
class IdenticalView:
    """Equal submissions, and in words how much of them is their own."""

    people: People
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class AlikeView:
    """Two files that are alike."""

    alike: Alike
    first: PersonLink
    second: PersonLink


@dataclass(frozen=True, slots=True)
class NotGradedView:
    """Somebody without a grade, and why."""

    person: PersonLink
    found: NotGraded


@dataclass(frozen=True, slots=True)
class ClassPage:
    """Everything `templates/class.html.j2` shows; `rows` can be gone through once."""

    summary: ClassSummary
    graded: int
    review: int
    picture: Markup
    legend: tuple[tuple[Markup, str], ...]
    heads: tuple[LabHead, ...]
    rows: Iterator[HeatRow]
    nobody_failed: tuple[ClassCheckView, ...]
    everybody_failed: tuple[ClassCheckView, ...]
    causes: tuple[CauseCount, ...]
    causes_left: int
    reasons: tuple[GroupView, ...]
    reasons_left: int
    flags: tuple[GroupView, ...]
    flags_left: int
    waiting: tuple[GroupView, ...]
    not_graded: tuple[NotGradedView, ...]
    identical: tuple[IdenticalView, ...]
    alike: tuple[AlikeView, ...]
    alike_left: int
    slowest: tuple[tuple[PersonLink, float], ...]
    mixed: tuple[str, ...]


def make_class_page(summary: ClassSummary) -> ClassPage:
    """Return everything the template needs; it decides nothing but layout."""
    reports = {row.id: row.report for row in summary.submissions}
    heads = tuple(_heads(summary.checks, {lab.id: lab.title for lab in summary.labs}))
    views = {(view.check.lab, view.check.id): view for head in heads for view in head.checks}
    duplicates, firsts = summary.duplicates, _firsts(summary.checks)
    anchors = [_anchor(check.lab, check.id) for check in summary.checks]

    def person(name: str) -> PersonLink:
        return PersonLink(name, reports.get(name, ""))

    def people(names: Sequence[str], count: int, limit: int = _NAMES, anchor: str = "") -> People:
        links = tuple(_at(person(name), anchor) for name in names)
        return People(links[:limit], links[limit:], count - len(links))

    def group(found: SharedText) -> GroupView:
        anchor = views[found.lab, found.check].anchor
        there = _anchor(found.lab, found.check)
        return GroupView(found, anchor, people(found.submissions, found.count, anchor=there))

    def cause(found: SharedText) -> CauseCount:
        there = _anchor(found.lab, "cause", found.check)
        return CauseCount(found, people(found.submissions, found.count, anchor=there))

    return ClassPage(
        summary=summary,
        graded=sum(row.status.has_score for row in summary.submissions),
        review=sum(row.status is GradeStatus.NEEDS_REVIEW for row in summary.submissions),
        picture=distribution(summary.scores, "points"),
        legend=tuple((_cell(letter), words) for letter, (_, _, words) in _SIGNS.items()),
        heads=heads,
        rows=(_row(row, firsts, anchors) for row in summary.submissions),
        nobody_failed=tuple(v for v in views.values() if v.check.pass_rate == 1),
        everybody_failed=tuple(v for v in views.values() if v.check.pass_rate == 0),
        causes=tuple(map(cause, summary.causes[:_REASONS])),
        causes_left=max(0, len(summary.causes) - _REASONS),
        reasons=tuple(map(group, summary.reasons[:_REASONS])),
        reasons_left=max(0, len(summary.reasons) - _REASONS),
        flags=tuple(map(group, summary.flags[:_GROUPS])),
        flags_left=max(0, len(summary.flags) - _GROUPS),
        waiting=tuple(map(group, summary.waiting)),
        not_graded=tuple(
            NotGradedView(person(found.submission), found) for found in summary.not_graded
        ),
        identical=tuple(
            IdenticalView(
                people(found.submissions, len(found.submissions), 2 * _NAMES),
                len(found.submissions),
                _how_identical(found),
            )
            for found in sorted(duplicates.identical, key=_least_own_last)
        ),
        alike=tuple(
            AlikeView(found, person(found.first), person(found.second))
            for found in duplicates.alike[:_PAIRS]
        ),
        alike_left=max(0, len(duplicates.alike) - _PAIRS) + duplicates.left_out,
        slowest=tuple((person(slow.submission), slow.seconds) for slow in summary.times.slowest),
        mixed=tuple(_mixed(summary)),
    )


def _heads(checks: Sequence[CheckSummary], titles: Mapping[str, str]) -> Iterable[LabHead]:
    anchors = Anchors({"heat", "checks", "reasons", "alike", "time", "look", "points"})
    for lab, group in groupby(checks, key=lambda check: check.lab):
        anchor = anchors.new("lab", lab)
        views = tuple(_check(check, anchors.new("check", lab, check.id)) for check in group)
        yield LabHead(anchor, lab, titles.get(lab, lab), views)


def _check(check: CheckSummary, anchor: str) -> ClassCheckView:
    passed = "\N{EN DASH}" if check.pass_rate is None else f"{100 * check.pass_rate:.0f}%"
    value = check.discrimination
    remark = ""
    if value is not None and value < 0:
        remark = "those who pass it have fewer points elsewhere"
    elif value is not None and value < _WEAK:
        remark = "says little about the rest"
    return ClassCheckView(
        anchor, check, passed, check.undefined if value is None else f"{value:.2f}", remark
    )


def _firsts(checks: Sequence[CheckSummary]) -> frozenset[int]:
    """Return the columns where a lab begins: a line stands before them."""
    labs = [check.lab for check in checks]
    return frozenset(n for n in range(len(labs)) if n == 0 or labs[n] != labs[n - 1])


def _anchor(*names: str) -> str:
    """Return the id of a check, or of a cause, in a submission's report."""
    return Anchors().new(*names)


def _at(one: PersonLink, anchor: str) -> PersonLink:
    return PersonLink(one.name, f"{one.report}#{anchor}") if one.report and anchor else one


def _row(row: SubmissionRow, firsts: frozenset[int], anchors: Sequence[str]) -> HeatRow:
    cells = Markup("").join(
        _linked(letter, row.report, anchors[number], first=number in firsts)
        if letter in _LINKED and row.report
        else _CELLS[letter, number in firsts]
        for number, letter in enumerate(row.outcomes)
    )
    points = str(row.score) if row.status.has_score else "\N{EN DASH}"
    waits = "!" if not row.status.has_score else "⚑" if row.flags else "?" if row.waiting else ""
    return HeatRow(PersonLink(row.id, row.report), points, waits, cells)


def _linked(letter: str, report: str, anchor: str, *, first: bool) -> Markup:
    """Return a cell that leads to the check in the report: what somebody may want to look at."""
    sign, style, _ = _SIGNS[letter]
    names = f"{style} b" if first else style
    return Markup('<td class="{}"><a href="{}#{}">{}</a></td>').format(names, report, anchor, sign)


def _cell(letter: str, *, first: bool = False) -> Markup:
    sign, style, _ = _SIGNS[letter]
    names = " ".join(name for name in (style, "b" if first else "") if name)
    attribute = Markup(' class="{}"').format(names) if names else ""
    return Markup("<td{}>{}</td>").format(attribute, sign)


_CELLS = {
    (letter, first): _cell(letter, first=first) for letter in _SIGNS for first in (False, True)
}


def _least_own_last(found: Identical) -> tuple[bool, int]:
    return found.own == 0, -len(found.submissions)


def _how_identical(found: Identical) -> str:
    same = "the same bytes" if found.same_bytes else "the same text, not the same bytes"
    if found.own is None:
        return same
    if found.own == 0:
        return f"{same}: nothing of their own"
    return f"{same}, with {found.own} line{'' if found.own == 1 else 's'} of their own"


def _mixed(summary: ClassSummary) -> Iterable[str]:
    """Yield what makes grades of this class hard to compare."""
    kinds = {
        "versions of the grader": summary.made.graders,
        "specs": summary.made.specs,
        "engines": summary.made.engines,
    }
    for kind, found in kinds.items():
        if len(found) > 1:
            counts = ", ".join(f"{shorten(name, 60)} ({count})" for name, count in found.items())
            yield f"Graded with {len(found)} {kind}: {counts}. Grade the class again to compare."
