"""Same submission, same verdict: also when the machine is busy."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.batch.solutions import assemble
from grader.observe.session import Session
from grader.pipeline import grade_one
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.conftest import LAB

TIMES = 20
AT_ONCE = 3  # more load, and less to wait for


def _burn() -> None:
    while True:
        pass


@pytest.fixture
def busy() -> Iterator[None]:
    """Keep every processor busy."""
    context = multiprocessing.get_context("spawn")
    burners = [context.Process(target=_burn, daemon=True) for _ in range(os.cpu_count() or 1)]
    for burner in burners:
        burner.start()
    yield
    for burner in burners:
        burner.kill()
        burner.join()


@pytest.mark.docker
@pytest.mark.serial
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("busy")
def test_twenty_gradings_under_load_agree(
    session: Session, lab: Assignment, tmp_path: Path
) -> None:
    """Every status of every check, twenty times over."""
    submission = read_submission(assemble(tmp_path / "alice", LAB), [LAB])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        graded = list(pool.map(lambda _: grade_one(session, submission, [lab]), range(TIMES)))

    seen = {
        tuple((check.id, check.status) for check in each.result.sections[0].checks)
        for each in graded
    }
    assert len(seen) == 1
    assert {status for _, status in seen.pop()} == {"passed", "manual"}  # answers wait for a key
