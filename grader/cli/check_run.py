"""What `grader check` does once it has said so: grade a submission, show it, and keep it."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from grader.batch.solutions import assemble, models_beside
from grader.cli.check_progress import watching
from grader.cli.command_name import starter_folder
from grader.cli.common import exit_code, load_labs, load_starter, say, show
from grader.cli.formats import FORMATS, show_text
from grader.cli.interrupt import interruptible
from grader.cli.targets import Target
from grader.engine.docker import connect
from grader.pipeline import Graded, grade_files, grade_one, open_session
from grader.results import class_files, store
from grader.results.keep import keep
from grader.results.results_folder import beside_others
from grader.spec.assignment import Assignment, asked_for
from grader.spec.keys import KEY_FILE, Key, load_keys
from grader.submission.manifest import Manifest
from grader.submission.snapshot import Submission, read_submission


def run_check(
    target: Target,
    assignments: Path | None,
    *,
    fmt: str,
    output: Path | None,
    results: Path | None,
    faithful: bool,
    static: bool,
    hint: int,
    min_score: int | None,
    starter: Path | None,
    model: bool,
    key: Path | None,
) -> int:
    """Grade what `target` names and return the exit code; the others are the command's options."""
    labs = tuple(_with_hints(lab, hint) for lab in load_labs(assignments, target.labs))
    solutions = models_beside(labs) if model else None
    key = key or _keys_beside(solutions, labs)
    keys = load_keys(key, labs) if key else {}
    with _folder(target.folder, labs, solutions) as folder:
        submission = read_submission(folder, [lab.id for lab in labs], asked_for(labs))
    released = load_starter(starter)
    with ExitStack() as stack:
        if results:
            stack.enter_context(beside_others(results, [lab.id for lab in labs]))
        if static:
            graded = grade_files(submission, labs, released, keys=keys)
        else:
            graded = _observed(submission, labs, released, keys, faithful=faithful)
        if results:
            graded = replace(graded, result=keep(results, graded, labs, keys, warn=say))
            class_files.refresh_class_files(results, labs)
    elsewhere = model or not Path.cwd().is_relative_to(target.folder.resolve())
    place = str(target.folder) if elsewhere and not _of_starter(target) else ""
    show(show_text(graded, place) if fmt == "text" else FORMATS[fmt](graded, labs), output)
    if results and fmt == "text":
        report = results / graded.result.submission.id / store.REPORT
        say(f"The same as a page, with pictures: {report}")
    return exit_code(graded.result, min_score)


def _with_hints(lab: Assignment, number: int) -> Assignment:
    """Return a lab whose checks give so many of their hints at once; nothing else depends on it."""
    checks = tuple(
        replace(check, hints=(" ".join(check.hints[:number]),)) if check.hints else check
        for check in lab.checks
    )
    return replace(lab, checks=checks)


def _of_starter(target: Target) -> bool:
    """Return whether `./check LAB` means this submission, wherever one stands."""
    home = starter_folder()
    return home is not None and home.resolve() == target.folder.resolve()


def _observed(
    submission: Submission,
    labs: tuple[Assignment, ...],
    released: Manifest | None,
    keys: dict[str, Key],
    *,
    faithful: bool,
) -> Graded:
    with (
        interruptible(),
        watching(labs) as progress,
        open_session(
            connect(), faithful=faithful, announce=progress.note, watcher=progress
        ) as session,
    ):
        return grade_one(session, submission, labs, released, keys=keys)


def _keys_beside(solutions: Path | None, labs: tuple[Assignment, ...]) -> Path | None:
    """Return where the keys lie that belong to model solutions; None where there are none."""
    if solutions is None:
        return None
    has_keys = any((solutions / lab.id / KEY_FILE).is_file() for lab in labs)
    return solutions if has_keys else None


@contextmanager
def _folder(path: Path, labs: tuple[Assignment, ...], solutions: Path | None) -> Iterator[Path]:
    if solutions is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="grader-") as parent:
        target = Path(parent) / "model"
        for lab in labs:
            assemble(target, lab.id, solutions=solutions)
        yield target
