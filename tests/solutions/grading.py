"""Grades overlays of the model solution as students' work, several of them at once."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from grader.model import CheckResult, Status
from grader.observe.lab import Session
from grader.pipeline import grade_one
from grader.solutions import EXPECTED, assemble, overlays
from grader.spec.model import Assignment
from grader.submission import read_submission
from tests.conftest import LAB

# Most of a grading is waiting for the engine; more at once only makes each of them slower.
PARALLEL = 3

WRONG = overlays(LAB, "wrong")
RIGHT = overlays(LAB, "right")


@dataclass(frozen=True, slots=True)
class Expected:
    """An overlay's expect.yaml: `failed` maps a check to words that its reason must hold."""

    about: str
    failed: dict[str, str]
    skipped: frozenset[str]
    flags: frozenset[str]


def expected(overlay: Path) -> Expected:
    """Return what an overlay expects; a list under `failed` expects no special words."""
    raw = yaml.safe_load((overlay / EXPECTED).read_text(encoding="utf-8"))
    failed = raw.get("failed") or {}
    return Expected(
        about=raw["about"],
        failed=failed if isinstance(failed, dict) else dict.fromkeys(failed, ""),
        skipped=frozenset(raw.get("skipped", ())),
        flags=frozenset(raw.get("flags", ())),
    )


def touched(lab: Assignment, overlay: Path) -> Assignment:
    """Return the lab with only those images whose Dockerfile is the overlay's own.

    The others are the model's; they are graded once, with the model, and not with each overlay.
    """
    names = {path.name.removesuffix(".absent") for path in overlay.iterdir()}
    images = {name: image for name, image in lab.images.items() if image.dockerfile in names}
    observe = {
        name: spec for name, spec in lab.observe.items() if images.keys() >= set(spec.images())
    }
    checks = tuple(
        check
        for check in lab.checks
        if all(images.keys() >= set(lab.images_of(need.of)) for need in check.params.needs())
    )
    return replace(lab, images=images, observe=observe, checks=checks)


class Grades:
    """The check results of overlays; those asked for beforehand are under way already."""

    def __init__(
        self, pool: ThreadPoolExecutor, session: Session, lab: Assignment, folder: Path
    ) -> None:
        self._pool = pool
        self._session = session
        self._lab = lab
        self._folder = folder
        self._started: dict[Path, Future[tuple[CheckResult, ...]]] = {}

    def start(self, chosen: Iterable[Path]) -> None:
        """Begin to grade these overlays, in this order."""
        for overlay in chosen:
            self._started[overlay] = self._pool.submit(self._grade, overlay)

    def of(self, overlay: Path) -> tuple[CheckResult, ...]:
        """Return the results of one overlay when they are there."""
        if overlay not in self._started:
            self.start([overlay])
        return self._started[overlay].result()

    def _grade(self, overlay: Path) -> tuple[CheckResult, ...]:
        folder = assemble(self._folder / overlay.name, LAB, overlay)
        lab = touched(self._lab, overlay)
        graded = grade_one(self._session, read_submission(folder, [LAB]), [lab])
        return graded.result.sections[0].checks


@contextmanager
def grading(session: Session, lab: Assignment, folder: Path) -> Iterator[Grades]:
    """Yield grades; what nobody waits for any more is not begun."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        try:
            yield Grades(pool, session, lab, folder)
        finally:
            pool.shutdown(cancel_futures=True)


def with_status(results: Iterable[CheckResult], status: Status) -> dict[str, CheckResult]:
    """Return the results of one status by id."""
    return {result.id: result for result in results if result.status is status}


def flagged(results: Iterable[CheckResult]) -> set[str]:
    """Return the ids of the checks that a person is asked to look at."""
    return {result.id for result in results if result.flags}
