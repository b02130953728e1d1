"""Grades mutants, and keeps what came of each in a folder of its own, by the mutant's digest."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.rates.mutants import Mutant
from grader.batch.solutions import Expected, assemble
from grader.core.files import write_text
from grader.facts import SubmissionFacts
from grader.observe.session import Session
from grader.pipeline import Graded, grade_files, grade_one, judge_facts
from grader.render.terminal import render_text
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.solutions.grading import read_lab as _read_lab
from tests.solutions.grading import touched, without_broken_steps
from tests.solutions.reports import first_said

read_lab = cache(_read_lab)
_NOTHING = Expected("", {}, frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of one mutant: the checks it lost, the causes it was told, and the first of all.

    `lost` are the failed checks with their reasons, `skipped` those that waited for them; `told`
    the ids of all causes. `first` is what the report says first, a cause or a check.
    """

    mutant: Mutant
    lost: Mapping[str, str]
    skipped: tuple[str, ...]
    flags: tuple[str, ...]
    told: tuple[str, ...]
    first: str
    seconds: float

    @property
    def accepted(self) -> bool:
        """Return whether nothing was lost."""
        return not self.lost and not self.skipped


def read_kept(out: Path, mutant: Mutant) -> Kept | None:
    """Return what is kept of a mutant, None where it was not graded yet."""
    try:
        raw: dict[str, Any] = json.loads((out / mutant.digest / "kept.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    return Kept(
        mutant,
        raw["lost"],
        tuple(raw["skipped"]),
        tuple(raw["flags"]),
        tuple(raw["told"]),
        raw["first"],
        raw["seconds"],
    )


def grade(session: Session, out: Path, mutant: Mutant) -> bool:
    """Grade a mutant and keep it; False where the engine failed, and nothing is kept."""
    begin = time.monotonic()
    place = out / mutant.digest
    shutil.rmtree(place, ignore_errors=True)
    overlay = _overlay(place, mutant)
    chosen = touched(read_lab(mutant.lab), overlay)
    # That each step fails once takes long, and matters where nothing else is lost.
    short = chosen if mutant.rewrite else without_broken_steps(chosen, _NOTHING)
    graded = _graded(session, mutant, overlay, short)
    if short != chosen and not _lost(graded):
        graded = _graded(session, mutant, overlay, chosen)
    if any(c.status is Status.ERROR for s in graded.result.sections for c in s.checks):
        return False
    write_text(place / "facts.json", graded.facts.model_dump_json())
    _keep(place, mutant, graded, time.monotonic() - begin)
    return True


def grade_by_files(out: Path, mutant: Mutant) -> bool:
    """Grade and keep a mutant that its files alone refuse; False for all others.

    What a full grading would say of it is the same: nothing of it is built, so nothing runs.
    """
    begin = time.monotonic()
    place = out / mutant.digest
    shutil.rmtree(place, ignore_errors=True)
    overlay = _overlay(place, mutant)
    chosen = touched(read_lab(mutant.lab), overlay)
    with tempfile.TemporaryDirectory() as folder:
        submission = assemble(Path(folder) / mutant.digest, mutant.lab, overlay)
        graded = grade_files(read_submission(submission, [mutant.lab]), [chosen])
    builds = {check.id for check in chosen.checks if check.kind in {"builds", "finishes"}}
    checks = graded.result.sections[0].checks
    if not any(c.id in builds and c.status is Status.FAILED for c in checks):
        shutil.rmtree(place)
        return False
    write_text(place / "facts.json", graded.facts.model_dump_json())
    _keep(place, mutant, graded, time.monotonic() - begin)
    return True


def judge_again(out: Path, mutant: Mutant) -> None:
    """Judge what is kept of a mutant with today's grader, on the facts of then."""
    place = out / mutant.digest
    if (kept := read_kept(out, mutant)) is None:
        return
    facts = SubmissionFacts.model_validate_json((place / "facts.json").read_text("utf-8"))
    lab = touched(read_lab(mutant.lab), place / "overlay")
    seen = {name for section in facts.labs for name in section.observations}
    if any(_breaks(lab, name) and not _has_broken(facts, name) for name in seen):
        lab = without_broken_steps(lab, _NOTHING)
    _keep(place, mutant, judge_facts(facts, [lab], {}), kept.seconds)


def _breaks(lab: Assignment, name: str) -> bool:
    return bool(getattr(lab.observe.get(name), "breaks", ()))


def _has_broken(facts: SubmissionFacts, name: str) -> bool:
    return any(bool(getattr(lab.observations[name], "broken", ())) for lab in facts.labs)


def _overlay(place: Path, mutant: Mutant) -> Path:
    overlay = place / "overlay"
    overlay.mkdir(parents=True)
    for name, content in mutant.files.items():
        target = overlay / (f"{name}.absent" if content is None else name)
        target.write_bytes(content or b"")
    return overlay


def _graded(session: Session, mutant: Mutant, overlay: Path, lab: Assignment) -> Graded:
    with tempfile.TemporaryDirectory() as folder:
        submission = assemble(Path(folder) / mutant.digest, mutant.lab, overlay)
        return grade_one(session, read_submission(submission, [mutant.lab]), [lab])


def _lost(graded: Graded) -> bool:
    kinds = {Status.FAILED, Status.SKIPPED, Status.ERROR}
    return any(c.status in kinds for s in graded.result.sections for c in s.checks)


def _keep(place: Path, mutant: Mutant, graded: Graded, seconds: float) -> None:
    (section,) = graded.result.sections
    checks = section.checks
    text = render_text(graded.result, width=100_000)
    flat = " ".join(text.split())
    kept = {
        "name": mutant.name,
        "lost": {c.id: c.reason for c in checks if c.status is Status.FAILED},
        "skipped": [c.id for c in checks if c.status is Status.SKIPPED],
        "flags": [c.id for c in checks if c.flags],
        "told": [cause.id for cause in section.causes],
        "first": first_said(flat, graded.result),
        "seconds": round(seconds, 2),
    }
    write_text(place / "report.txt", render_text(graded.result, width=120))
    write_text(place / "kept.json", json.dumps(kept, indent=1))
