"""Observes one lab of one submission: builds its images, then runs what its checks need to see."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from grader.build.base_images import Bases
from grader.build.image_builder import Builds, Built, Workshop, missing
from grader.core.errors import EngineAway, EngineFault, EngineRefusal
from grader.engine.housekeeping import remove_run
from grader.engine.protocol import Engine
from grader.facts import AnswerFacts, BaseFacts, Fault, ImageFacts, LabFacts, NotSeen, Observation
from grader.observe.image import observe_image
from grader.observe.plan import Plan, make_plan
from grader.observe.probes import PROBES, Look
from grader.observe.run_context import RunContext
from grader.spec.assignment import Assignment, WordKind
from grader.spec.notebook.find_answers import read_answers
from grader.spec.public import NOTEBOOK
from grader.submission.snapshot import LabFiles

# Most of an observation's time is waiting, so more may be under way than there are processors.
PARALLEL = 4
# And while the last steps of one lab wait for each other, the next one can begin.
LABS = 2
TRIES = 3
_MOST_TRIES = 12  # those that fell into an outage of the engine included
_RETRY_PAUSE = 0.5
_OUTAGE_PAUSE = 2.0

T = TypeVar("T")
Seen = ImageFacts | NotSeen


@dataclass(frozen=True, slots=True)
class Session:
    """What one run of the grader shares over all labs and submissions.

    An engine that is away is waited for, for up to `patience` seconds.
    """

    engine: Engine
    bases: Bases
    run_id: str
    faithful: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    patience: float = 60.0
    builds: Builds = field(default_factory=Builds)


def observe_labs(
    session: Session, wanted: Iterable[tuple[Assignment, LabFiles | None]]
) -> tuple[LabFacts, ...]:
    """Return everything the labs' checks need; never raises for what the student did."""
    with _at_work(session) as (labs, workers):
        found = [
            labs.submit(_observe_lab, session, workers, assignment, files)
            for assignment, files in wanted
        ]
        return tuple(future.result() for future in found)


def _observe_lab(
    session: Session, workers: ThreadPoolExecutor, assignment: Assignment, files: LabFiles | None
) -> LabFacts:
    begin = time.monotonic()
    if files is None:
        return not_submitted(assignment)
    words = make_words(assignment.words)
    plan = make_plan(assignment)
    workshop = Workshop(
        session.engine, session.bases, assignment, _without_notebook(files), session.builds
    )
    builds = {name: workers.submit(_build, session, workshop, name) for name in assignment.images}
    built = {name: future.result() for name, future in builds.items()}
    building = time.monotonic() - begin
    looks = {
        name: workers.submit(_look_at, session, assignment, name, result, plan)
        for name, result in built.items()
    }
    context = RunContext(
        session.engine, assignment, words, session.run_id, faithful=session.faithful
    )
    observing = {
        name: workers.submit(_observe, session, context, workshop, name, built, plan)
        for name in plan.observations
    }
    images = {name: future.result() for name, future in looks.items()}
    observations = {name: future.result() for name, future in observing.items()}
    seconds = time.monotonic() - begin
    return LabFacts(
        lab=assignment.id,
        words=words,
        bases=_bases(built),
        images=images,
        observations=observations,
        answers=observe_answers(assignment, files),
        seconds=seconds,
        phases={"build": building, "observe": seconds - building},
    )


def not_submitted(assignment: Assignment, why: NotSeen | None = None) -> LabFacts:
    """Return the facts of a lab of which there is nothing to look at: its folder is missing."""
    if why is None:
        text = f"{assignment.id} was not submitted: the folder {assignment.id} is missing."
        why = NotSeen(fault=Fault.STUDENT, why=text)
    return LabFacts(lab=assignment.id, words={}, bases={}, images={}, observations={}, missing=why)


def observe_answers(assignment: Assignment, files: LabFiles) -> dict[str, AnswerFacts | NotSeen]:
    """Return what stands in the cells of the questions, by the question's id."""
    content = files.files.get(NOTEBOOK)
    if content is None:
        lost = missing(NOTEBOOK, files)
        return {question.id: lost for question in assignment.questions}
    return read_answers(assignment.questions, content)


