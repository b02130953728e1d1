"""Recorded facts hold nothing that is another at each run, and are judged as they were."""

from grader.facts import SubmissionFacts
from grader.judge.score import score_submission
from tests.conftest import ROOT
from tests.solutions.grading import read_lab
from tests.solutions.record import steady

TEXT = (ROOT / "tests" / "recorded" / "06-networks.json").read_text(encoding="utf-8")


def _facts(text: str) -> SubmissionFacts:
    return SubmissionFacts.model_validate_json(text)


def test_what_differs_from_run_to_run_is_made_steady() -> None:
    """Words, ids, names and addresses; equal ones stay equal."""
    (lab,) = _facts(TEXT).labs
    other = TEXT.replace("198.18.0.", "198.19.77.").replace("-00000001", "-35d6ca9a")
    for number, word in enumerate(lab.words.values()):
        other = other.replace(word, "abcdefgh"[number:] + "qrstuvwx"[:number])
    assert other != TEXT

    assert steady(_facts(other)) == _facts(TEXT)


def test_what_was_recorded_is_judged_as_the_model_is() -> None:
    """Every check passes, as in the run that was recorded."""
    lab = read_lab("06-networks")
    result = score_submission(_facts(TEXT), [lab])

    assert {c.id: c.reason for c in result.sections[0].checks if c.status == "failed"} == {}
