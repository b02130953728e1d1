"""Gradings side by side, of one submission and of different ones, do not disturb one another."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from grader.batch.solutions import assemble, expected, overlays
from grader.engine.docker import connect
from grader.pipeline import grade_one, open_session
from grader.result import CheckResult, Status
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.solutions.grading import LABS, flagged, read_lab, with_status

# Of each lab a solution with a mistake that shows only if nobody else's container answers for it.
MISTAKES = {
    "01-microservices": "last-answer-kept",
    "02-installation": "key-private",
    "03-post-install": "groups-overwritten",
    "04-images-and-containers": "exec-cmd-missing",
    "05-volumes": "overwrites",
    "06-networks": "server-expose-missing",
    "07-final-lab": "client-sends-twice",
}


def _grade(lab: Assignment, folder: Path) -> tuple[Sequence[CheckResult], list[str]]:
    """Return a grading's results, and what it left behind in the engine."""
    with closing(connect()) as engine:
        with open_session(engine) as session:
            run_id = session.run_id
            graded = grade_one(session, read_submission(folder, [lab.id]), [lab])
        left = [f"{entry.kind} {entry.id}" for entry in engine.leftovers() if entry.label == run_id]
    return graded.result.sections[0].checks, left


@pytest.mark.docker
@pytest.mark.parametrize("name", LABS)
def test_the_same_and_another_submission_at_the_same_time(name: str, tmp_path: Path) -> None:
    """The model twice and a mistake: each gets what it gets alone, and leaves nothing."""
    lab = read_lab(name)
    mistake = next(p for p in overlays(name, "wrong") if MISTAKES.get(name, p.name) == p.name)
    model = assemble(tmp_path / "model", name)
    folders = [model, model, assemble(tmp_path / "mistake", name, mistake)]

    with ThreadPoolExecutor(len(folders)) as pool:
        graded = list(pool.map(lambda folder: _grade(lab, folder), folders))

    for results, left in graded:
        assert left == []
        assert with_status(results, Status.ERROR) == {}
    for results, _ in graded[:2]:
        assert set(with_status(results, Status.PASSED)) == {check.id for check in lab.checks}
        assert flagged(results) == set()
    want, results = expected(mistake), graded[2][0]
    assert set(with_status(results, Status.FAILED)) == set(want.failed)
    assert set(with_status(results, Status.SKIPPED)) == want.skipped
    assert flagged(results) == want.flags