def _without_notebook(files: LabFiles) -> LabFiles:
    """Return the files for builds: an answer written down must not make a build run again."""
    kept = {name: content for name, content in files.files.items() if name != NOTEBOOK}
    return replace(files, files=kept)


@contextmanager
def _at_work(session: Session) -> Iterator[tuple[ThreadPoolExecutor, ThreadPoolExecutor]]:
    """Yield threads for labs and for what is to be done for them.

    An interruption ends what they do instead of waiting for it.
    """
    labs = ThreadPoolExecutor(LABS, thread_name_prefix="lab")
    workers = ThreadPoolExecutor(PARALLEL, thread_name_prefix="observe")
    try:
        yield labs, workers
    except Exception:  # of this submission alone; what is under way goes on, nothing else begins
        labs.shutdown(wait=True, cancel_futures=True)
        raise
    except BaseException:
        session.cancelled.set()
        session.engine.abort()
        remove_run(session.engine, session.run_id)
        raise
    finally:
        workers.shutdown(wait=True, cancel_futures=session.cancelled.is_set())
        labs.shutdown(wait=True, cancel_futures=True)


def make_words(kinds: Mapping[str, WordKind]) -> dict[str, str]:
    """Return fresh random words: letters only, and for a phrase two of them with a space."""

    def word() -> str:
        return "".join(secrets.choice("abcdefghijkmnopqrstuvwxyz") for _ in range(8))

    return {
        name: f"{word()} {word()}" if kind == "phrase" else word() for name, kind in kinds.items()
    }


def attempt(session: Session, action: Callable[[], T]) -> T | NotSeen:
    """Return the action's value; an engine that fails again and again is nobody's low score.

    A try that fell into an outage of the engine does not count: it is made again afterwards.
    Raises EngineUnavailable when the engine does not come back.
    """
    problem, tries = "the grading was interrupted", 0
    for _ in range(_MOST_TRIES):
        if session.cancelled.is_set() or tries == TRIES:
            break
        begin = time.monotonic()
        try:
            return action()
        except (EngineFault, EngineRefusal) as error:
            problem = str(error)
            away = isinstance(error, EngineAway)
            if away:  # on connections that are open, an engine that stops still answers for a while
                session.cancelled.wait(_OUTAGE_PAUSE)
            if not session.engine.recover(begin, session.patience, session.cancelled) and not away:
                tries += 1
                session.cancelled.wait(_RETRY_PAUSE)
    return NotSeen(fault=Fault.ENGINE, why=f"The engine failed {TRIES} times: {problem}")


def _build(session: Session, workshop: Workshop, name: str) -> Built | NotSeen:
    return attempt(session, lambda: workshop.build(name))


def _look_at(
    session: Session, assignment: Assignment, name: str, built: Built | NotSeen, plan: Plan
) -> Seen:
    if isinstance(built, NotSeen):
        return built
    return attempt(
        session,
        lambda: observe_image(
            session.engine,
            assignment,
            name,
            built,
            paths=plan.paths[name],
            makes=plan.makes[name],
            run_id=session.run_id,
        ),
    )


def _observe(
    session: Session,
    context: RunContext,
    workshop: Workshop,
    name: str,
    built: Mapping[str, Built | NotSeen],
    plan: Plan,
) -> Observation:
    spec = context.assignment.observe[name]
    images: dict[str, Built] = {}
    unbuilt: dict[str, NotSeen] = {}
    for image in spec.images():
        found = built[image]
        if isinstance(found, Built):
            images[image] = found
        elif found.fault is Fault.ENGINE:
            return found
        else:
            unbuilt[image] = found
    if unbuilt and not images:
        return next(iter(unbuilt.values()))
    look = Look(context, workshop, images, unbuilt, plan.observations[name], plan.makes[name])
    return attempt(session, lambda: PROBES[type(spec)](look, spec))


def _bases(built: Mapping[str, Built | NotSeen]) -> dict[str, BaseFacts]:
    used = [result.base for result in built.values() if isinstance(result, Built)]
    return {base.name: base for base in used}
