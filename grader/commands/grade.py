"""`grader grade`: a whole class, resumable."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import click

from grader import store
from grader.class_files import bring_up_to_date
from grader.cohort.agenda import Digests, make_agenda
from grader.cohort.cluster import Cluster
from grader.cohort.desk import About, Desk
from grader.cohort.results import open_results, orphans
from grader.cohort.run import Run, Tally
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
from grader.commands.progress import showing
from grader.fingerprints import keep_fingerprints
from grader.people import RECORD
from grader.pipeline import rests_on
from grader.score import inputs_digest
from grader.spec.keys import load_keys
from grader.spec.model import Assignment
from grader.submission import read_whatever
from grader.text import visible

_NAMED = 8


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
@click.option(
    "--scheduler",
    metavar="URL",
    help="Grade on the workers of this dask scheduler: tcp://HOST:PORT.",
)
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
    scheduler: str | None,
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
    keys = load_keys(key, labs) if key else {}
    about = About(
        sources=choose(found.sources, only),
        results=results,
        labs=labs,
        keys=keys,
        faithful=faithful,
        keep=lambda graded: keep(results, graded, labs, keys),
        starter=load_starter(starter),
    )
    for stray in found.strays:
        say(f"Passed over, because it is no folder: {stray}")
    with open_results(results, ids):
        _carry_record(submissions, results)
        for name in orphans(results, [source.id for source in found.sources]):
            say(f"{name} has a result, but no submission any more; it is left as it is.")
        tally = _grade(about, jobs, scheduler, force=force, quiet=quiet)
        _class_files(found.sources, results, labs)
    _tell(tally, results)
    return EXIT_ENGINE if tally.not_graded else 0


def _grade(
    about: About, jobs: int | None, scheduler: str | None, *, force: bool, quiet: bool
) -> Tally:
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
        desk: Desk | Cluster = Desk(about, progress, stack)
        if scheduler:
            desk = Cluster(about, progress, stack, scheduler)
        run = Run(desk.work(), about.results, progress)
        stack.enter_context(_interruptible(run.tally, len(about.sources)))
        if todo := run.settle(agenda):
            under_way = desk.open(jobs)
            run.grade(todo, under_way)
    return run.tally


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
