"""Sums up a class in one pass: what is kept of a submission is one compact row."""

import statistics
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.class_report.class_summary import (
    NOT_CHECKED,
    NOT_HANDED_IN,
    OUTCOMES,
    Bin,
    CheckSummary,
    ClassSummary,
    Duplicates,
    LabSummary,
    Made,
    NotGraded,
    Scores,
    Slow,
    SubmissionRow,
    Times,
    Timing,
)
from grader.class_report.reasons import normalised
from grader.class_report.shared_texts import Groups
from grader.class_report.stats import ItemSums
from grader.core.text import shorten
from grader.result import CheckResult, Result, SectionResult, Status
from grader.spec.assignment import Assignment

_BINS, _SLOWEST, _WHY = 20, 10, 3
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
class _Column:
    """One check, all over the class."""

    lab: str
    id: str
    title: str
    part: str
    max_score: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sums: ItemSums = field(default_factory=ItemSums)


@dataclass(slots=True)
class _Lab:
    id: str
    title: str
    max_score: int = 0
    handed_in: int = 0
    scores: int = 0
    graded: int = 0


@dataclass(slots=True)
class _Summing:
    """What is kept while results pass by."""

    columns: dict[tuple[str, str], _Column] = field(default_factory=dict)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    labs: dict[str, _Lab] = field(default_factory=dict)
    rows: list[SubmissionRow] = field(default_factory=list)
    reasons: Groups = field(default_factory=lambda: Groups(_EXAMPLES, _REASONS_EACH))
    flags: Groups = field(default_factory=Groups)
    waiting: Groups = field(default_factory=lambda: Groups(_EXAMPLES))
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
            for check in section.checks:
                place = self._place(section, check)
                letters[place] = NOT_HANDED_IN if absent else OUTCOMES[check.status]
                self._check(entry, section, check, letters[place])
        outcomes = "".join(letters.get(place, NOT_CHECKED) for place in range(len(self.places)))
        self.rows.append(_row(entry, outcomes))
        self._rest(entry)

    def _lab(self, section: SectionResult, result: Result, *, absent: bool) -> None:
        lab = self.labs.setdefault(section.id, _Lab(section.id, section.title))
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
            self.columns[key] = _Column(section.id, check.id, check.title, check.part)
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


def summarise(entries: Iterable[GradedEntry], labs: Sequence[Assignment] = ()) -> ClassSummary:
    """Return the summary of a class. Labs and checks stand in the order of `labs`.

    Those that `labs` does not know, of an older spec, follow in the order they were met. Texts are
    not compared here.
    """
    summing = _Summing()
    for entry in entries:
        summing.add(entry)
    order = _order(summing, labs)
    rows = tuple(_arranged(row, order) for row in summing.rows)
    known = [lab.id for lab in labs if lab.id in summing.labs]
    lab_ids = list(dict.fromkeys([*known, *summing.labs]))
    columns = list(summing.columns.values())
    return ClassSummary(
        made=_made(summing),
        scores=_scores(rows),
        labs=tuple(_lab_summary(summing.labs[name]) for name in lab_ids),
        checks=tuple(_check_summary(columns[place], len(rows)) for place in order),
        submissions=rows,
        reasons=summing.reasons.ordered(),
        flags=summing.flags.ordered(),
        waiting=summing.waiting.ordered(),
        not_graded=tuple(summing.not_graded),
        times=_times(summing, lab_ids),
        duplicates=Duplicates(),
    )


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


def _order(summing: _Summing, labs: Sequence[Assignment]) -> list[int]:
    """Return the places of all columns in the order they are shown."""
    wanted = [(lab.id, check.id) for lab in labs for check in lab.checks]
    rank = {key: number for number, key in enumerate(wanted)}
    lab_rank = {lab.id: number for number, lab in enumerate(labs)}
    met = list(dict.fromkeys(lab for lab, _ in summing.places))

    def key(name: tuple[str, str]) -> tuple[int, int, int]:
        lab = lab_rank.get(name[0], len(lab_rank) + met.index(name[0]))
        return lab, rank.get(name, len(rank)), summing.places[name]

    return [summing.places[name] for name in sorted(summing.places, key=key)]


