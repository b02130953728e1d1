"""`grader grade`: a whole class, resumable."""

import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import click

from grader import store
from grader.class_files import bring_up_to_date
from grader.cohort.agenda import Digests, make_agenda
from grader.cohort.results import open_results, orphans
from grader.cohort.run import Run, Tally, Work
from grader.cohort.sources import Source, choose, find_sources
from grader.commands.common import (
    EXIT_ENGINE,
    assignments_option,
    keep,
    key_option,
    load_labs,
    load_starter,
    say,
    section_option,
    starter_option,
)
from grader.commands.progress import showing
from grader.engine.docker import connect
from grader.engine.housekeeping import remove_run
from grader.facts import SubmissionFacts
from grader.fingerprints import keep_fingerprints
from grader.observe.lab import Session
from grader.people import RECORD
from grader.pipeline import Graded, grade_one, open_session, rests_on
from grader.release.manifest import Manifest
from grader.score import inputs_digest, score_submission
from grader.spec.keys import Key, load_keys
from grader.spec.model import Assignment
from grader.submission import Submission, read_whatever
from grader.text import visible

_NAMED = 8


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "--out", "results", type=click.Path(path_type=Path), required=True, help="Where results go."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="How many at once (default: measured).")
@click.option("--only", multiple=True, metavar="ID", help="Only this submission (repeatable).")
@click.option("--force", is_flag=True, help="Grade again what has not changed, too.")
@click.option("--quiet", is_flag=True, help="Say only how it ended.")
@click.option("--faithful", is_flag=True, help="Wait docker stop's real 10 seconds everywhere.")
@starter_option
@section_option
@key_option
@assignments_option
def grade(
    submissions: Path,
    results: Path,
    jobs: int | None,
    only: tuple[str, ...],
    force: bool,  # noqa: FBT001 - click calls by keyword
    quiet: bool,  # noqa: FBT001
    faithful: bool,  # noqa: FBT001
    starter: Path | None,
    sections: tuple[str, ...],
    key: Path | None,
    assignments: Path | None,
) -> int:
    """Grade a class: every folder in SUBMISSIONS is one submission.

    Run it again to go on where it was interrupted, or after some of them changed.
    """
    labs = load_labs(assignments, sections)
    keys = load_keys(key, labs) if key else {}
    found = find_sources(submissions, results, [lab.id for lab in labs])
    sources = choose(found.sources, only)
    for stray in found.strays:
        say(f"Passed over, because it is no folder: {stray}")
    with open_results(results, [lab.id for lab in labs]):
        _carry_record(submissions, results)
        for name in orphans(results, [source.id for source in found.sources]):
            say(f"{name} has a result, but no submission any more; it is left as it is.")
        tally = _grade(
            sources,
            results,
            labs,
            jobs or 2,
            force=force,
            quiet=quiet,
            faithful=faithful,
            starter=load_starter(starter),
            keys=keys,
        )
        _class_files(found.sources, results, labs)
    _tell(tally, results)
    return EXIT_ENGINE if tally.not_graded else 0


def _grade(
    sources: tuple[Source, ...],
    results: Path,
    labs: tuple[Assignment, ...],
    jobs: int,
    *,
    force: bool,
    quiet: bool,
    faithful: bool,
    starter: Manifest | None,
    keys: Mapping[str, Key],
) -> Tally:
    ids = [lab.id for lab in labs]

    def read(source: Source) -> Submission:
        return read_whatever(source.path, ids)

    def judge(facts: SubmissionFacts) -> Graded:
        return Graded(facts, score_submission(facts, labs, keys))

    digests = Digests(
        observed=lambda digest: rests_on(digest, labs, faithful=faithful),
        inputs=lambda observed: inputs_digest(observed, labs, keys),
    )
    agenda = make_agenda(sources, results, read, digests, force=force)
    with showing(len(sources) - len(agenda.kept), quiet=quiet) as progress:
        cancelled = threading.Event()
        session: list[Session] = []
        work = Work(
            grade=lambda job: grade_one(session[0], read(job.source), labs, starter, keys=keys),
            judge=judge,
            keep=lambda graded: keep(results, graded, labs),
            stop=lambda: _stop(session[0]),
            cancelled=cancelled,
        )
        run = Run(work, results, progress)
        if todo := run.settle(agenda):
            with open_session(
                connect(), faithful=faithful, announce=progress.note, cancelled=cancelled
            ) as opened:
                session.append(opened)
                run.grade(todo, jobs)
    return run.tally


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


def _stop(session: Session) -> None:
    session.engine.abort()
    remove_run(session.engine, session.run_id)


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
