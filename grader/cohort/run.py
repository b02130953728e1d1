"""Grades what is on the agenda, many at a time; each result is written as it is there."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from grader import store
from grader.cohort.agenda import Agenda, Job
from grader.errors import UsageError
from grader.facts import SubmissionFacts
from grader.model import Result
from grader.pipeline import Graded

_GLANCE = 0.5  # seconds after which the waiting thread looks up, for signals and the clock

Grade = Callable[[Job], Graded]
Judge = Callable[[SubmissionFacts], Graded]
Keep = Callable[[Graded], None]


class Progress(Protocol):
    """Who is told what happens; called from several threads."""

    def started(self, name: str) -> None:
        """Tell that a submission is being graded now."""
        ...

    def finished(self, name: str, result: Result) -> None:
        """Tell that a submission's result has been written."""
        ...

    def note(self, text: str) -> None:
        """Tell something a person should know."""
        ...


@dataclass
class Tally:
    """How a run ended, in numbers; `not_graded` names those the engine failed on."""

    kept: int = 0
    rejudged: int = 0
    copied: int = 0
    graded: int = 0
    review: int = 0
    not_graded: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Return how many submissions have a result now."""
        return self.kept + self.rejudged + self.copied + self.graded


@dataclass(frozen=True, slots=True)
class Work:
    """The stages of a run as functions: so that what runs them needs no engine.

    `grade` observes and judges one submission, `judge` makes a result of saved facts, `keep`
    writes one. `stop` ends what is under way at once.
    """

    grade: Grade
    judge: Judge
    keep: Keep
    stop: Callable[[], None]
    cancelled: threading.Event


class Run:
    """One run over an agenda. Results go to disk; only numbers are kept in memory."""

    def __init__(self, work: Work, results: Path, progress: Progress) -> None:
        self._work = work
        self._results = results
        self._progress = progress
        self._lock = threading.Lock()
        self.tally = Tally()

    def settle(self, agenda: Agenda) -> tuple[Job, ...]:
        """Do what saved facts suffice for; return what an engine is needed for."""
        self.tally.kept = len(agenda.kept)
        self.tally.review = sum(kept.status == "needs_review" for kept in agenda.kept.values())
        todo = list(agenda.graded)
        todo += [job for job in agenda.rejudged if not self._rejudge(job)]
        for saved, jobs in agenda.copied.items():
            todo += [job for job in jobs if not self._copy(saved, job)]
        return tuple(todo)

    def grade(self, jobs: Iterable[Job], under_way: int) -> None:
        """Grade every job, at most `under_way` at once; what is interrupted is not written."""
        waiting = iter(jobs)
        with self._pool(under_way) as pool:
            running: set[Future[None]] = set()
            while True:
                for job in waiting:
                    running.add(pool.submit(self._do, job))
                    if len(running) >= under_way:
                        break
                if not running:
                    return
                done, running = wait(running, timeout=_GLANCE, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()

    @contextmanager
    def _pool(self, under_way: int) -> Iterator[ThreadPoolExecutor]:
        pool = ThreadPoolExecutor(under_way, thread_name_prefix="grade")
        try:
            yield pool
        except BaseException:
            self._work.cancelled.set()
            self._work.stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _do(self, job: Job) -> None:
        if self._work.cancelled.is_set():
            return
        self._progress.started(job.source.id)
        graded = self._work.grade(job)
        if self._work.cancelled.is_set():  # what was cut off is nobody's result
            return
        self._write(graded)
        for copy in job.copies:
            if not self._copy(job.source.id, copy):
                self._do(copy)

    def _rejudge(self, job: Job) -> bool:
        facts = self._facts(job.source.id)
        if facts is None:
            return False
        graded = self._work.judge(facts)
        if graded.result.status == "not_graded":
            return False
        self._write(graded, kind="rejudged")
        return True

    def _copy(self, saved: str, job: Job) -> bool:
        """Give a submission the facts of one of equal content; return whether they are."""
        facts = self._facts(saved)
        if facts is None or facts.observed != job.observed:
            return False
        own = facts.model_copy(
            update={"submission": job.source.id, "same_as": facts.same_as or saved}
        )
        self._write(self._work.judge(own), kind="copied")
        return True

    def _facts(self, name: str) -> SubmissionFacts | None:
        try:
            return store.read_facts(self._results / name / store.FACTS)
        except UsageError:
            return None

    def _write(self, graded: Graded, kind: str = "graded") -> None:
        self._work.keep(graded)
        result = graded.result
        with self._lock:
            setattr(self.tally, kind, getattr(self.tally, kind) + 1)
            self.tally.review += result.status == "needs_review"
            if result.status == "not_graded":
                self.tally.not_graded.append(result.submission.id)
        self._progress.finished(result.submission.id, result)
