"""Has a class graded by dask workers, each on the engine of its own machine."""

import contextlib
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from grader.batch.class_run import ClassRun
from grader.batch.cluster.messages import WorkReply, pack, read_reply
from grader.batch.cluster.worker import observe, self_check_here
from grader.batch.run_jobs import Progress, Stages
from grader.batch.selfcheck import complain
from grader.batch.workplan import Job
from grader.core.code_digest import grader_identity
from grader.core.errors import EngineUnavailable, UsageError
from grader.facts import SubmissionFacts
from grader.pipeline import Graded
from grader.submission.snapshot import Submission

_PATIENCE = 60.0  # seconds that the first worker is waited for
_UNDER_WAY = 64  # submissions that are sent out; dask gives each worker as many as it has threads
_MOVES = 5  # times that one submission is given to another worker
_GLANCE = 0.5
_LOST = 900.0  # seconds that a run waits when no worker is left


class ClusterBackend:
    """The workers' side of a run; opened only when there is something to do for an engine."""

    def __init__(
        self, class_run: ClassRun, progress: Progress, stack: ExitStack, address: str
    ) -> None:
        self._class_run = class_run
        self._progress = progress
        self._stack = stack
        self._address = address
        self._client: Any = None
        self._cancelled = threading.Event()
        self._specs = {lab.id: lab.digest for lab in class_run.labs}
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def stages(self) -> Stages:
        """Return the stages of the run."""
        return self._class_run.stages(
            self._grade, self._self_check, self._cancelled.set, self._cancelled
        )

    def open(self, _: int | None) -> int:
        """Find the workers, and return how many submissions may be sent out."""
        try:
            import distributed  # noqa: PLC0415 - an extra that few need
        except ImportError as error:
            raise UsageError(
                "Grading on several machines needs the extra `cluster`: "
                "pip install 'docker-tutorial-grader[cluster]'."
            ) from error
        try:
            connect: Any = distributed.Client
            self._client = self._stack.enter_context(
                connect(self._address, timeout=_PATIENCE / 6, set_as_default=False)
            )
        except (OSError, ValueError) as error:
            raise UsageError(
                f"No dask scheduler answers at {self._address} ({error}). Start one with "
                "`dask scheduler`, or name its address."
            ) from error
        ends = time.monotonic() + _PATIENCE
        while not self._workers():
            if time.monotonic() > ends:
                raise UsageError(
                    f"The scheduler at {self._address} has no workers. Start them with "
                    "`dask worker`; docs/cluster.md says how."
                )
            time.sleep(_GLANCE)
        self._progress.begins(f"{len(self._workers())} workers are here.")
        return _UNDER_WAY

    def _grade(self, job: Job) -> Graded:
        content = self._pack(self._class_run.read(job.source))
        for _ in range(_MOVES):
            reply = self._ask(observe, content, key=f"{job.source.id}-{time.monotonic_ns()}")
            if reply is None:  # interrupted: what comes back is not written
                break
            if reply.differs:  # it was checked, for the first time, before it would have graded
                raise complain([f"{reply.worker}: {text}" for text in reply.differs])
            if not reply.trouble:
                return self._class_run.judge(SubmissionFacts.model_validate_json(reply.facts))
            self._progress.note(f"{reply.worker} has trouble: {reply.trouble}")
        if self._cancelled.is_set():
            raise InterruptedError
        raise EngineUnavailable(
            f"{_MOVES} times in a row a worker's engine failed. What was graded is kept. See to "
            "the workers (`grader doctor` on each) and run the same command again."
        )

    def _self_check(self) -> list[str]:
        """Let every worker grade what has a known grade; return what differs, and where."""
        content = self._pack(Submission("self-check", "", {}))
        found = []
        for address in self._workers():
            key = f"self-check-{time.monotonic_ns()}"
            reply = self._ask(self_check_here, content, key=key, worker=address)
            if reply is not None:
                found += [f"{reply.worker}: {text}" for text in reply.differs]
                if reply.trouble:
                    self._progress.note(f"{reply.worker} has trouble: {reply.trouble}")
        return found

    def _ask(
        self, what: Callable[[bytes], str], content: bytes, *, key: str, worker: str = ""
    ) -> WorkReply | None:
        """Return a worker's answer; None when interrupted, or when that one worker has left.

        Raises UsageError when a worker cannot take part, for then its grades would differ.
        """
        place = {"workers": [worker], "allow_other_workers": False} if worker else {}
        future = self._client.submit(what, content, key=key, pure=False, **place)
        alone = time.monotonic()
        while not future.done():
            workers = self._workers()
            gone = worker and worker not in workers
            if gone or self._cancelled.wait(_GLANCE):
                with contextlib.suppress(Exception):  # the scheduler itself may be gone
                    future.cancel()
                return None
            if workers:
                alone = time.monotonic()
            elif time.monotonic() - alone > _LOST:
                raise EngineUnavailable(
                    "No worker has been there for 15 minutes. What was graded is kept; start some "
                    "and run the same command again."
                )
        if future.cancelled():
            raise EngineUnavailable(
                f"The scheduler at {self._address} lost the run. What was graded is kept; run the "
                "same command again."
            )
        reply = read_reply(str(future.result()))
        if reply.refused:
            raise UsageError(
                f"The worker {reply.worker} cannot take part: {reply.refused}. "
                "Give every machine the same version of the grader and its labs."
            )
        return reply

    def _pack(self, submission: Submission) -> bytes:
        starter = self._class_run.starter.to_bytes() if self._class_run.starter else b""
        return pack(
            submission,
            grader=grader_identity(),
            specs=self._specs,
            faithful=self._class_run.faithful,
            starter=starter,
        )

    def _workers(self) -> list[str]:
        return sorted(self._client.scheduler_info(n_workers=-1)["workers"])
