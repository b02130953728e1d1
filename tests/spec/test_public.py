"""What students see of a spec: no hidden check, and nothing that only a hidden check needs."""

import shutil
from pathlib import Path

import pytest

from grader.core.errors import SpecError
from grader.judge.check_kinds import PARAMS
from grader.spec.assignment import Assignment
from grader.spec.load import load_assignment
from grader.spec.public import public_spec, student_files
from tests.conftest import LAB, ROOT

SPECS = sorted((ROOT / "assignments").glob("*/assignment.yaml"))
TEXT = (ROOT / "assignments" / LAB / "assignment.yaml").read_text(encoding="utf-8")
# Three checks of one part, the last with an observation and a word of its own.
CACHE_ORDER = "      - id: cache-order\n"
ENV_OVERRIDE = "      - id: env-override\n"


def _hide(text: str, *rows: str) -> str:
    for row in rows:
        assert row in text
        text = text.replace(row, f"{row}        hidden: true   # a secret reason\n")
    return text


def _load(folder: Path, text: str) -> Assignment:
    lab = folder / LAB
    shutil.copytree(ROOT / "assignments" / LAB, lab, dirs_exist_ok=True)
    (lab / "assignment.yaml").write_text(text, encoding="utf-8")
    return load_assignment(lab, PARAMS)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_a_spec_that_hides_nothing_stays_as_it_is(path: Path) -> None:
    """To the byte, comments included."""
    text = path.read_text(encoding="utf-8")

    assert public_spec(text) == text


def test_hidden_checks_leave_no_trace(tmp_path: Path) -> None:
    """Neither their ids nor comments, observations and words that only they use."""
    text = _hide(TEXT, CACHE_ORDER, ENV_OVERRIDE)
    whole = _load(tmp_path / "whole", text)

    public = public_spec(text)
    shown = _load(tmp_path / "shown", public)

    for word in ("cache-order", "env-override", "hidden", "secret", "changed:", "greeted"):
        assert word not in public
    assert "greeting" not in shown.words
    assert [c.id for c in shown.checks] == [c.id for c in whole.checks if not c.hidden]
    assert shown.points == whole.points - 2


@pytest.mark.parametrize("needed", [True, False])
def test_a_step_that_only_a_hidden_check_looks_at_goes_with_it(*, needed: bool) -> None:
    """Unless another step needs it: what students try has to be what is graded."""
    folder = ROOT / "assignments" / "06-networks"
    text = (folder / "assignment.yaml").read_text(encoding="utf-8")
    row = "      - id: own-elsewhere\n"
    assert row in text
    text = text.replace(row, f"{row}        hidden: true\n")
    if needed:
        after = "        - {id: elsewhere, wait: {of: elsewhere-client}}\n"
        assert after in text
        text = text.replace(after, f"{after}        - {{id: once-more, wait: {{of: elsewhere}}}}\n")
    public = public_spec(text)
    assert "own-elsewhere" not in public
    assert ("id: elsewhere\n" in public) == needed
    assert "id: elsewhere-client" in public
    assert "id: in-turn" in public


def test_a_part_of_hidden_checks_goes_too(tmp_path: Path) -> None:
    """Its title would say what is hidden."""
    head, tail = TEXT.split("  - id: instructions\n")
    part = "  - id: instructions\n" + tail.replace(
        "        points:", "        hidden: true\n        points:"
    )

    shown = _load(tmp_path, public_spec(head + part))

    assert "instructions" not in shown.parts


def test_a_check_students_see_cannot_wait_for_a_hidden_one(tmp_path: Path) -> None:
    """They would be told to mend what they cannot see."""
    with pytest.raises(SpecError, match="cannot wait for the hidden 'run-layer'"):
        _load(tmp_path, _hide(TEXT, "      - id: run-layer\n"))


def test_only_what_the_spec_names_is_for_students() -> None:
    """Notes and drafts in a lab's folder stay with the author."""
    assert set(student_files(TEXT)) == {
        "README.md",
        "answers.ipynb",
        "assignment.yaml",
        "Dockerfile-exec",
        "Dockerfile-shell",
        "Dockerfile-shell-fixed",
        "Dockerfile-instructions",
        "main.py",
        "assets.tar.gz",
    }
