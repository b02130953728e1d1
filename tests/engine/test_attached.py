"""A conversation with a program: the engine's framing, and whatever can go wrong on the way."""

import socket
import struct
from collections.abc import Iterator

import pytest

from grader.core.errors import EngineAway, EngineFault
from grader.engine.attached import Attached


@pytest.fixture
def pair() -> Iterator[tuple[Attached, socket.socket]]:
    """Yield a conversation and the engine's end of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Attached(ours, ours), theirs


def _frame(text: bytes, stream: int = 1) -> bytes:
    return struct.pack(">BxxxL", stream, len(text)) + text


def test_answers_come_in_any_pieces(pair: tuple[Attached, socket.socket]) -> None:
    """Two frames for one line, two lines in one frame, and words on stderr between them."""
    conversation, engine = pair
    engine.sendall(_frame(b"on") + _frame(b"noise\n", 2) + _frame(b"e\ntwo\nth") + _frame(b"ree\n"))

    answers = [conversation.ask(question, 5) for question in ("a", "b", "c")]

    assert answers == ["one", "two", "three"]
    assert engine.recv(100) == b"a\nb\nc\n"


def test_no_answer_in_time(pair: tuple[Attached, socket.socket]) -> None:
    """It is the engine's fault, and said after the deadline."""
    conversation, engine = pair
    engine.sendall(_frame(b"half a li"))

    with pytest.raises(EngineFault, match=r"talking to a container.*timed out"):
        conversation.ask("a", 0.1)


def test_a_connection_that_ends(pair: tuple[Attached, socket.socket]) -> None:
    """As it does when the engine is stopped: it is away, and the try does not count."""
    conversation, engine = pair
    engine.sendall(_frame(b"one")[:5])
    engine.shutdown(socket.SHUT_WR)

    with pytest.raises(EngineAway):
        conversation.ask("a", 5)


def test_a_flood_is_cut_off(pair: tuple[Attached, socket.socket]) -> None:
    """A frame that claims to be huge is not read."""
    conversation, engine = pair
    engine.sendall(struct.pack(">BxxxL", 1, 2**31))

    with pytest.raises(EngineFault, match="without end"):
        conversation.ask("a", 5)
