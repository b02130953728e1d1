"""`grader ci`: grades one submission in a workflow, and leaves an answer whatever happens."""

import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from grader.cli import github
from grader.cli.common import assignments_option, exit_code, load_labs, say, section_option
from grader.cli.exit_codes import EXIT_ENGINE
from grader.cli.formats import FORMATS
from grader.core.errors import GraderError
from grader.core.files import write_text
from grader.core.text import inert
from grader.engine.docker import connect
from grader.pipeline import Graded, grade_one, not_graded, open_session
from grader.render.annotations import render_annotations, workflow_command
from grader.render.classroom50 import render_classroom50
from grader.render.junit import render_junit
from grader.render.markdown import BUDGET, render_markdown
from grader.render.reporter import MAX_JSON, DisagreementError, render_reporter
from grader.results.keep import keep
from grader.results.results_folder import beside_others
from grader.spec import catalog
from grader.spec.assignment import Assignment, asked_for
from grader.spec.public import SPEC_FILE
from grader.spec.runner_ids import runner_ids
from grader.submission.snapshot import read_submission

# GitHub keeps 1 MiB of a job's outputs, in UTF-16; base64 makes four bytes of three.
_ALL_OUTPUTS = 340 * 1024
_SPARE = 4 * 1024


@dataclass(frozen=True, slots=True)
class _Targets:
    """Where a run is asked to write, besides what the runner's own variables name."""

    path: Path
    results: Path | None
    junit: Path | None
    classroom50: Path | None
    assignments: Path | None
    sections: tuple[str, ...]


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@section_option
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Keep result.json, facts.json and report.html in DIR/<submission>/: for the artifact.",
)
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML there.")
@click.option(
    "--classroom50",
    type=click.Path(path_type=Path),
    help="Write Classroom 50's result there (default, where its runner calls: result.json).",
)
@click.option("--min-score", type=int, help="Exit with 1 below this many points.")
@click.option("--faithful", is_flag=True, help="Wait docker stop's real 10 seconds everywhere.")
@assignments_option
def ci(
    path: Path,
    sections: tuple[str, ...],
    results: Path | None,
    junit: Path | None,
    classroom50: Path | None,
    min_score: int | None,
    faithful: bool,  # noqa: FBT001 - click calls by keyword
    assignments: Path | None,
) -> int:
    """Grade one submission in GitHub Actions: summary, annotations, step outputs, files.

    A low score is exit 0 unless --min-score says otherwise. What is not graded is exit 3, and all
    outputs say so; outside of a workflow they are printed.
    """
    if classroom50 is None and github.classroom50_wanted():
        classroom50 = Path("result.json")
    targets = _Targets(path, results, junit, classroom50, assignments, sections)
    labs: tuple[Assignment, ...] = ()
    try:
        labs = load_labs(assignments, sections)
        if classroom50 is not None:
            github.classroom50_identity("")
        submission = read_submission(path, [lab.id for lab in labs], asked_for(labs))
        with open_session(connect(), faithful=faithful, announce=say) as session:
            graded = grade_one(session, submission, labs)
    except (Exception, KeyboardInterrupt) as error:
        why = str(error) if isinstance(error, GraderError) else _own_fault(error)
        known = _lab_names(assignments)
        names = tuple(name for name in known if name in sections) or known
        submission_id = path.resolve().name or "submission"
        _publish(not_graded(submission_id, labs, names, why), labs, targets)
        raise
    fine = _publish(graded, labs, targets)
    return exit_code(graded.result, min_score) if fine else EXIT_ENGINE


