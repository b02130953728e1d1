"""`grader grade`: a whole class, resumable."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import click

from grader.batch.class_run import ClassRun
from grader.batch.find_submissions import FoundSubmissions, choose, find_sources
from grader.batch.run_jobs import RunTally
from grader.batch.workplan import Digests, WorkPlan, plan_work
from grader.cli.common import (
    assignments_option,
    key_option,
    load_labs,
    load_starter,
    say,
    say_list,
    section_option,
    starter_option,
)
from grader.cli.exit_codes import EXIT_ENGINE
from grader.cli.interrupt import interruptible
from grader.cli.keyless import KeyWatch
from grader.cli.renew import renew_results
from grader.core.files import write_bytes
from grader.core.import_record import JOURNAL, RECORD
from grader.core.text import visible
from grader.pipeline import Graded, observed_key, result_inputs
from grader.result import Result
from grader.results import unproven
from grader.results.class_seal import class_is_current, fingerprints_are_current
from grader.results.results_folder import open_results, orphans
from grader.spec.keys import load_keys

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
    watch = KeyWatch(results, keyed=False, now=bool(keys))
    class_run = ClassRun(
        sources=choose(found.sources, only),
        results=results,
        labs=labs,
        keys=keys,
        faithful=faithful,
        keep=lambda graded: watch(graded.result.submission.id, lambda: _keep(class_run, graded)),
        starter=load_starter(starter),
    )
    for stray in found.strays:
        say(f"Passed over, because it is no folder: {stray}")
    with open_results(results, ids, keyed=bool(keys)) as watch.keyed:
        _carry_record(submissions, results)
        for name in orphans(results, [source.id for source in found.sources]):
            say(f"{name} has a result, but no submission any more; it is left as it is.")
        tally = _grade(class_run, jobs, scheduler, force=force, quiet=quiet)
        renew_results(results, labs, keys)  # also what was not to be graded now
        _class_files(found, class_run)
    _tell(tally, results)
    watch.tell()
    return EXIT_ENGINE if tally.not_graded else 0


def _grade(
    class_run: ClassRun, jobs: int | None, scheduler: str | None, *, force: bool, quiet: bool
) -> RunTally:
    digests = Digests(
        observed=observed_key(class_run.labs, class_run.starter, faithful=class_run.faithful),
        inputs=lambda observed: result_inputs(observed, class_run.labs, class_run.keys),
    )
    plan = plan_work(class_run.sources, class_run.results, class_run.read, digests, force=force)
    if plan.done:
        tally = RunTally()
        tally.keep(plan)
        if left := unproven.names(class_run.results):
            say_list("Graded after the last self-check of a run that was cut off", left)
            say("The next run that grades anything proves them; --force with --only does it now.")
        return tally
    return run_class(plan, class_run, jobs, scheduler, quiet=quiet)


def run_class(
    plan: WorkPlan, class_run: ClassRun, jobs: int | None, scheduler: str | None, *, quiet: bool
) -> RunTally:
    """Do what the plan says, on this machine's engine or on a scheduler's workers.

    Shows how it goes, and returns how it ended.
    """
    # A class of which nothing has changed is found so before an engine's libraries are loaded.
    from grader.batch.cluster.backend import ClusterBackend  # noqa: PLC0415
    from grader.batch.local import LocalBackend  # noqa: PLC0415
    from grader.batch.run_jobs import JobRunner  # noqa: PLC0415
    from grader.cli.progress import showing  # noqa: PLC0415

    total = len(class_run.sources) - len(plan.kept)
    with ExitStack() as stack:
        progress = stack.enter_context(showing(total, quiet=quiet))
        backend = (
            ClusterBackend(class_run, progress, stack, scheduler)
            if scheduler
            else LocalBackend(class_run, progress, stack)
        )
        run = JobRunner(backend.stages(), class_run.results, progress)
        stack.enter_context(_told_how_far(run.tally, len(class_run.sources)))
        if todo := run.settle(plan):
            under_way = backend.open(jobs)
            run.grade(todo, under_way)
    return run.tally


@contextmanager
def _told_how_far(tally: RunTally, total: int) -> Iterator[None]:
    """End in order at Ctrl-C; say how to go on."""
    try:
        with interruptible():
            yield
    except KeyboardInterrupt:
        say(
            f"Interrupted: {tally.total} of {total} have their result. The same command goes on "
            "from there."
        )
        raise


def _keep(class_run: ClassRun, graded: Graded) -> Result:
    from grader.results.keep import keep  # noqa: PLC0415 - what makes pages, see run_class

    return keep(class_run.results, graded, class_run.labs, class_run.keys, warn=say)


def _class_files(found: FoundSubmissions, class_run: ClassRun) -> None:
    results, labs = class_run.results, class_run.labs
    if fingerprints_are_current(results) and class_is_current(results, labs):
        return
    # What makes pages takes longer to load than a class to be found unchanged.
    from grader.results.class_files import bring_up_to_date  # noqa: PLC0415
    from grader.results.fingerprint_files import keep_fingerprints  # noqa: PLC0415

    keep_fingerprints(results, ((s.id, partial(class_run.read, s)) for s in found.sources), labs)
    bring_up_to_date(results, labs)


def _tell(tally: RunTally, results: Path) -> None:
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
    if (submissions / JOURNAL).exists():
        say(
            f"An import into {submissions} was cut off: what lies there may be newer than its "
            "record says. Run the import again, and then this."
        )
    record = submissions / RECORD
    if record.is_file():
        write_bytes(results / RECORD, record.read_bytes())
