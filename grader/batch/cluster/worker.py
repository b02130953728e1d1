"""Grades on another machine: what a dask worker runs. Bytes come in, JSON goes out."""

import atexit
import base64
import logging
import os
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

from grader.batch.cluster.messages import WorkReply, WorkRequest, unpack
from grader.batch.local import PATIENCE, share
from grader.batch.selfcheck import NO_SOLUTIONS, KnownSolution, gather_solutions, self_check
from grader.core.code_digest import grader_identity
from grader.core.errors import EngineError, GraderError
from grader.engine.docker import connect
from grader.judge.check_kinds import PARAMS
from grader.observe.session import Session
from grader.pipeline import observe_submission, open_session
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.submission.manifest import read_manifest

# Another folder of labs on a worker, as --assignments names one to the one who sends the work.
FOLDER = "GRADER_ASSIGNMENTS"
_log = logging.getLogger(__name__)


class _Worker:
    """The engine of this machine, opened by the first submission and kept for the next ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._session: Session | None = None
        self._solutions: tuple[KnownSolution, ...] = ()
        self._labs: dict[str, Assignment] = {}
        self._proven = False
        self._proving = threading.Lock()
        self.name = f"{socket.gethostname()} ({os.environ.get('DOCKER_HOST', 'default engine')})"

    def labs(self, request: WorkRequest) -> tuple[tuple[Assignment, ...], str]:
        """Return the labs to grade, and why this worker cannot grade them, if so."""
        if request.grader != grader_identity():
            return (), f"it has grader {grader_identity()}, the run is of {request.grader}"
        with self._lock:
            if not self._labs:
                root = Path(os.environ.get(FOLDER) or catalog.folder("assignments"))
                self._labs = {lab.id: lab for lab in catalog.load_assignments(root, PARAMS)}
        for name, digest in request.specs.items():
            if name not in self._labs or self._labs[name].digest != digest:
                return (), f"its {name} is another one than the run's"
        return tuple(self._labs[name] for name in request.specs), ""

    def session(self, labs: tuple[Assignment, ...], *, faithful: bool) -> Session:
        """Return the open session."""
        with self._lock:
            if self._session is None:
                atexit.register(self._stack.close)
                self._session = self._stack.enter_context(
                    open_session(
                        connect(), faithful=faithful, announce=_log.warning, patience=PATIENCE
                    )
                )
                share(self._session, labs, None)
                self._solutions = gather_solutions(labs)
                if not self._solutions:
                    _log.warning(NO_SOLUTIONS)
            if self._session.faithful != faithful:
                message = "this worker was started for a run with another --faithful"
                raise EngineError(message)
            return self._session

    def self_check(self, labs: tuple[Assignment, ...], *, faithful: bool) -> list[str]:
        """Return in words how known solutions were judged here otherwise than they must be.

        Until they come out right, nothing is graded here.
        """
        self._proven = False
        session = self.session(labs, faithful=faithful)
        found = self_check(session, self._solutions, labs, _log.warning)
        self._proven = not found
        return found

    def first_check(self, labs: tuple[Assignment, ...], *, faithful: bool) -> list[str]:
        """Return the same where the last self-check here was not passed; nothing where it was.

        A worker that came later than the run's own round, or whose engine was away then, is
        checked before the first submission that it grades.
        """
        with self._proving:
            return [] if self._proven else self.self_check(labs, faithful=faithful)


_here = _Worker()


def observe(content: bytes) -> str:
    """Return the facts of one submission, as a `WorkReply` in JSON."""
    return _reply(content, look=True).model_dump_json()


def self_check_here(content: bytes) -> str:
    """Return whether this worker grades as it should, as a `WorkReply` in JSON."""
    return _reply(content, look=False).model_dump_json()


def _reply(content: bytes, *, look: bool) -> WorkReply:
    name = _here.name
    try:
        request = unpack(content)
        labs, refused = _here.labs(request)
        if refused:
            return WorkReply(worker=name, refused=refused)
        if not look:
            found = _here.self_check(labs, faithful=request.faithful)
            return WorkReply(worker=name, differs=tuple(found))
        if found := _here.first_check(labs, faithful=request.faithful):
            return WorkReply(worker=name, differs=tuple(found))
        session = _here.session(labs, faithful=request.faithful)
        starter = read_manifest(base64.b64decode(request.starter)) if request.starter else None
        facts = observe_submission(session, request.submission(), labs, starter)
        return WorkReply(worker=name, facts=facts.model_dump_json())
    except EngineError as error:
        return WorkReply(worker=name, trouble=str(error))
    except GraderError as error:
        return WorkReply(worker=name, refused=str(error))
