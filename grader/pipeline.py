"""Grades one submission: the stages by name, each feeding the next."""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from grader.build.base_images import Bases
from grader.core.code_digest import code_digest
from grader.core.logs import working_on
from grader.core.times import show_time
from grader.core.version import grader_version
from grader.engine.housekeeping import remove_run, trim_cache
from grader.engine.locks import hold_run
from grader.engine.protocol import Engine
from grader.engine.reaper import reaper
from grader.facts import EngineFacts, Fault, LabFacts, NotSeen, SubmissionFacts
from grader.judge.score import inputs_digest, score_submission
from grader.observe.lab import cannot_be_read, not_submitted, observe_labs
from grader.observe.lab_so_far import Watcher
from grader.observe.plan import observed_digests
from grader.observe.session import Session
from grader.observe.static import NO_ENGINE, observe_files
from grader.result import Result, SectionResult
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import Key
from grader.submission.changed import changed_files
from grader.submission.manifest import Manifest
from grader.submission.snapshot import Submission

_log = logging.getLogger(__name__)

# The code that facts follow from. What judges them, and all after it, is not in it: when that
# changes, saved facts are judged again, and nothing is observed again.
_OBSERVING = ("core", "facts", "spec", "submission", "engine", "build", "observe", "pipeline.py")


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
    return judge_facts(facts, assignments, keys or {})


def observe_submission(
    session: Session,
    submission: Submission,
    assignments: Sequence[Assignment],
    starter: Manifest | None = None,
) -> SubmissionFacts:
    """Return the facts of every lab, also of those that were not submitted."""
    begin = time.monotonic()
    with working_on(run=session.run_id, submission=submission.id):
        if submission.missing:
            labs = tuple(not_submitted(a, submission.missing) for a in assignments)
        else:
            labs = observe_labs(session, ((a, submission.labs.get(a.id)) for a in assignments))
        _log.info("all labs observed in %.1f s", time.monotonic() - begin)
    key = observed_key(assignments, starter, faithful=session.faithful)(submission.digest)
    return _facts(
        submission,
        labs,
        begin,
        engine=session.engine.facts(),
        changed=changed_files(submission, assignments, starter),
        observed=key,
    )


def grade_files(
    submission: Submission,
    assignments: Sequence[Assignment],
    starter: Manifest | None = None,
    *,
    keys: Mapping[str, Key] | None = None,
) -> Graded:
    """Return what can be said of a submission without an engine; the rest waits, as `manual`."""
    begin = time.monotonic()
    labs = tuple(
        observe_files(a, submission.labs[a.id])
        if a.id in submission.labs and not submission.labs[a.id].unreadable
        else not_submitted(a, submission.missing or cannot_be_read(submission.labs.get(a.id)))
        for a in assignments
    )
    changed = changed_files(submission, assignments, starter)
    facts = _facts(submission, labs, begin, changed=changed)
    return judge_facts(facts, assignments, keys or {})


def facts_of_a_failure(
    submission: Submission, assignments: Sequence[Assignment], why: str
) -> SubmissionFacts:
    """Return the facts of a submission on which the grader itself failed: none, and no zero."""
    lost = NotSeen(fault=Fault.ENGINE, why=why)
    return _facts(submission, [not_submitted(a, lost) for a in assignments], time.monotonic())


def not_graded(
    submission: str, assignments: Sequence[Assignment], labs: Sequence[str], why: str
) -> Graded:
    """Return facts and a result that say only why there is no grade, for who must get an answer.

    `labs` are the ids of what should have been graded; where the specs of them could not be read
    (`assignments` is empty) a lab has no checks.
    """
    nothing = Submission(submission, "", {})
    facts = facts_of_a_failure(nothing, assignments, why).model_copy(update={"distrust": why})
    result = score_submission(facts, assignments)
    known = {section.id for section in result.sections}
    bare = [
        SectionResult(id=lab, title=lab, score=0, max_score=0, checks=())
        for lab in labs
        if lab not in known
    ]
    return Graded(facts, result.model_copy(update={"sections": (*result.sections, *bare)}))


def _facts(
    submission: Submission,
    labs: Iterable[LabFacts],
    begin: float,
    *,
    engine: EngineFacts = NO_ENGINE,
    changed: tuple[str, ...] = (),
    observed: str = "",
) -> SubmissionFacts:
    """Return the facts of a submission; `begin` is when it was begun, by time.monotonic()."""
    seconds = time.monotonic() - begin
    return SubmissionFacts(
        submission=submission.id,
        digest=submission.digest,
        grader=grader_version(),
        engine=engine,
        graded_at=show_time(time.time() - seconds),
        seconds=seconds,
        labs=tuple(labs),
        changed=changed,
        observed=observed,
    )


def observed_key(
    assignments: Sequence[Assignment], starter: Manifest | None = None, *, faithful: bool
) -> Callable[[str], str]:
    """Return a function from a submission's digest to the `observed` its facts would have today.

    Saved facts whose `observed` is the same need no new observation.
    """
    observed = observed_digests(assignments, grader=code_digest(*_OBSERVING), faithful=faithful)
    if starter is None:
        return observed
    released = starter.to_bytes()
    return lambda digest: observed(hashlib.sha256(digest.encode() + released).hexdigest())


def judge_facts(
    facts: SubmissionFacts, assignments: Sequence[Assignment], keys: Mapping[str, Key]
) -> Graded:
    """Return facts with their result, which says what it follows from: `result_inputs`.

    Raises NotObserved where a check asks for what the facts do not hold; `keys` are those of
    score_submission.
    """
    result = score_submission(facts, assignments, keys)
    graded = {lab.lab for lab in facts.labs}
    judged = [assignment for assignment in assignments if assignment.id in graded]
    inputs = result_inputs(facts.observed, judged, keys)
    origin = result.provenance.model_copy(update={"inputs": inputs})
    return Graded(facts, result.model_copy(update={"provenance": origin}))


def result_inputs(observed: str, assignments: Sequence[Assignment], keys: Mapping[str, Key]) -> str:
    """Return a SHA-256 over all that a result follows from: facts, labs, keys and this grader.

    `observed` is that of the facts; "" where they do not say what they rest on. A result with
    today's digest would come out the same again, so it is kept.
    """
    inputs = inputs_digest(observed, assignments, keys)
    return hashlib.sha256(f"{inputs} {judging_digest()}".encode()).hexdigest() if inputs else ""


@cache
def judging_digest() -> str:
    """Return a SHA-256 over the grader's code and of the templates its pages are made with."""
    found = hashlib.sha256(code_digest().encode())
    for path in sorted(catalog.folder("templates").rglob("*.j2")):
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


@contextmanager
def open_session(
    engine: Engine,
    *,
    faithful: bool = False,
    announce: Callable[[str], None] = lambda _: None,
    cancelled: threading.Event | None = None,
    patience: float = 60.0,
    watcher: Watcher | None = None,
) -> Iterator[Session]:
    """Yield a session; whatever happens, no container of it is left when it closes.

    With an engine that is away just then, they go when it is back.

    Who sets `cancelled` lets everything under way come to its end without a further try; `watcher`
    is told how the observing goes.
    """
    run_id = secrets.token_hex(8)
    trim_cache(engine)  # one that was killed has not come to it
    with hold_run(run_id), engine.watched(announce), reaper(run_id) as dismiss:
        try:
            yield Session(
                engine,
                Bases(engine, run_id, announce),
                run_id,
                faithful,
                cancelled or threading.Event(),
                patience,
                watcher=watcher or Watcher(),
            )
        finally:
            if remove_run(engine, run_id):
                dismiss()
    trim_cache(engine)
