"""Takes in the results of a class one by one: what is kept of a submission is one compact row."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.class_report.class_summary import (
    NOT_CHECKED,
    NOT_HANDED_IN,
    OUTCOMES,
    NotGraded,
    SubmissionRow,
)
from grader.class_report.reasons import normalised
from grader.class_report.shared_texts import Groups
from grader.class_report.stats import ItemSums
from grader.core.text import shorten
from grader.result import CheckResult, Result, SectionResult, Status

_WHY = 3
_EXAMPLES, _REASONS_EACH = 5, 40
_COUNTED = frozenset("PFS")


@dataclass(frozen=True, slots=True)
class GradedEntry:
    """One submission of the class. `report` is the address of its page, relative to the class's.

    `words` are the random words of its run, by lab; `lab_seconds` what each lab took.
    """

    result: Result
    report: str
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lab_seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class CheckColumn:
    """One check, all over the class."""

    lab: str
    id: str
    title: str
    part: str
    max_score: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sums: ItemSums = field(default_factory=ItemSums)


@dataclass(slots=True)
class LabTotals:
    """One lab, all over the class: `scores` is the sum of points of the `graded` submissions."""

    id: str
    title: str
    max_score: int = 0
    handed_in: int = 0
    scores: int = 0
    graded: int = 0


@dataclass(slots=True)
class Collected:
    """What is kept of the results taken in so far; memory grows by a row with each.

    `columns` are the checks by lab and check id, and `places` their numbers in a row's `outcomes`,
    which has one letter for each check. `phases` and `lab_seconds` hold every submission's seconds.
    `times` are when the first and the last were graded.
    """

    columns: dict[tuple[str, str], CheckColumn] = field(default_factory=dict)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    labs: dict[str, LabTotals] = field(default_factory=dict)
    rows: list[SubmissionRow] = field(default_factory=list)
    reasons: Groups = field(default_factory=lambda: Groups(_EXAMPLES, _REASONS_EACH))
    flags: Groups = field(default_factory=Groups)
    waiting: Groups = field(default_factory=Groups)
    causes: Groups = field(default_factory=lambda: Groups(_EXAMPLES))
    not_graded: list[NotGraded] = field(default_factory=list)
    phases: "dict[str, array[float]]" = field(default_factory=dict)
    lab_seconds: "dict[str, array[float]]" = field(default_factory=dict)
    graders: Counter[str] = field(default_factory=Counter)
    specs: Counter[str] = field(default_factory=Counter)
    engines: Counter[str] = field(default_factory=Counter)
    standins: Counter[str] = field(default_factory=Counter)
    times: list[str] = field(default_factory=list)

    def add(self, entry: GradedEntry) -> None:
        """Take in one submission."""
        result = entry.result
        letters: dict[int, str] = {}
        for section in result.sections:
            absent = not_handed_in(section)
            self._lab(section, result, absent=absent)
            for cause in {cause.id: cause for cause in section.causes}.values():
                self.causes.add(section.id, cause.id, cause.title, result.submission.id)
            for check in section.checks:
                place = self._place(section, check)
                letters[place] = NOT_HANDED_IN if absent else OUTCOMES[check.status]
                self._check(entry, section, check, letters[place])
        outcomes = "".join(letters.get(place, NOT_CHECKED) for place in range(len(self.places)))
        self.rows.append(_row(entry, outcomes))
        self._rest(entry)

    def _lab(self, section: SectionResult, result: Result, *, absent: bool) -> None:
        lab = self.labs.setdefault(section.id, LabTotals(section.id, section.title))
        lab.max_score = max(lab.max_score, section.max_score + section.pending)
        if absent:
            return
        lab.handed_in += 1
        if result.status.has_score:
            lab.scores += section.score
            lab.graded += 1

    def _place(self, section: SectionResult, check: CheckResult) -> int:
        key = (section.id, check.id)
        if key not in self.columns:
            self.columns[key] = CheckColumn(section.id, check.id, check.title, check.part)
            self.places[key] = len(self.places)
        return self.places[key]

    def _check(
        self, entry: GradedEntry, section: SectionResult, check: CheckResult, letter: str
    ) -> None:
        result, column = entry.result, self.columns[section.id, check.id]
        column.outcomes[letter] += 1
        column.max_score = max(column.max_score, check.max_score + check.pending)
        if letter in _COUNTED and result.status.has_score:
            column.sums.add(result.score - check.score, passed=check.status is Status.PASSED)
        who, words = result.submission.id, entry.words.get(section.id, {})
        if letter == OUTCOMES[Status.FAILED]:
            self.reasons.add(section.id, check.id, normalised(check.reason, words), who)
        elif check.status is Status.MANUAL:
            self.waiting.add(section.id, check.id, normalised(check.reason, words), who)
        for flag in check.flags:
            self.flags.add(section.id, check.id, normalised(flag, words), who)

    def _rest(self, entry: GradedEntry) -> None:
        result = entry.result
        made = result.provenance
        if not result.status.has_score:
            self.not_graded.append(NotGraded(submission=result.submission.id, reasons=_why(result)))
        for name, seconds in made.phases.items():
            self.phases.setdefault(name, array("d")).append(seconds)
        for name, seconds in entry.lab_seconds.items():
            self.lab_seconds.setdefault(name, array("d")).append(seconds)
        self.graders[made.grader] += 1
        self.specs[made.spec] += 1
        self.engines[made.engine] += 1
        self.standins.update(name for name, base in made.bases.items() if base.standin)
        self.times = [
            min([*self.times[:1], made.graded_at]),
            max([*self.times[1:], made.graded_at]),
        ]


def not_handed_in(section: SectionResult) -> bool:
    """Return whether nothing of a lab was there to look at.

    Only then is there no command that shows a check's outcome.
    """
    return bool(section.checks) and all(
        check.status is Status.FAILED and not check.reproduce for check in section.checks
    )


def _row(entry: GradedEntry, outcomes: str) -> SubmissionRow:
    result = entry.result
    checks = [check for section in result.sections for check in section.checks]
    return SubmissionRow(
        id=result.submission.id,
        report=entry.report,
        digest=result.submission.digest,
        status=result.status,
        score=result.score,
        max_score=result.max_score,
        pending=result.pending,
        labs={section.id: result.lab_score(section) for section in result.sections},
        flags=sum(len(check.flags) for check in checks),
        waiting=sum(check.status is Status.MANUAL for check in checks),
        seconds=result.provenance.seconds,
        outcomes=outcomes,
    )


def _why(result: Result) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shorten(cause, 300) for cause in result.causes()))[:_WHY]
