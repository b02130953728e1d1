"""fingerprint.json: made while the submission is there, and only for what was graded."""

from functools import partial
from pathlib import Path

import pytest

from grader.class_report.fingerprint import Fingerprint
from grader.core.files import write_text
from grader.facts import AnswerFacts
from grader.results import class_files, fingerprint_files, store
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.builders.class_results import LABS, facts_of, make_result


@pytest.fixture
def lab() -> Assignment:
    """Return the lab with four Dockerfiles."""
    return next(lab for lab in LABS if lab.id == "04-images-and-containers")


def _hand_in(folder: Path, lab: Assignment, text: str) -> Path:
    place = folder / lab.id
    place.mkdir(parents=True, exist_ok=True)
    (place / "Dockerfile-exec").write_text(text)
    (place / "main.py").write_bytes((lab.folder / "main.py").read_bytes())
    return folder


def _graded(results: Path, folder: Path, lab: Assignment) -> None:
    submission = read_submission(folder, [lab.id])
    result = make_result(submission.id, 1, [lab])
    reference = result.submission.model_copy(update={"digest": submission.digest})
    result = result.model_copy(update={"submission": reference})
    write_text(results / submission.id / store.RESULT, result.to_json())
    facts = facts_of(result)
    answer = AnswerFacts(text="Layers, stacked.", sha256="0" * 64, cell=3)
    answered = facts.labs[0].model_copy(update={"answers": {"q1": answer}})
    store.write_facts(
        results / submission.id / store.FACTS, facts.model_copy(update={"labs": (answered,)})
    )


def _keep(results: Path, folder: Path, lab: Assignment) -> None:
    read = partial(read_submission, folder, [lab.id])
    fingerprint_files.keep_fingerprints(results, [(folder.name, read)], [lab])


def test_what_the_lab_gives_out_is_left_away(tmp_path: Path, lab: Assignment) -> None:
    """Provided files, lines of the starter; answers come from the facts."""
    folder = _hand_in(tmp_path / "in" / "alice", lab, "FROM python:3.7\nLABEL mine=yes\n")
    _graded(tmp_path / "out", folder, lab)
    _keep(tmp_path / "out", folder, lab)
    text = (tmp_path / "out" / "alice" / fingerprint_files.FINGERPRINT).read_bytes()
    found = Fingerprint.model_validate_json(text)
    assert {file.name: file.lines for file in found.files} == {
        "Dockerfile-exec": ("FROM python:3.7", "LABEL mine=yes"),
        "answer q1": ("Layers, stacked.",),
    }
    assert found.own == 3


def test_only_what_was_graded_is_kept(tmp_path: Path, lab: Assignment) -> None:
    """A submission that changed since, or was not graded, waits for its grading."""
    folder = _hand_in(tmp_path / "in" / "alice", lab, "FROM python:3.7\n")
    kept = tmp_path / "out" / "alice" / fingerprint_files.FINGERPRINT
    _keep(tmp_path / "out", folder, lab)
    assert not kept.exists()
    _graded(tmp_path / "out", folder, lab)
    _hand_in(folder, lab, "FROM python:3.12\n")
    _keep(tmp_path / "out", folder, lab)
    assert not kept.exists()
    _graded(tmp_path / "out", folder, lab)
    _keep(tmp_path / "out", folder, lab)
    before = kept.stat().st_mtime_ns
    _keep(tmp_path / "out", folder, lab)
    assert kept.stat().st_mtime_ns == before


def test_class_files_follow_what_they_are_made_from(tmp_path: Path, lab: Assignment) -> None:
    """They are written again when something is newer, and only then."""
    folder = _hand_in(tmp_path / "in" / "alice", lab, "FROM python:3.7\n")
    results = tmp_path / "out"
    page = results / class_files.CLASS_HTML
    _graded(results, folder, lab)
    class_files.bring_up_to_date(results, [lab])
    first = page.stat().st_mtime_ns
    class_files.bring_up_to_date(results, [lab])
    assert page.stat().st_mtime_ns == first
    _keep(results, folder, lab)
    class_files.bring_up_to_date(results, [lab])
    assert page.stat().st_mtime_ns > first
    assert '"compared": 1' in (results / class_files.CLASS_JSON).read_text()


def test_a_fingerprint_made_when_the_grader_failed_is_made_again(
    tmp_path: Path, lab: Assignment
) -> None:
    """The submission is the same, the facts with its answers are not."""
    folder, results = (
        _hand_in(tmp_path / "in" / "alice", lab, "FROM python:3.7\n"),
        tmp_path / "out",
    )
    _graded(results, folder, lab)
    path = results / "alice" / store.FACTS
    whole = store.read_facts(path)
    lost = whole.labs[0].model_copy(update={"answers": {}})
    store.write_facts(path, whole.model_copy(update={"labs": (lost,)}))
    _keep(results, folder, lab)
    store.write_facts(path, whole)

    _keep(results, folder, lab)

    text = (results / "alice" / fingerprint_files.FINGERPRINT).read_text()
    assert "Layers, stacked." in text
