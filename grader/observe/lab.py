"""Observes the labs of one submission: builds their images, then runs what their checks need."""

import logging
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from grader.build.image_builder import Built, ImageBuilder
from grader.core.logs import carrying, working_on
from grader.engine.housekeeping import remove_run
from grader.facts import BaseFacts, Fault, ImageFacts, LabFacts, NotSeen, Observation
from grader.observe.image import observe_image
from grader.observe.lab_so_far import LabSoFar
from grader.observe.notebook_answers import observe_answers, without_notebook
from grader.observe.plan import ObservationPlan, make_plan
from grader.observe.probes import PROBES, ProbeInput
from grader.observe.retry import attempt
from grader.observe.run_context import RunContext
from grader.observe.session import Session
from grader.observe.sources import observe_sources
from grader.spec.assignment import Assignment, WordKind
from grader.submission.snapshot import LabFiles

_log = logging.getLogger(__name__)

# Most of an observation's time is waiting, so more may be under way than there are processors.
PARALLEL = 4
# And while the last steps of one lab wait for each other, the next one can begin.
LABS = 2


def observe_labs(
    session: Session, wanted: Iterable[tuple[Assignment, LabFiles | None]]
) -> tuple[LabFacts, ...]:
    """Return the facts of each lab, in the order of `wanted`: all that their checks need.

    `wanted` pairs a lab with the files handed in for it, None where its folder is missing. What a
    student did wrong is in the facts and raises nothing. Raises EngineUnavailable when the engine
    stays away. On Ctrl-C, what this run made on the engine is removed before it is raised again.
    """
    with _at_work(session) as (labs, workers):
        found = [
            labs.submit(carrying(_observe_lab), session, workers, assignment, files)
            for assignment, files in wanted
        ]
        return tuple(future.result() for future in found)


def _observe_lab(
    session: Session, workers: ThreadPoolExecutor, assignment: Assignment, files: LabFiles | None
) -> LabFacts:
    begin = time.monotonic()
    if files is None or files.unreadable:
        nothing = not_submitted(assignment, cannot_be_read(files))
        session.watcher.known(nothing)
        return nothing
    words = make_words(assignment.words)
    plan = make_plan(assignment)
    so_far = LabSoFar(
        session.watcher,
        LabFacts(
            lab=assignment.id,
            words=words,
            bases={},
            images={},
            observations={},
            answers=observe_answers(assignment, files),
            left_out=dict(files.left_out),
            sources=observe_sources(assignment, files),
        ),
    )
    builder = ImageBuilder(
        session.engine, session.bases, assignment, without_notebook(files), session.builds
    )
    builds = {
        name: workers.submit(carrying(_build), session, builder, name, so_far)
        for name in assignment.images
    }
    built = {name: future.result() for name, future in builds.items()}
    building = time.monotonic() - begin
    so_far.built(_bases(built))
    looks = {
        name: workers.submit(carrying(_look_at), session, so_far, assignment, name, result, plan)
        for name, result in built.items()
    }
    context = RunContext(
        session.engine,
        assignment,
        words,
        session.run_id,
        faithful=session.faithful,
        trial=session.bases.trial,
    )
    observing = {
        name: workers.submit(
            carrying(_observe), session, so_far, context, builder, name, built, plan
        )
        for name in plan.observations
    }
    images = {name: future.result() for name, future in looks.items()}
    observations = {name: future.result() for name, future in observing.items()}
    seconds = time.monotonic() - begin
    return so_far.start.model_copy(
        update={
            "bases": _bases(built),
            "images": images,
            "observations": observations,
            "seconds": seconds,
            "phases": {"build": building, "observe": seconds - building},
        }
    )


def not_submitted(assignment: Assignment, why: NotSeen | None = None) -> LabFacts:
    """Return the facts of a lab with nothing in it; `why` is that its folder is missing if None."""
    if why is None:
        text = f"{assignment.id} was not submitted: the folder {assignment.id} is missing."
        why = NotSeen(fault=Fault.STUDENT, why=text)
    return LabFacts(lab=assignment.id, words={}, bases={}, images={}, observations={}, missing=why)


