"""Grades a class on the engine of this machine: the stages of a run that need one."""

import threading
from contextlib import ExitStack

from grader.batch.capacity import Capacity, capacity, measure
from grader.batch.class_run import ClassRun
from grader.batch.run_jobs import Progress, Stages
from grader.batch.selfcheck import NO_SOLUTIONS, KnownSolution, gather_solutions, self_check
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


class LocalBackend:
    """The engine's side of a run; opened only when there is something to do for an engine."""

    def __init__(self, class_run: ClassRun, progress: Progress, stack: ExitStack) -> None:
        self._class_run = class_run
        self._progress = progress
        self._stack = stack
        self._session: Session | None = None
        self._solutions: tuple[KnownSolution, ...] = ()
        self._cancelled = threading.Event()

    def stages(self) -> Stages:
        """Return the stages of the run."""
        return self._class_run.stages(self._grade, self._self_check, self._stop, self._cancelled)

    def open(self, jobs: int | None) -> int:
        """Get the engine ready, and return how many submissions may be under way."""
        labs, progress = self._class_run.labs, self._progress
        progress.begins("Asking the Docker engine, and measuring what it can do at once ...")
        self._session = self._stack.enter_context(
            open_session(
                connect(),
                faithful=self._class_run.faithful,
                announce=progress.note,
                cancelled=self._cancelled,
                patience=PATIENCE,
            )
        )
        self._solutions = gather_solutions(labs)
        if not self._solutions:
            progress.note(NO_SOLUTIONS)
        room = share(self._session, labs, jobs)
        progress.begins(
            f"At work at once: {room.slots} builds or containers, of {room.under_way} submissions."
        )
        return room.under_way

    def _grade(self, job: Job) -> Graded:
        session = self._opened()
        class_run = self._class_run
        facts = grade_one(
            session, class_run.read(job.source), class_run.labs, class_run.starter
        ).facts
        return class_run.judge(facts)

    def _self_check(self) -> list[str]:
        if self._solutions:
            self._progress.begins("Checking this machine with solutions whose grade is known ...")
        return self_check(
            self._opened(), self._solutions, self._class_run.labs, self._progress.note
        )

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
