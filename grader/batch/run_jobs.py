"""Does what a plan says, many submissions at a time; each result is written when it is there."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from grader.batch.selfcheck import SelfCheckError, complain
from grader.batch.workplan import Job, WorkPlan
from grader.core.errors import EngineError, GraderError, UsageError
from grader.core.logs import carrying
from grader.facts import SubmissionFacts
from grader.judge.context import NotObserved
from grader.pipeline import Graded
from grader.result import GradeStatus, Result
from grader.results import store, unproven

_log = logging.getLogger(__name__)

_GLANCE = 0.5  # seconds after which the waiting thread looks at signals and the clock
# When solutions whose grade is known are graded again.
_EVERY = 50  # results
_SECONDS = 900.0

DISTRUST = "This machine did not grade as it should at that time; it is to be graded again."


class Progress(Protocol):
    """What shows a person how a run goes; called from several threads."""

    def started(self, name: str) -> None:
        """Show that a submission is being graded now."""
        ...

    def finished(self, name: str, result: Result) -> None:
        """Show that a submission's result has been written."""
        ...

    def begins(self, text: str) -> None:
        """Show what the run has to work with."""
        ...

    def note(self, text: str) -> None:
        """Show something a person should know."""
        ...


@dataclass
class RunTally:
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

    def keep(self, plan: WorkPlan) -> None:
        """Count what stays as it is."""
        self.kept = len(plan.kept)
        self.review = sum(kept.status is GradeStatus.NEEDS_REVIEW for kept in plan.kept.values())

    @property
    def changed(self) -> bool:
        """Return whether anything was written."""
        return self.total > self.kept


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of a run as functions: so that what runs them needs no engine.

    `grade` observes and judges one submission, `judge` makes a result of saved facts (NotObserved
    where they do not hold what is asked now), `failed` one of an error of the grader's own, `keep`
    writes one and returns it with the marks that people gave. `self_check` grades solutions of
    known grade and returns in words what differs. `stop` ends what is under way at once.
    """

    grade: Callable[[Job], Graded]
    judge: Callable[[SubmissionFacts], Graded]
    failed: Callable[[Job, Exception], Graded]
    keep: Callable[[Graded], Result]
    self_check: Callable[[], list[str]]
    stop: Callable[[], None]
    cancelled: threading.Event


class JobRunner:
    """One run over a plan. Results go to disk; only numbers are kept in memory."""

    def __init__(self, stages: Stages, results: Path, progress: Progress) -> None:
        self._stages = stages
        self._results = results
        self._progress = progress
        self._lock = threading.Lock()
        self._unproven: list[str] = []
        self.tally = RunTally()

    def settle(self, plan: WorkPlan) -> tuple[Job, ...]:
        """Do what saved facts suffice for; return what an engine is needed for."""
        self.tally.keep(plan)
        todo = list(plan.graded)
        todo += [job for job in plan.rejudged if not self._rejudge(job)]
        for saved, jobs in plan.copied.items():
            todo += [job for job in jobs if not self._copy(saved, job)]
        return tuple(todo)

    def grade(self, jobs: Iterable[Job], under_way: int) -> None:
        """Grade every job, at most `under_way` at once; what is interrupted is not written.

        Raises SelfCheckError when solutions whose grade is known are graded otherwise; what was
        written since they last were right is then marked. That includes what a run before this
        one left unproven because it was cut off.
        """
        self._unproven = unproven.names(self._results)
        try:
            with self._pool(under_way) as pool:
                _refuse(pool.submit(self._stages.self_check).result())
                self._proven(len(self._unproven))
                self._grade(pool, iter(jobs), under_way)
                if self._unproven:
                    _refuse(pool.submit(self._stages.self_check).result())
                    self._proven(len(self._unproven))
        except SelfCheckError:
            for name in dict.fromkeys(self._unproven):
                self._mark_distrusted(name)
            unproven.write(self._results, [])
            raise

    def _proven(self, count: int) -> None:
        """Take so many results for good, the oldest first: known work was graded right since."""
        with self._lock:
            del self._unproven[:count]
            unproven.write(self._results, self._unproven)

    def _grade(self, pool: ThreadPoolExecutor, jobs: Iterator[Job], under_way: int) -> None:
        running: set[Future[None]] = set()
        proof: Future[list[str]] | None = None
        proving, looked = 0, time.monotonic()
        while True:
            while len(running) < under_way and (job := next(jobs, None)):
                running.add(pool.submit(carrying(self._do), job))
            if not running:
                break
            done, running = wait(running, timeout=_GLANCE, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            if proof is None and self._is_due(looked):
                proof, proving = pool.submit(self._stages.self_check), len(self._unproven)
            elif proof is not None and proof.done():
                _refuse(proof.result())
                self._proven(proving)
                proof, looked = None, time.monotonic()
        if proof is not None:
            _refuse(proof.result())
            self._proven(proving)

    def _is_due(self, looked: float) -> bool:
        late = time.monotonic() - looked > _SECONDS
        return len(self._unproven) >= _EVERY or (late and bool(self._unproven))

    @contextmanager
    def _pool(self, under_way: int) -> Iterator[ThreadPoolExecutor]:
        # One more than there are submissions under way: the self-check must not wait for them.
        pool = ThreadPoolExecutor(under_way + 1, thread_name_prefix="grade")
        try:
            yield pool
        except BaseException:
            self._stages.cancelled.set()
            self._stages.stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _do(self, job: Job) -> None:
        if self._stages.cancelled.is_set():
            return
        self._progress.started(job.source.id)
        try:
            graded = self._stages.grade(job)
        except GraderError:
            raise  # the engine is away, or a base cannot be had: so it is for all
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not take the class along
            if self._stages.cancelled.is_set():
                return
            graded = self._stages.failed(job, error)
        if self._stages.cancelled.is_set():  # what was cut off is nobody's result
            return
        try:
            self._write(graded)
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001 - nor must one that makes no page or no JSON
            self._write(self._stages.failed(job, error))
        for copy in job.copies:
            if not self._copy(job.source.id, copy):
                self._do(copy)

    def _rejudge(self, job: Job) -> bool:
        """Judge a submission's saved facts again; return whether that gave it its result."""
        graded = self._judged(self._facts(job.source.id))
        return (
            graded is not None
            and graded.result.status.has_score
            and self._written(graded, kind="rejudged")
        )

    def _copy(self, saved: str, job: Job) -> bool:
        """Give a submission the facts of one of equal content; return whether they are."""
        facts = self._facts(saved)
        if facts is None or facts.observed != job.observed:
            return False
        own = facts.model_copy(
            update={"submission": job.source.id, "same_as": facts.same_as or saved}
        )
        graded = self._judged(own)
        return graded is not None and self._written(graded, kind="copied")

    def _written(self, graded: Graded, *, kind: str) -> bool:
        """Write what saved facts gave; where that fails, the submission is observed again."""
        try:
            self._write(graded, kind)
        except GraderError:
            raise
        except Exception:  # noqa: BLE001 - as above
            _log.exception("no result of %s's facts can be written", graded.facts.submission)
            return False
        return True

    def _judged(self, facts: SubmissionFacts | None) -> Graded | None:
        """Return the result of saved facts; None where the submission has to be observed again."""
        if facts is None:
            return None
        try:
            return self._stages.judge(facts)
        except NotObserved as error:
            _log.info("%s has to be graded again: %s", facts.submission, error)
        except GraderError:
            raise
        except Exception:  # noqa: BLE001 - as above
            _log.exception("the facts of %s cannot be judged", facts.submission)
        return None

    def _mark_distrusted(self, name: str) -> None:
        facts = self._facts(name)
        if facts is not None:
            self._keep(self._stages.judge(facts.model_copy(update={"distrust": DISTRUST})))

    def _facts(self, name: str) -> SubmissionFacts | None:
        try:
            return store.read_facts(self._results / name / store.FACTS)
        except UsageError:
            return None

    def _write(self, graded: Graded, kind: str = "graded") -> None:
        observed = kind != "rejudged"
        if observed:
            self._note(graded.result.submission.id)
        result = self._keep(graded)
        with self._lock:
            setattr(self.tally, kind, getattr(self.tally, kind) + 1)
            self.tally.review += result.status is GradeStatus.NEEDS_REVIEW
            if not result.status.has_score:
                self.tally.not_graded.append(result.submission.id)
        name, status = result.submission.id, result.status
        _log.info("%s %s: %s, %s/%s", kind, name, status, result.score, result.max_score)
        self._progress.finished(name, result)

    def _note(self, name: str) -> None:
        """Note that a result is about to be written that nothing proves yet."""
        with self._lock:
            self._unproven.append(name)
            unproven.add(self._results, name)

    def _keep(self, graded: Graded) -> Result:
        try:
            return self._stages.keep(graded)
        except OSError as error:
            raise EngineError(
                f"Results cannot be written to {self._results} ({error.strerror}). What is there "
                "is whole. Make room, or mend the disk, and run the same command again."
            ) from error


def _refuse(found: list[str]) -> None:
    if found:
        raise complain(found)
