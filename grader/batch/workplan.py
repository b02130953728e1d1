"""What a run has to do, decided by content: what has not changed is not touched again."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.batch.find_submissions import Source
from grader.core.errors import UsageError
from grader.results import store
from grader.results.results_folder import Kept, read_kept
from grader.submission.snapshot import Submission

_log = logging.getLogger(__name__)

Read = Callable[[Source], Submission]


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to grade; `observed` and `inputs` are the digests its result will have.

    `copies` are submissions of equal content: they get this one's facts under their own names.
    """

    source: Source
    observed: str
    inputs: str
    copies: tuple["Job", ...] = ()


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """What becomes of every submission of a class.

    `kept`: its result in RESULTS is as good as a new one. `rejudged`: its saved facts are, but not
    the result. `graded`: it has to be observed anew.
    `copied` maps a submission with facts to those of equal content, which get its facts.
    """

    kept: Mapping[str, Kept]
    rejudged: tuple[Job, ...]
    copied: Mapping[str, tuple[Job, ...]]
    graded: tuple[Job, ...]

    @property
    def done(self) -> bool:
        """Return whether there is nothing to do."""
        return not (self.rejudged or self.copied or self.graded)


@dataclass(frozen=True, slots=True)
class Digests:
    """How the two digests of a result follow from that of a submission, today."""

    observed: Callable[[str], str]
    inputs: Callable[[str], str]


def plan_work(
    sources: Iterable[Source], results: Path, read: Read, digests: Digests, *, force: bool = False
) -> WorkPlan:
    """Return what is to do; with `force` everything is. What an engine failed on always is."""
    kept: dict[str, Kept] = {}
    rejudged: list[Job] = []
    open_: dict[str, list[Job]] = {}
    saved: dict[str, str] = {}
    for source in sources:
        submission = read(source)
        observed = digests.observed(submission.digest)
        job = Job(source, observed, digests.inputs(observed))
        # An unreadable folder may be readable now and then: what is missing has no digest.
        unread = any(lab.unreadable for lab in submission.labs.values())
        alone = bool(submission.missing) or unread or not submission.labs
        folder = results / source.id
        found = None if force else read_kept(folder)
        failed = found is not None and not found.status.has_score
        if found is not None and not failed and found.inputs == job.inputs != "":
            kept[source.id] = found
            saved.setdefault(observed, source.id)
        elif not force and not failed and _observed(folder) == observed:
            rejudged.append(job)
            saved.setdefault(observed, source.id)
        else:
            open_.setdefault(source.id if alone else observed, []).append(job)
    copied = {saved[key]: tuple(jobs) for key, jobs in open_.items() if key in saved}
    graded = [
        Job(first.source, first.observed, first.inputs, tuple(others))
        for key, (first, *others) in open_.items()
        if key not in saved
    ]
    _log.info(
        "%d unchanged, %d to judge again, %d equal to a saved one, %d to grade",
        *(len(kept), len(rejudged), sum(map(len, copied.values())), len(graded)),
    )
    return WorkPlan(kept, tuple(rejudged), copied, tuple(graded))


def _observed(folder: Path) -> str:
    """Return what the saved facts say they rest on; nothing where there are none of its own."""
    try:
        facts = store.read_facts(folder / store.FACTS)
    except UsageError:
        return ""
    return facts.observed if facts.submission == folder.name else ""
