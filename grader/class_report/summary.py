"""Sums up a class: its scores, checks, labs and times."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from grader.class_report.class_summary import (
    NOT_CHECKED,
    NOT_HANDED_IN,
    Bin,
    CheckSummary,
    ClassSummary,
    Duplicates,
    LabSummary,
    Made,
    Scores,
    Slow,
    SubmissionRow,
    Times,
    Timing,
)
from grader.class_report.collected import CheckColumn, Collected, GradedEntry, LabTotals
from grader.spec.assignment import Assignment

_BINS, _SLOWEST = 20, 10


def summarise(entries: Iterable[GradedEntry], labs: Sequence[Assignment] = ()) -> ClassSummary:
    """Return the summary of a class. Labs and checks stand in the order of `labs`.

    Those that `labs` does not know, of an older spec, follow in the order they were met. Texts are
    not compared here.
    """
    collected = Collected()
    for entry in entries:
        collected.add(entry)
    order = _order(collected, labs)
    rows = tuple(_arranged(row, order) for row in collected.rows)
    known = [lab.id for lab in labs if lab.id in collected.labs]
    lab_ids = list(dict.fromkeys([*known, *collected.labs]))
    columns = list(collected.columns.values())
    return ClassSummary(
        made=_made(collected),
        scores=_scores(rows),
        labs=tuple(_lab_summary(collected.labs[name]) for name in lab_ids),
        checks=tuple(_check_summary(columns[place], len(rows)) for place in order),
        submissions=rows,
        reasons=collected.reasons.ordered(),
        flags=collected.flags.ordered(),
        waiting=collected.waiting.ordered(),
        causes=collected.causes.ordered(),
        not_graded=tuple(collected.not_graded),
        times=_times(collected, lab_ids),
        duplicates=Duplicates(),
    )


def _order(collected: Collected, labs: Sequence[Assignment]) -> list[int]:
    """Return the places of all columns in the order they are shown."""
    wanted = [(lab.id, check.id) for lab in labs for check in lab.checks]
    rank = {key: number for number, key in enumerate(wanted)}
    lab_rank = {lab.id: number for number, lab in enumerate(labs)}
    met = list(dict.fromkeys(lab for lab, _ in collected.places))

    def key(name: tuple[str, str]) -> tuple[int, int, int]:
        lab = lab_rank.get(name[0], len(lab_rank) + met.index(name[0]))
        return lab, rank.get(name, len(rank)), collected.places[name]

    return [collected.places[name] for name in sorted(collected.places, key=key)]


def _arranged(row: SubmissionRow, order: Sequence[int]) -> SubmissionRow:
    letters = row.outcomes.ljust(len(order), NOT_CHECKED)
    return row.model_copy(update={"outcomes": "".join(letters[place] for place in order)})


def _check_summary(column: CheckColumn, submissions: int) -> CheckSummary:
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


def _lab_summary(lab: LabTotals) -> LabSummary:
    mean = round(lab.scores / lab.graded, 2) if lab.graded else None
    return LabSummary(
        id=lab.id, title=lab.title, max_score=lab.max_score, handed_in=lab.handed_in, mean=mean
    )


def _made(collected: Collected) -> Made:
    return Made(
        graders=dict(sorted(collected.graders.items())),
        specs=dict(sorted(collected.specs.items())),
        engines=dict(sorted(collected.engines.items())),
        standins=dict(sorted(collected.standins.items())),
        first=collected.times[0] if collected.times else "",
        last=collected.times[-1] if collected.times else "",
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


def _times(collected: Collected, lab_ids: Sequence[str]) -> Times:
    if not collected.rows:
        return Times()
    slowest = sorted(collected.rows, key=lambda row: (-row.seconds, row.id))[:_SLOWEST]
    labs = [name for name in lab_ids if name in collected.lab_seconds]
    return Times(
        whole=_timing("whole", [row.seconds for row in collected.rows]),
        phases=tuple(_timing(name, found) for name, found in collected.phases.items()),
        labs=tuple(_timing(name, collected.lab_seconds[name]) for name in labs),
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
