"""Grades one submission: the stages by name, each feeding the next."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version

from grader.build.base_images import Bases
from grader.engine.housekeeping import remove_run, trim_cache
from grader.engine.locks import hold_run
from grader.engine.protocol import Engine
from grader.engine.reaper import reaper
from grader.facts import EngineFacts, Fault, NotSeen, SubmissionFacts
from grader.judge.score import score_submission
from grader.observe.lab import not_submitted, observe_labs
from grader.observe.plan import observed_digests
from grader.observe.session import Session
from grader.observe.static import NO_ENGINE, observe_files
from grader.result import Result
from grader.spec.assignment import Assignment
from grader.spec.keys import Key
from grader.submission.changed import changed_files
from grader.submission.manifest import Manifest
from grader.submission.snapshot import Submission


@dataclass(frozen=True, slots=True)
class Graded:
    """A result with the facts it was judged from."""

    facts: SubmissionFacts
    result: Result


def grade_one(
    session: Session,
    submission: Submission,
    assignments: Sequence[Assignment],
    starter: Manifest | None = None,
    *,
    keys: Mapping[str, Key] | None = None,
) -> Graded:
    """Return the grade of one submission; `keys` are those of score_submission.

    `starter` is the manifest of what students were given.
    """
    facts = observe_submission(session, submission, assignments, starter)
    return Graded(facts, score_submission(facts, assignments, keys or {}))


def observe_submission(
    session: Session,
    submission: Submission,
    assignments: Sequence[Assignment],
    starter: Manifest | None = None,
) -> SubmissionFacts:
    """Return the facts of every lab, also of those that were not submitted."""
    begin, now = time.monotonic(), datetime.now(UTC)
    if submission.missing:
        labs = tuple(not_submitted(a, submission.missing) for a in assignments)
    else:
        labs = observe_labs(session, ((a, submission.labs.get(a.id)) for a in assignments))
    return SubmissionFacts(
        submission=submission.id,
        digest=submission.digest,
        grader=grader_version(),
        engine=session.engine.facts(),
        graded_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=time.monotonic() - begin,
        labs=labs,
        changed=changed_files(submission, assignments, starter),
        observed=rests_on(assignments, starter, faithful=session.faithful)(submission.digest),
    )


def facts_of_a_failure(
    submission: Submission, assignments: Sequence[Assignment], why: str
) -> SubmissionFacts:
    """Return the facts of a submission on which the grader itself failed: none, and no zero."""
    lost = NotSeen(fault=Fault.ENGINE, why=why)
    return SubmissionFacts(
        submission=submission.id,
        digest=submission.digest,
        grader=grader_version(),
        engine=EngineFacts(name="none", version="-", api="-", local=False),
        graded_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=0.0,
        labs=tuple(not_submitted(a, lost) for a in assignments),
    )


def grade_files(
    submission: Submission,
    assignments: Sequence[Assignment],
    starter: Manifest | None = None,
    *,
    keys: Mapping[str, Key] | None = None,
) -> Graded:
    """Return what can be said of a submission without an engine; the rest waits, as `manual`."""
    begin, now = time.monotonic(), datetime.now(UTC)
    labs = tuple(
        observe_files(a, submission.labs[a.id])
        if a.id in submission.labs
        else not_submitted(a, submission.missing)
        for a in assignments
    )
    facts = SubmissionFacts(
        submission=submission.id,
        digest=submission.digest,
        grader=grader_version(),
        engine=NO_ENGINE,
        graded_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=time.monotonic() - begin,
        labs=labs,
        changed=changed_files(submission, assignments, starter),
    )
    return Graded(facts, score_submission(facts, assignments, keys or {}))


def rests_on(
    assignments: Sequence[Assignment], starter: Manifest | None = None, *, faithful: bool
) -> Callable[[str], str]:
    """Return what makes, of a submission's digest, the `observed` that its facts have today."""
    observed = observed_digests(assignments, grader=grader_version(), faithful=faithful)
    if starter is None:
        return observed
    released = starter.to_bytes()
    return lambda digest: observed(hashlib.sha256(digest.encode() + released).hexdigest())


@contextmanager
def open_session(
    engine: Engine,
    *,
    faithful: bool = False,
    announce: Callable[[str], None] = lambda _: None,
    cancelled: threading.Event | None = None,
    patience: float = 60.0,
) -> Iterator[Session]:
    """Yield a session; whatever happens, no container of it is left when it closes.

    With an engine that is away just then, they go when it is back.

    Who sets `cancelled` lets everything under way come to its end without a further try.
    """
    run_id = secrets.token_hex(8)
    with hold_run(run_id), engine.watched(announce), reaper(run_id) as dismiss:
        try:
            yield Session(
                engine,
                Bases(engine, run_id, announce),
                run_id,
                faithful,
                cancelled or threading.Event(),
                patience,
            )
        finally:
            if remove_run(engine, run_id):
                dismiss()
    trim_cache(engine)


@cache
def grader_version() -> str:
    """Return the installed grader's version."""
    return version("docker-tutorial-grader")
