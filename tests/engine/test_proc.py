"""An engine whose processes are not in this machine's /proc: another host, Docker Desktop."""

from pathlib import Path

import pytest

from grader.batch.solutions import assemble, overlays
from grader.engine import proc
from grader.observe.session import Session
from grader.pipeline import grade_one
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.conftest import LAB

pytestmark = pytest.mark.docker


def _lost(session: Session, lab: Assignment, folder: Path) -> set[str]:
    result = grade_one(session, read_submission(folder, [LAB]), [lab]).result
    checks = result.sections[0].checks
    assert not [check.id for check in checks if check.status is Status.ERROR]
    return {check.id for check in checks if check.status is Status.FAILED}


def test_the_kernel_columns_of_its_own_ps_judge_the_same(
    session: Session, lab: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full marks for the model; the classic mistakes lose what they lose here."""
    monkeypatch.setattr(proc, "_PROC", tmp_path / "nothing")
    wrong = {path.name: path for path in overlays(LAB, "wrong")}

    assert _lost(session, lab, assemble(tmp_path / "model", LAB)) == set()
    for name in ("exec-in-shell-form", "exec-cmd-as-one-string"):
        lost = _lost(session, lab, assemble(tmp_path / name, LAB, wrong[name]))
        assert lost, name
        assert all(check.startswith("exec-") for check in lost)