def cannot_be_read(files: LabFiles | None) -> NotSeen | None:
    """Return why nothing can be said of a lab that this machine could not read: nobody's zero.

    None where it could, and where there is no lab.
    """
    if files is None or not files.unreadable:
        return None
    why = f"{files.unreadable} Let the user who grades read it, and grade again."
    return NotSeen(fault=Fault.ENGINE, why=why)


@contextmanager
def _at_work(session: Session) -> Iterator[tuple[ThreadPoolExecutor, ThreadPoolExecutor]]:
    """Yield two pools of threads: one that goes through labs, one that works for them.

    Two, so that labs that wait for their work cannot take the threads that would do it. When the
    block is left by Ctrl-C, work under way is broken off; otherwise it is waited for.
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
    """Return a new random word for each name, so that no submission can know it beforehand.

    A `word` is eight lower-case letters, a `phrase` two of them with a space between.
    """

    def word() -> str:
        return "".join(secrets.choice("abcdefghijkmnopqrstuvwxyz") for _ in range(8))

    return {
        name: f"{word()} {word()}" if kind == "phrase" else word() for name, kind in kinds.items()
    }


def _build(session: Session, builder: ImageBuilder, name: str, so_far: LabSoFar) -> Built | NotSeen:
    with (
        working_on(lab=builder.assignment.id, image=name),
        so_far.doing("build", name),
        _timed("built"),
    ):
        return attempt(session, lambda: builder.build(name))


@contextmanager
def _timed(done: str) -> Iterator[None]:
    begin = time.monotonic()
    _log.debug("to be %s", done)
    yield
    _log.info("%s in %.1f s", done, time.monotonic() - begin)


def _look_at(
    session: Session,
    so_far: LabSoFar,
    assignment: Assignment,
    name: str,
    built: Built | NotSeen,
    plan: ObservationPlan,
) -> ImageFacts | NotSeen:
    if isinstance(built, NotSeen):
        so_far.image(name, built)
        return built
    paths, makes = plan.paths[name], plan.makes[name]

    def look() -> ImageFacts | NotSeen:
        return observe_image(
            *(session.engine, assignment, name, built, session.libraries),
            paths=paths,
            makes=makes,
            run_id=session.run_id,
        )

    with (
        working_on(lab=assignment.id, image=name),
        so_far.doing("look", name),
        _timed("looked at"),
    ):
        found = attempt(session, look)
    so_far.image(name, found)
    return found


def _observe(
    session: Session,
    so_far: LabSoFar,
    context: RunContext,
    builder: ImageBuilder,
    name: str,
    built: Mapping[str, Built | NotSeen],
    plan: ObservationPlan,
) -> Observation:
    given = _given(context, builder, name, built, plan)
    if isinstance(given, NotSeen):
        so_far.observation(name, given)
        return given
    spec = context.assignment.observe[name]
    with (
        working_on(lab=context.assignment.id, observation=name),
        so_far.doing(spec.kind, name),
        _timed("observed"),
    ):
        found = attempt(session, lambda: PROBES[spec.kind].observe(given, spec))
    so_far.observation(name, found)
    return found


def _given(
    context: RunContext,
    builder: ImageBuilder,
    name: str,
    built: Mapping[str, Built | NotSeen],
    plan: ObservationPlan,
) -> ProbeInput | NotSeen:
    """Return what an observation is made with, or why there is nothing to make it with."""
    images: dict[str, Built] = {}
    unbuilt: dict[str, NotSeen] = {}
    for image in context.assignment.observe[name].images():
        found = built[image]
        if isinstance(found, Built):
            images[image] = found
        elif found.fault is Fault.ENGINE:
            return found
        else:
            unbuilt[image] = found
    if unbuilt and not images:
        return next(iter(unbuilt.values()))
    aspects, makes = plan.observations[name], plan.makes[name]
    return ProbeInput(context, builder, images, unbuilt, aspects, makes)


def _bases(built: Mapping[str, Built | NotSeen]) -> dict[str, BaseFacts]:
    used = [result.base for result in built.values() if isinstance(result, Built)]
    return {base.name: base for base in used}
