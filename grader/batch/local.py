"""What a run needs of the engine of this machine, as the functions that a `Run` is made of."""

import threading
from contextlib import ExitStack

from grader.batch.capacity import Capacity, capacity, measure
from grader.batch.class_run import About
from grader.batch.run_jobs import Progress, Work
from grader.batch.selfcheck import NO_CANARIES, Canary, gather_canaries, prove
from grader.batch.workplan import Job
from grader.core.errors import EngineFault
from grader.engine.docker import connect
from grader.engine.housekeeping import remove_run
from grader.facts import NotSeen
from grader.observe.retry import attempt
from grader.observe.session import Session
from grader.pipeline import Graded, grade_one, open_session
from grader.spec.assignment import Assignment

PATIENCE = 900.0  # seconds that an engine which is away is waited for


class Desk:
    """The engine's side of a run; opened only when there is something to do for an engine."""

    def __init__(self, about: About, progress: Progress, stack: ExitStack) -> None:
        self._about = about
        self._progress = progress
        self._stack = stack
        self._session: Session | None = None
        self._canaries: tuple[Canary, ...] = ()
        self._cancelled = threading.Event()

    def work(self) -> Work:
        """Return the stages of the run."""
        return self._about.work(self._grade, self._prove, self._stop, self._cancelled)

    def open(self, jobs: int | None) -> int:
        """Get the engine ready, and return how many submissions may be under way."""
        labs, progress = self._about.labs, self._progress
        self._session = self._stack.enter_context(
            open_session(
                connect(),
                faithful=self._about.faithful,
                announce=progress.note,
                cancelled=self._cancelled,
                patience=PATIENCE,
            )
        )
        self._canaries = gather_canaries(labs)
        if not self._canaries:
            progress.note(NO_CANARIES)
        room = share(self._session, labs, jobs)
        progress.begins(
            f"At work at once: {room.slots} builds or containers, of {room.under_way} submissions."
        )
        return room.under_way

    def _grade(self, job: Job) -> Graded:
        session = self._opened()
        about = self._about
        facts = grade_one(session, about.read(job.source), about.labs, about.starter).facts
        return about.judge(facts)

    def _prove(self) -> list[str]:
        return prove(self._opened(), self._canaries, self._about.labs, self._progress.note)

    def _opened(self) -> Session:
        if self._session is None:
            message = "the engine was not opened"
            raise RuntimeError(message)
        return self._session

    def _stop(self) -> None:
        session = self._opened()
        session.engine.abort()
        remove_run(session.engine, session.run_id)


def share(session: Session, labs: tuple[Assignment, ...], slots: int | None) -> Capacity:
    """Let an engine do so much at once, as much as it can take where no number is given."""
    if slots:
        room = capacity(session.engine, slots)
    else:
        base = attempt(session, lambda: session.bases.get(labs[0].bases[0]))
        if isinstance(base, NotSeen):
            raise EngineFault(base.why)
        room = measure(session.engine, base.id, session.run_id)
    session.engine.share(room.slots)
    return room
