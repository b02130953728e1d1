"""The command line: the only place that prints and the only one that chooses exit codes."""

import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click

from grader import assets, store
from grader.doctor import examine
from grader.engine import housekeeping
from grader.engine.docker import connect
from grader.errors import EngineError, GraderError, UsageError
from grader.judge.kinds import PARAMS
from grader.model import Result
from grader.observe.lab import PARALLEL
from grader.pipeline import Graded, grade_one, grader_version, open_session
from grader.render.html import render_html
from grader.render.text import render_text
from grader.score import score_submission
from grader.solutions import assemble, solutions_folder
from grader.spec.model import Assignment
from grader.submission import read_submission
from grader.text import visible

EXIT_BELOW, EXIT_USAGE, EXIT_ENGINE, EXIT_INTERRUPTED = 1, 2, 3, 130
_FULL_WIDTH = 100

_labs_option = click.option(
    "--assignments",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of labs to use instead of the grader's own.",
)
_section_option = click.option(
    "--section", "sections", multiple=True, metavar="ID", help="Grade only this lab (repeatable)."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(grader_version(), prog_name="grader")
def cli() -> None:
    """Build what was written, watch how it behaves, and say what it is worth."""


@cli.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@_section_option
@click.option("--format", "fmt", type=click.Choice(["text", "json", "html"]), default="text")
@click.option("--output", type=click.Path(path_type=Path), help="Write there, not to the terminal.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Also keep result.json, facts.json and report.html in DIR/<submission>/.",
)
@click.option("--faithful", is_flag=True, help="Wait docker stop's real 10 seconds everywhere.")
@click.option("--min-score", type=int, help="Exit with 1 below this many points.")
@click.option("--model", is_flag=True, help="Grade the model solution of every lab (authors).")
@_labs_option
def check(
    path: Path,
    sections: tuple[str, ...],
    fmt: str,
    output: Path | None,
    results: Path | None,
    faithful: bool,  # noqa: FBT001 - click calls by keyword
    min_score: int | None,
    model: bool,  # noqa: FBT001
    assignments: Path | None,
) -> int:
    """Grade one submission: the folder PATH with the lab folders in it (default: this one)."""
    labs = _labs(assignments, sections)
    with _folder(path, labs, model=model) as folder:
        submission = read_submission(folder, [lab.id for lab in labs])
    with open_session(connect(), faithful=faithful, announce=_say) as session:
        graded = grade_one(session, submission, labs)
    if results:
        _keep(results, graded, labs)
    _show(_rendered(graded, labs, fmt), output)
    if results and fmt == "text":
        report = results / graded.result.submission.id / store.REPORT
        _say(f"The same as a page, with pictures: {report}")
    return _exit_code(graded.result, min_score)


@cli.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_labs_option
def rejudge(results: Path, assignments: Path | None) -> int:
    """Judge, score and render again from the facts saved in RESULTS; needs no engine."""
    labs = _labs(assignments, ())
    folders = store.stored(results)
    if not folders:
        raise UsageError(
            f"There is no */{store.FACTS} in {results}. "
            "Name the folder that `grader check --results` wrote to."
        )
    worst = 0
    for folder in folders:
        facts = store.read_facts(folder / store.FACTS)
        graded = Graded(facts, score_submission(facts, labs))
        _keep(results, graded, labs, facts_too=False)
        click.echo(f"{visible(folder.name)}: {graded.result.score}/{graded.result.max_score}")
        worst = max(worst, _exit_code(graded.result, None))
    return worst


@cli.command()
@_labs_option
def prepare(assignments: Path | None) -> int:
    """Get every base image once, and measure what its shell does."""
    labs = _labs(assignments, ())
    names = list(dict.fromkeys(name for lab in labs for name in lab.bases))
    with open_session(connect(), announce=_say) as session:
        with ThreadPoolExecutor(PARALLEL) as pool:
            ready = list(pool.map(session.bases.get, names))
        for name, base in zip(names, ready, strict=True):
            how = "stays as PID 1" if base.shell_stays else "replaces itself with the program"
            kind = " (stand-in)" if base.standin else ""
            click.echo(f"{name}{kind}: ready; its /bin/sh {how}")
    return 0


@cli.command()
@_labs_option
def doctor(assignments: Path | None) -> int:
    """Say what is wrong with this machine and how to mend it."""
    labs = _labs(assignments, ())
    well = True
    for finding in examine(list(dict.fromkeys(name for lab in labs for name in lab.bases))):
        well = well and finding.well
        mark = click.style("ok  ", fg="green") if finding.well else click.style("BAD ", fg="red")
        click.echo(f"{mark} {finding.seen}")
        if not finding.well:
            click.echo(f"     to mend it: {finding.fix}")
    return 0 if well else EXIT_ENGINE


@cli.command()
def clean() -> int:
    """Remove what runs left behind, and the build cache. Base images stay."""
    cleaned = housekeeping.clean(connect())
    kinds = ["container", "image", "network", "volume"]
    counts = [f"{sum(entry.kind == kind for entry in cleaned.gone)} {kind}s" for kind in kinds]
    click.echo(f"Removed {', '.join(counts)}.")
    if cleaned.in_use:
        _say(f"{cleaned.in_use} objects were left to a grader that is at work right now.")
    for entry in cleaned.stuck:
        _say(f"Not removed, because something else uses it: {entry.kind} {entry.id}")
    return EXIT_ENGINE if cleaned.stuck else 0


@cli.command()
@_labs_option
def lint(assignments: Path | None) -> int:
    """Check every spec; each problem comes with its file and line."""
    labs = _labs(assignments, ())
    checks = sum(len(lab.checks) for lab in labs)
    click.echo(
        f"{len(labs)} labs, {checks} checks, {sum(lab.points for lab in labs)} points: fine."
    )
    return 0


def _labs(root: Path | None, only: tuple[str, ...]) -> tuple[Assignment, ...]:
    return assets.load_assignments(root or assets.folder("assignments"), PARAMS, only)


@contextmanager
def _folder(path: Path, labs: tuple[Assignment, ...], *, model: bool) -> Iterator[Path]:
    if not model:
        yield path
        return
    solutions_folder()
    with tempfile.TemporaryDirectory(prefix="grader-") as parent:
        target = Path(parent) / "model"
        for lab in labs:
            assemble(target, lab.id)
        yield target


def _rendered(graded: Graded, labs: tuple[Assignment, ...], fmt: str) -> str:
    render: dict[str, Callable[[], str]] = {
        "json": graded.result.to_json,
        "html": lambda: render_html(graded.result, graded.facts, labs, assets.folder("templates")),
        "text": lambda: render_text(
            graded.result,
            width=min(shutil.get_terminal_size((80, 24)).columns, _FULL_WIDTH),
            colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ,
        ),
    }
    return render[fmt]()


def _keep(
    results: Path, graded: Graded, labs: tuple[Assignment, ...], *, facts_too: bool = True
) -> None:
    folder = results / graded.result.submission.id
    if facts_too:
        store.write_facts(folder / store.FACTS, graded.facts)
    store.write_text(folder / store.RESULT, graded.result.to_json())
    store.write_text(folder / store.REPORT, _rendered(graded, labs, "html"))


def _show(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        store.write_text(output, text)
        _say(f"Written to {output}.")


def _exit_code(result: Result, min_score: int | None) -> int:
    if result.status == "not_graded":
        return EXIT_ENGINE
    return EXIT_BELOW if min_score is not None and result.score < min_score else 0


def _say(message: str) -> None:
    click.echo(visible(message), err=True)


def main() -> None:
    """Run the command line; every ending has its exit code and, if it is bad, one message."""
    # Whoever ends us politely gets the same clean-up as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = EXIT_USAGE
    except UsageError as error:
        _complain(error)
        code = EXIT_USAGE
    except EngineError as error:
        _complain(error)
        code = EXIT_ENGINE
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; what was started has been taken away.", err=True)
        code = EXIT_INTERRUPTED
    except Exception:  # noqa: BLE001 - the last resort: a log instead of a traceback
        with tempfile.NamedTemporaryFile("w", prefix="grader-", suffix=".log", delete=False) as log:
            log.write(f"grader {grader_version()}, Python {sys.version}\n{traceback.format_exc()}")
        click.echo(
            f"The grader itself failed; this is not your fault. Send {log.name} to the course.",
            err=True,
        )
        code = EXIT_ENGINE
    sys.exit(code if isinstance(code, int) else 0)


def _complain(error: GraderError) -> None:
    click.echo(visible(str(error), keep="\n"), err=True)
