"""What travels to another machine arrives as it was, and nothing else is taken for it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.cluster.messages import WorkReply, WorkRequest, pack, read_reply, unpack
from grader.core.errors import UsageError
from grader.facts import Fault, NotSeen
from grader.submission.manifest import MANIFEST
from grader.submission.snapshot import LabFiles, Submission, read_submission
from tests.conftest import LAB


def _sent(submission: Submission) -> WorkRequest:
    return unpack(pack(submission, grader="1", specs={LAB: "d"}, faithful=True, starter=b"\0s"))


@given(
    st.dictionaries(st.text(), st.binary()),
    st.dictionaries(st.text(), st.text(), max_size=3),
    st.binary(),
)
def test_a_submission_comes_out_as_it_went_in(
    files: dict[str, bytes], around: dict[str, str], manifest: bytes
) -> None:
    """Bytes are bytes, also where they are no text; what stands around the labs goes along."""
    lab = LabFiles(files, frozenset(list(files)[:1]), {"a link": "why"})
    lost = NotSeen(fault=Fault.STUDENT, why="it is missing")
    before = Submission("alice", "digest", {LAB: lab}, lost, around, manifest)

    request = _sent(before)

    assert request.submission() == before
    assert (request.specs, request.faithful) == ({LAB: "d"}, True)


def test_a_name_that_is_no_text_stops_nothing(tmp_path: Path) -> None:
    """JSON has no way to write it, and no release has such a file."""
    (tmp_path / "alice" / LAB).mkdir(parents=True)
    (tmp_path / "alice" / MANIFEST).write_bytes(b"\xff{")
    odd = tmp_path / "alice" / ".github"
    odd.mkdir()
    (odd / "ok.yml").write_text("a")
    (Path(str(odd)) / b"\xff.yml".decode("utf-8", "surrogateescape")).write_text("b")
    submission = read_submission(tmp_path / "alice", [LAB])
    assert len(submission.around) == 3

    arrived = _sent(submission).submission()

    assert sorted(arrived.around) == [".github/ok.yml", MANIFEST]
    assert arrived.manifest == b"\xff{"
    assert arrived.digest == submission.digest


@given(st.binary())
def test_anything_else_is_refused(content: bytes) -> None:
    """With a message, never with an error of the reader's own."""
    with pytest.raises(UsageError, match="is no request of ours"):
        unpack(content)


def test_a_reply_is_read_back_and_anything_else_refused() -> None:
    """A worker of another version may send what it likes."""
    reply = WorkReply(worker="one", facts="{}", differs=("a", "b"))

    assert read_reply(reply.model_dump_json()) == reply
    with pytest.raises(UsageError, match="is none of ours"):
        read_reply('{"worker": 1}')