def _arranged(row: SubmissionRow, order: Sequence[int]) -> SubmissionRow:
    letters = row.outcomes.ljust(len(order), NOT_CHECKED)
    return row.model_copy(update={"outcomes": "".join(letters[place] for place in order)})


def _check_summary(column: _Column, submissions: int) -> CheckSummary:
    found, sums = column.outcomes, column.sums
    discrimination, undefined = sums.point_biserial()
    return CheckSummary(
        lab=column.lab,
        id=column.id,
        title=column.title,
        part=column.part,
        max_score=column.max_score,
        passed=found["P"],
        failed=found["F"],
        skipped=found["S"],
        manual=found["M"],
        error=found["E"],
        not_handed_in=found[NOT_HANDED_IN],
        not_checked=submissions - found.total(),
        pass_rate=round(sums.passed / sums.count, 4) if sums.count else None,
        discrimination=None if discrimination is None else round(discrimination, 4),
        undefined=undefined,
    )


def _lab_summary(lab: _Lab) -> LabSummary:
    mean = round(lab.scores / lab.graded, 2) if lab.graded else None
    return LabSummary(
        id=lab.id, title=lab.title, max_score=lab.max_score, handed_in=lab.handed_in, mean=mean
    )


def _made(summing: _Summing) -> Made:
    return Made(
        graders=dict(sorted(summing.graders.items())),
        specs=dict(sorted(summing.specs.items())),
        engines=dict(sorted(summing.engines.items())),
        standins=dict(sorted(summing.standins.items())),
        first=summing.times[0] if summing.times else "",
        last=summing.times[-1] if summing.times else "",
    )


def _scores(rows: Sequence[SubmissionRow]) -> Scores:
    highest = max((row.max_score + row.pending for row in rows), default=0)
    totals = sorted(row.score for row in rows if row.status.has_score)
    if not totals:
        return Scores(count=0, max_score=highest)
    return Scores(
        count=len(totals),
        max_score=highest,
        lowest=totals[0],
        highest=totals[-1],
        mean=round(statistics.fmean(totals), 2),
        median=float(statistics.median(totals)),
        deviation=round(statistics.pstdev(totals), 2),
        bins=_bins(totals, highest),
    )


def _bins(totals: Sequence[int], highest: int) -> tuple[Bin, ...]:
    """Return bins of equal width from 0 to the highest total; the last one may be shorter."""
    top = max(highest, totals[-1])
    size = -(-(top + 1) // _BINS)
    counts = Counter(total // size for total in totals)
    return tuple(
        Bin(first=first, last=min(first + size - 1, top), count=counts[first // size])
        for first in range(0, top + 1, size)
    )


def _times(summing: _Summing, lab_ids: Sequence[str]) -> Times:
    if not summing.rows:
        return Times()
    slowest = sorted(summing.rows, key=lambda row: (-row.seconds, row.id))[:_SLOWEST]
    labs = [name for name in lab_ids if name in summing.lab_seconds]
    return Times(
        whole=_timing("whole", [row.seconds for row in summing.rows]),
        phases=tuple(_timing(name, found) for name, found in summing.phases.items()),
        labs=tuple(_timing(name, summing.lab_seconds[name]) for name in labs),
        slowest=tuple(Slow(submission=row.id, seconds=row.seconds) for row in slowest),
    )


def _timing(name: str, seconds: Sequence[float]) -> Timing:
    return Timing(
        name=name,
        submissions=len(seconds),
        total=round(sum(seconds), 3),
        median=round(statistics.median(seconds), 3),
        longest=round(max(seconds), 3),
    )
