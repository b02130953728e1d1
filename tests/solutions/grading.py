"""Grades overlays of the model solutions as students' work, several of them at once."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from grader.batch.solutions import (
    EXPECTED,
    Expected,
    assemble,
    expected,
    overlays,
    solutions_folder,
)
from grader.judge.check_kinds import PARAMS
from grader.observe.session import Session
from grader.pipeline import Graded, grade_one
from grader.result import CheckResult, Status
from grader.spec.assignment import Assignment
from grader.spec.load import load_assignment
from grader.spec.observations import RebuildSpec, RunSpec
from grader.spec.scripts import ScriptSpec
from grader.submission.snapshot import read_submission
from tests.conftest import ROOT

# Most of a grading is waiting for the engine; more at once only makes each of them slower.
PARALLEL = 3

LABS = tuple(sorted(path.parent.name for path in solutions_folder().glob("*/model")))


def lab_of(overlay: Path) -> str:
    """Return the id of the lab that an overlay belongs to."""
    return overlay.parent.parent.name


def name_of(overlay: Path) -> str:
    """Return an overlay's name as tests show it."""
    return f"{lab_of(overlay)}/{overlay.name}"


def read_lab(lab: str) -> Assignment:
    """Return one lab of the checkout."""
    return load_assignment(ROOT / "assignments" / lab, PARAMS)


# Every solution is graded on the engine with this set. Without it, and that is what keeps the
# usual run short, a lab is tried with as few as lose every check.
ALL = "GRADER_ALL_SOLUTIONS" in os.environ
_FEW = 2
# Nothing is ever run in a student's image: one of each lab has nothing in it that could be.
_ALWAYS = "no-tools"


def _chosen(lab: str, kind: str) -> tuple[Path, ...]:
    every = overlays(lab, kind)
    if ALL:
        return tuple(every)
    if kind == "right":
        return tuple(path for path in every if path in every[:_FEW] or path.name == _ALWAYS)
    found: list[Path] = []
    lost: set[str] = set()
    for overlay in sorted(every, key=lambda path: (-len(expected(path).failed), path.name)):
        if not set(expected(overlay).failed) <= lost:
            found.append(overlay)
            lost |= set(expected(overlay).failed)
    return tuple(found)


WRONG = tuple(overlay for lab in LABS for overlay in _chosen(lab, "wrong"))
RIGHT = tuple(overlay for lab in LABS for overlay in _chosen(lab, "right"))


def touched(lab: Assignment, overlay: Path) -> Assignment:
    """Return the lab with only what the overlay's own files can have changed.

    That are the images whose Dockerfile is the overlay's own, what is observed of them, and the
    other images that appear in those observations. The rest is the model's, its answers with it;
    it is graded once, with the model, and not with each overlay. In a lab of more than single
    containers any other file, a script for instance, can matter everywhere.
    """
    lab = replace(lab, questions=())
    names = {path.name.removesuffix(".absent") for path in overlay.iterdir()} - {EXPECTED}
    own = {name for name, image in lab.images.items() if image.dockerfile in names}
    single = all(isinstance(spec, RunSpec | RebuildSpec) for spec in lab.observe.values())
    if not single and names - {image.dockerfile for image in lab.images.values()}:
        return lab
    observe = {name: spec for name, spec in lab.observe.items() if own & set(spec.images())}
    needed = own.union(*(spec.images() for spec in observe.values()))
    kept = {*needed, *observe}
    return replace(
        lab,
        images={name: image for name, image in lab.images.items() if name in needed},
        observe=observe,
        checks=tuple(
            check for check in lab.checks if all(need.of in kept for need in check.params.needs())
        ),
    )


def without_broken_steps(lab: Assignment, want: Expected) -> Assignment:
    """Return the lab without making each step of a script fail, unless a check of that is lost.

    That takes a machine for every step; the model and the right solutions go through it anyway.
    """
    halts = {check.id for check in lab.checks if check.kind == "halts"}
    if not halts or halts & want.failed.keys():
        return lab
    observe = {
        name: spec.model_copy(update={"breaks": ()}) if isinstance(spec, ScriptSpec) else spec
        for name, spec in lab.observe.items()
    }
    unseen = halts - want.skipped
    checks = tuple(check for check in lab.checks if check.id not in unseen)
    return replace(lab, observe=observe, checks=checks)


class Grades:
    """The check results of overlays; those asked for beforehand are under way already."""

    def __init__(self, pool: ThreadPoolExecutor, session: Session, folder: Path) -> None:
        self._pool = pool
        self._session = session
        self._folder = folder
        self._labs: dict[str, Assignment] = {}
        self._started: dict[Path, Future[Graded]] = {}

    def start(self, chosen: Iterable[Path]) -> None:
        """Begin to grade these overlays, in this order."""
        for overlay in chosen:
            lab = lab_of(overlay)
            if lab not in self._labs:
                self._labs[lab] = read_lab(lab)
            self._started[overlay] = self._pool.submit(self._grade, self._labs[lab], overlay)

    def of(self, overlay: Path) -> tuple[CheckResult, ...]:
        """Return the results of one overlay when they are there."""
        return self.graded(overlay).result.sections[0].checks

    def graded(self, overlay: Path) -> Graded:
        """Return the whole grade of one overlay when it is there."""
        if overlay not in self._started:
            self.start([overlay])
        return self._started[overlay].result()

    def _grade(self, lab: Assignment, overlay: Path) -> Graded:
        folder = assemble(self._folder / name_of(overlay), lab.id, overlay)
        submission = read_submission(folder, [lab.id])
        chosen = touched(lab, overlay)
        if overlay in WRONG:
            chosen = without_broken_steps(chosen, expected(overlay))
        return grade_one(self._session, submission, [chosen])


@contextmanager
def grading(session: Session, folder: Path) -> Iterator[Grades]:
    """Yield grades; what nobody waits for any more is not begun."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        try:
            yield Grades(pool, session, folder)
        finally:
            pool.shutdown(cancel_futures=True)


def with_status(results: Iterable[CheckResult], status: Status) -> dict[str, CheckResult]:
    """Return the results of one status by id."""
    return {result.id: result for result in results if result.status is status}


def flagged(results: Iterable[CheckResult]) -> set[str]:
    """Return the ids of the checks that a person is asked to look at."""
    return {result.id for result in results if result.flags}
