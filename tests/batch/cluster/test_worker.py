"""A worker is checked before it grades, whatever it was at the run's own round."""

from pathlib import Path

import pytest

from grader.batch.cluster import worker
from grader.batch.cluster.messages import pack, read_reply
from grader.batch.cluster.worker import observe, self_check_here
from grader.core.code_digest import grader_identity
from grader.core.errors import EngineUnavailable
from grader.spec.assignment import Assignment
from grader.submission.snapshot import Submission


class _Engine:
    """What is between a worker and its engine: gone at first, then there; `differs` is its work."""

    def __init__(self) -> None:
        self.away = True
        self.differs: list[str] = []
        self.checks = 0

    def session(self, *_: object, **__: object) -> None:
        if self.away:
            message = "the engine does not answer"
            raise EngineUnavailable(message)

    def self_check(self, *_: object) -> list[str]:
        self.checks += 1
        return self.differs


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> _Engine:
    """Return the engine of a worker of this process."""
    made, here = _Engine(), worker._Worker()
    monkeypatch.setattr(here, "session", made.session)
    monkeypatch.setattr(worker, "_here", here)
    monkeypatch.setattr(worker, "self_check", made.self_check)
    monkeypatch.setattr(
        worker, "observe_submission", lambda *_: pytest.fail("it graded before it was checked")
    )
    return made


@pytest.fixture
def request_of_alice(lab: Assignment) -> bytes:
    """Return a submission as it is sent to workers."""
    specs = {lab.id: lab.digest}
    alice = Submission("alice", "0" * 64, {})
    return pack(alice, grader=grader_identity(), specs=specs, faithful=False)


def test_a_worker_whose_first_opening_failed_is_checked_when_its_engine_is_back(
    engine: _Engine, request_of_alice: bytes
) -> None:
    """What it would grade otherwise counts as proven by a round in which it took no part."""
    assert "does not answer" in read_reply(self_check_here(request_of_alice)).trouble
    engine.away, engine.differs = False, ["exec-starts: failed, must be passed"]

    for _ in range(2):
        reply = read_reply(observe(request_of_alice))
        assert (reply.differs, reply.facts) == (("exec-starts: failed, must be passed",), "")
    assert engine.checks == 2


def test_a_worker_that_was_right_is_not_checked_again_before_each_submission(
    engine: _Engine, request_of_alice: bytes, monkeypatch: pytest.MonkeyPatch, recorded: Path
) -> None:
    """Only in the run's rounds, and one that it does not pass takes its trust away."""
    engine.away = False
    text = recorded.read_text()
    monkeypatch.setattr(worker, "observe_submission", lambda *_: _Facts(text))
    for _ in range(3):
        assert read_reply(observe(request_of_alice)).facts == text
    assert engine.checks == 1
    engine.differs = ["it differs"]
    assert read_reply(self_check_here(request_of_alice)).differs == ("it differs",)
    assert read_reply(observe(request_of_alice)).differs == ("it differs",)


class _Facts:
    """Facts as text: nobody looks into them on the way."""

    def __init__(self, text: str) -> None:
        self._text = text

    def model_dump_json(self) -> str:
        return self._text


@pytest.fixture
def recorded() -> Path:
    """Return facts of a real run."""
    return Path(__file__).parents[2] / "recorded" / "model.json"