def _own_fault(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "The grading was interrupted before it was done. Run the workflow again."
    return "The grader itself failed. Tell the course; the log of this step says where to look."


def _lab_names(root: Path | None) -> tuple[str, ...]:
    """Return the labs by name alone, also of those whose spec cannot be read."""
    try:
        folder = root or catalog.folder("assignments")
    except GraderError:
        return ()
    return tuple(sorted(spec.parent.name for spec in folder.glob(f"*/{SPEC_FILE}")))


def _publish(graded: Graded, labs: tuple[Assignment, ...], targets: _Targets) -> bool:
    """Write every output; one that cannot be written keeps none of the others from being so.

    Files come first: whoever reads what is printed may stop reading.
    """
    outputs, problems = _outputs(graded, targets)
    room = min(BUDGET, github.room_for_summary() - _SPARE)
    summary = render_markdown(graded.result, budget=max(0, room))
    for_runner = {github.OUTPUT: outputs, github.SUMMARY: summary}
    for what, job in _jobs(graded, labs, targets, for_runner).items():
        try:
            job()
        except (OSError, GraderError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(f"{what} could not be written: {why}.")
    _report(graded, labs, targets)
    for problem in problems:
        _complain(problem)
    for variable, text in for_runner.items():
        if not github.given(variable):
            click.echo(f"\n--- {variable} would get:\n{inert(text)}", nl=False)
    return not problems


def _jobs(
    graded: Graded,
    labs: tuple[Assignment, ...],
    targets: _Targets,
    for_runner: Mapping[str, str],
) -> dict[str, Callable[[], object]]:
    """Return what is to be written, by what it is called."""
    jobs: dict[str, Callable[[], object]] = {
        variable: partial(github.append, variable, text) for variable, text in for_runner.items()
    }
    if targets.results is not None:
        jobs[f"the results in {targets.results}"] = partial(_keep, targets.results, graded, labs)
    if targets.junit is not None:
        text = render_junit(graded.result)
        jobs[str(targets.junit)] = partial(write_text, targets.junit, text)
    if targets.classroom50 is not None:
        file = targets.classroom50
        jobs[str(file)] = partial(_classroom50, graded, file)
    return jobs


def _keep(results: Path, graded: Graded, labs: tuple[Assignment, ...]) -> None:
    with beside_others(results, [section.id for section in graded.result.sections]):
        keep(results, graded, labs, warn=say)


def _classroom50(graded: Graded, file: Path) -> None:
    identity = github.classroom50_identity(graded.result.provenance.graded_at)
    write_text(file, render_classroom50(graded.result, identity))


def _complain(message: str) -> None:
    """Say what went wrong: as an annotation where a runner reads it."""
    if github.running():
        click.echo(workflow_command("error", message, title="grader ci"))
    else:
        say(message)


def _report(graded: Graded, labs: tuple[Assignment, ...], targets: _Targets) -> None:
    """Print the report, in which no line is a command to the runner, and the annotations."""
    token = f"grader-{secrets.token_hex(16)}"
    if github.running():
        click.echo(f"::stop-commands::{token}")
    click.echo(inert(FORMATS["text"](graded, labs)), nl=False)
    if github.running():
        click.echo(f"::{token}::")
    folders = github.lab_folders(targets.path, [s.id for s in graded.result.sections])
    for command in render_annotations(graded.result, folders):
        click.echo(command)
    sys.stdout.flush()


def _outputs(graded: Graded, targets: _Targets) -> tuple[str, list[str]]:
    """Return the text of the step's outputs, and which runners had to be refused and why."""
    result = graded.result
    names = [*_lab_names(targets.assignments), *(section.id for section in result.sections)]
    ids = runner_ids(dict.fromkeys(names))
    # What must not count has no points in any lab; an engine's fault only in its own.
    trouble = result.provenance.distrust
    limit = min(MAX_JSON, _ALL_OUTPUTS // (len(result.sections) + 1))
    values: dict[str, str] = {}
    problems = []
    groups = {ids[section.id]: [section] for section in result.sections}
    for name, sections in {**groups, "result": list(result.sections)}.items():
        try:
            values[name] = render_reporter(sections, trouble, limit=limit)
        except DisagreementError as error:
            problems.append(f"{name}: {error}")
            values[name] = render_reporter((), str(error))
    counts = result.status.has_score
    values |= {
        "runners": ",".join(groups),
        "status": result.status,
        # No score is not a score of 0.
        "score": str(result.score) if counts else "",
        "max_score": str(result.max_score) if counts else "",
        "pending": str(result.pending),
    }
    return github.output_entries(values), problems
