"""`grader grade`: a whole class, resumable."""

import os
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import click

from grader import store
from grader.class_files import bring_up_to_date
from grader.cohort.agenda import Digests, Job, make_agenda
from grader.cohort.canary import Canary, could_not, differences, make_canaries
from grader.cohort.capacity import capacity, measure
from grader.cohort.results import open_results, orphans
from grader.cohort.run import Run, Tally, Work
from grader.cohort.sources import Source, choose, find_sources
from grader.commands.common import (
    EXIT_ENGINE,
    EXIT_INTERRUPTED,
    assignments_option,
    keep,
    key_option,
    load_labs,
    load_starter,
    say,
    section_option,
    starter_option,
)
from grader.commands.progress import Quiet, showing
from grader.engine.docker import connect
from grader.engine.housekeeping import remove_run
from grader.errors import EngineFault
from grader.facts import SubmissionFacts
from grader.fingerprints import keep_fingerprints
from grader.model import Result
from grader.observe.lab import Session
from grader.people import RECORD
from grader.pipeline import Graded, facts_of_a_failure, grade_one, open_session, rests_on
from grader.release.manifest import Manifest
from grader.score import inputs_digest, score_submission
from grader.spec.keys import Key, load_keys
from grader.spec.model import Assignment
from grader.submission import Submission, read_whatever
from grader.text import visible

_NAMED = 8
_PATIENCE = 900.0  # seconds that an engine which is away is waited for
_CANARY_TRIES = 3
ERROR_LOG = "error.log"


@dataclass(frozen=True, slots=True)
class _Class:
    """What one call of the command is about."""

    sources: tuple[Source, ...]
    results: Path
    labs: tuple[Assignment, ...]
    keys: Mapping[str, Key]
    faithful: bool
    starter: Manifest | None = None

    def read(self, source: Source) -> Submission:
        return read_whatever(source.path, [lab.id for lab in self.labs])

    def judge(self, facts: SubmissionFacts) -> Graded:
        begin = time.monotonic()
        result = score_submission(facts, self.labs, self.keys)
        phases = {**result.provenance.phases, "judge": round(time.monotonic() - begin, 3)}
        origin = result.provenance.model_copy(update={"phases": phases})
        return Graded(facts, result.model_copy(update={"provenance": origin}))

    def keep(self, graded: Graded) -> Result:
        return keep(self.results, graded, self.labs, self.keys)

    def failed(self, job: Job, error: Exception) -> Graded:
        text = "".join(traceback.format_exception(error))
        store.write_text(self.results / job.source.id / ERROR_LOG, visible(text, keep="\n"))
        why = (
            f"The grader itself failed on this submission ({type(error).__name__}), which is "
            f"nobody's fault but ours. Send {ERROR_LOG}, beside this report, to the course."
        )
        return self.judge(facts_of_a_failure(self.read(job.source), self.labs, why))


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "--out", "results", type=click.Path(path_type=Path), required=True, help="Where results go."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="How many builds or containers may be at work at once (default: measured).",
)
@click.option("--only", multiple=True, metavar="ID", help="Only this submission (repeatable).")
@click.option("--force", is_flag=True, help="Grade again what has not changed, too.")
@click.option("--quiet", is_flag=True, help="Say only how it ended.")
@click.option("--faithful", is_flag=True, help="Wait docker stop's real 10 seconds everywhere.")
@key_option
@starter_option
@section_option
@assignments_option
def grade(
    submissions: Path,
    results: Path,
    jobs: int | None,
    only: tuple[str, ...],
    force: bool,  # noqa: FBT001 - click calls by keyword
    quiet: bool,  # noqa: FBT001
    faithful: bool,  # noqa: FBT001
    key: Path | None,
    starter: Path | None,
    sections: tuple[str, ...],
    assignments: Path | None,
) -> int:
    """Grade a class: every folder in SUBMISSIONS is one submission.

    Run it again to go on where it was interrupted, or after some of them changed.
    """
    labs = load_labs(assignments, sections)
    ids = [lab.id for lab in labs]
    found = find_sources(submissions, results, ids)
    about = _Class(
        sources=choose(found.sources, only),
        results=results,
        labs=labs,
        keys=load_keys(key, labs) if key else {},
        faithful=faithful,
        starter=load_starter(starter),
    )
    for stray in found.strays:
        say(f"Passed over, because it is no folder: {stray}")
    with open_results(results, ids):
        _carry_record(submissions, results)
        for name in orphans(results, [source.id for source in found.sources]):
            say(f"{name} has a result, but no submission any more; it is left as it is.")
        tally = _grade(about, jobs, force=force, quiet=quiet)
        _class_files(found.sources, results, labs)
    _tell(tally, results)
    return EXIT_ENGINE if tally.not_graded else 0


def _grade(about: _Class, jobs: int | None, *, force: bool, quiet: bool) -> Tally:
    digests = Digests(
        observed=lambda digest: rests_on(
            digest, about.labs, about.starter, faithful=about.faithful
        ),
        inputs=lambda observed: inputs_digest(observed, about.labs, about.keys),
    )
    agenda = make_agenda(about.sources, about.results, about.read, digests, force=force)
    total = len(about.sources) - len(agenda.kept)
    with ExitStack() as stack:
        progress = stack.enter_context(showing(total, quiet=quiet))
        desk = _Desk(about, progress, stack)
        run = Run(desk.work(), about.results, progress)
        stack.enter_context(_interruptible(run.tally, len(about.sources)))
        if todo := run.settle(agenda):
            under_way = desk.open(jobs)
            run.grade(todo, under_way)
    return run.tally


class _Desk:
    """The engine's side of a run; opened only when there is something to do for an engine."""

    def __init__(self, about: _Class, progress: Quiet, stack: ExitStack) -> None:
        self._about = about
        self._progress = progress
        self._stack = stack
        self._session: Session | None = None
        self._canaries: tuple[Canary, ...] = ()
        self._cancelled = threading.Event()

    def work(self) -> Work:
        """Return the stages of the run."""
        return Work(
            grade=self._grade,
            judge=self._about.judge,
            failed=self._about.failed,
            keep=self._about.keep,
            canaries=self._prove,
            stop=self._stop,
            cancelled=self._cancelled,
        )

    def open(self, jobs: int | None) -> int:
        """Get the engine ready, and return how many submissions may be under way."""
        labs, progress = self._about.labs, self._progress
        self._session = self._stack.enter_context(
            open_session(
                connect(),
                faithful=self._about.faithful,
                announce=progress.note,
                cancelled=self._cancelled,
                patience=_PATIENCE,
            )
        )
        with tempfile.TemporaryDirectory(prefix="grader-") as folder:
            self._canaries = make_canaries(labs, Path(folder))
        if not self._canaries:
            progress.note(
                "There are no solutions here to check this machine with (an installed grader has "
                "none, and a lab of your own may not): run the grader in its checkout to have it."
            )
        engine = self._session.engine
        if jobs:
            room = capacity(engine, jobs)
        else:
            base = self._session.bases.get(labs[0].bases[0])
            room = measure(engine, base.id, self._session.run_id)
        engine.share(room.slots)
        progress.note(
            f"At work at once: {room.slots} builds or containers, of {room.under_way} submissions."
        )
        return room.under_way

    def _grade(self, job: Job) -> Graded:
        session = self._opened()
        about = self._about
        facts = grade_one(session, about.read(job.source), about.labs, about.starter).facts
        return about.judge(facts)

    def _prove(self) -> list[str]:
        """Grade the canaries; return what differs from what they must get."""
        return [text for canary in self._canaries for text in self._prove_one(canary)]

    def _prove_one(self, canary: Canary) -> list[str]:
        labs = [lab for lab in self._about.labs if lab.id in canary.loses]
        for _ in range(_CANARY_TRIES):
            if self._cancelled.is_set():
                return []
            result = grade_one(self._opened(), canary.submission, labs).result
            if not could_not(result):
                return differences(canary, result)
        if self._cancelled.is_set():
            return []
        raise EngineFault(
            "The engine failed again and again on solutions whose grade is known, so nothing is "
            "graded now. See to it (`grader doctor`) and run the same command again."
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


@contextmanager
def _interruptible(tally: Tally, total: int) -> Iterator[None]:
    """End in order at the first Ctrl-C, at once at the second; say how to go on."""

    def leave(_: int, __: FrameType | None) -> None:
        os._exit(EXIT_INTERRUPTED)  # the reaper takes away what is left on the engine

    def end(_: int, __: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, leave)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        say(
            f"Interrupted: {tally.total} of {total} have their result. The same command goes on "
            "from there."
        )
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(tally: Tally, results: Path) -> None:
    parts = [f"{tally.graded} graded now"]
    parts += [f"{tally.kept} unchanged"] if tally.kept else []
    parts += [f"{tally.rejudged} judged again from saved facts"] if tally.rejudged else []
    parts += [f"{tally.copied} equal to another's"] if tally.copied else []
    click.echo(f"{tally.total} submissions: {', '.join(parts)}. Results are in {results}.")
    if tally.review:
        click.echo(f"{tally.review} of them wait for a person.")
    if tally.not_graded:
        names = ", ".join(visible(name) for name in sorted(tally.not_graded)[:_NAMED])
        more = len(tally.not_graded) - _NAMED
        names += f" and {more} more" if more > 0 else ""
        say(f"{len(tally.not_graded)} could not be graded, which costs nobody a point: {names}.")
        say("Run the same command again: it tries only those.")


def _carry_record(submissions: Path, results: Path) -> None:
    """Keep an import's record with the results: exports find students by the ids in it."""
    record = submissions / RECORD
    if record.is_file():
        store.write_bytes(results / RECORD, record.read_bytes())


def _class_files(sources: tuple[Source, ...], results: Path, labs: tuple[Assignment, ...]) -> None:
    ids = [lab.id for lab in labs]
    keep_fingerprints(
        results, ((source.id, partial(read_whatever, source.path, ids)) for source in sources), labs
    )
    bring_up_to_date(results, labs)
