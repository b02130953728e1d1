"""The agent that asks and writes in a scene: it waits, and for no longer than it may."""

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from grader.observe.scene import scene_agent

Handler = Callable[[int, socket.socket], None]


@contextmanager
def serving(handle: Handler) -> Iterator[str]:
    """Yield the address of a server that gives every connection, with its number, to `handle`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            number = 0
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    handle(number, connection)
                number += 1

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def tell(wish: dict[str, Any]) -> Any:
    """Return what the agent, a program of its own as in a container, prints for one wish."""
    return tell_all([wish])[0]


def tell_all(wishes: list[dict[str, Any]]) -> list[Any]:
    """Return what it prints for each of several."""
    done = subprocess.run(
        [sys.executable, "-I", scene_agent.__file__],
        input="".join(json.dumps(wish) + "\n" for wish in wishes),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def answers(to: str, **more: Any) -> list[dict[str, Any]]:
    """Return the answers when it is asked to say nothing to an address."""
    wish = {"to": to, "send": "", "within": 1.0, "times": 1, "once": False, **more}
    found: list[dict[str, Any]] = tell({"request": wish})
    return found


def test_a_connection_closed_without_a_word_is_tried_again() -> None:
    """Docker takes connections to a published port before the server listens."""

    def late(number: int, connection: socket.socket) -> None:
        if number > 0:
            connection.sendall(b"here\n")

    with serving(late) as to:
        (found,) = answers(to)

    assert (found["body"], found["error"]) == ("here\n", "")


def _query(number: int, name: str) -> bytes:
    """Return a question for a name's IPv4 address, with the extras that resolvers put behind it."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    head = struct.pack(">6H", number, 0x0100, 1, 0, 0, 1)
    return head + labels + b"\0\0\1\0\1" + b"\0\0)\x10\0\0\0\0\0\0\0"


def test_a_name_server_knows_no_name_and_says_so() -> None:
    """About the question as it was put; what is no question gets no answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert scene_agent.names({"port": port}) == ""

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(30)
        asker.connect(("127.0.0.1", port))
        for junk in (b"", b"\0" * 12, b"x" * 600, _query(1, "half.a.name")[:-14]):
            asker.send(junk)
        query = _query(513, "orders.example")
        asker.send(query[:2] + b"\x81" + query[3:])  # an answer: two of them would talk for ever
        asker.send(query)
        answer = asker.recv(4096)

    number, flags, *counts = struct.unpack(">6H", answer[:12])
    assert (number, counts) == (513, [1, 0, 0, 0])
    assert flags == 0x8183  # an answer, recursion wanted and there, no such name
    assert answer[12:] == query[12:-11]


def test_where_there_is_a_name_server_already_it_says_so() -> None:
    """Then names that nobody has are waited for, as without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104 -- for a moment, and nothing is read from it
        assert "in use" in tell({"names": {"port": other.getsockname()[1]}})


def test_who_waits_to_be_asked_is_asked_only_by_who_has_something_to_say() -> None:
    """A client that only listens does not end its own side, either."""

    def after_a_question(_: int, connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"here\n")

    with serving(after_a_question) as to:
        (asked,) = answers(to, send="hello")
        (silent,) = answers(to)

    assert (asked["body"], asked["error"]) == ("here\n", "")
    assert (silent["body"], silent["error"]) == ("", "TimeoutError: timed out")


def test_an_answer_without_an_end_is_cut_off() -> None:
    """A drip that would never end is left, with what had come until then."""

    def drip(_: int, connection: socket.socket) -> None:
        while connection.send(b"."):
            time.sleep(0.2)

    with serving(drip) as to:
        (found,) = answers(to)

    assert found["body"].startswith("...")
    assert found["error"]


@pytest.mark.parametrize(
    ("head", "error"),
    [
        ("HTTP/1.1 200 OK\r\nContent-Length: 4", ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", ""),
        ("HTTP/1.1 200 OK", "TimeoutError: timed out"),
    ],
)
def test_what_came_of_an_answer_is_told_also_without_its_end(head: str, error: str) -> None:
    """The connection stays open, so only the head can say where the answer ends."""
    body = "4\r\nhere\r\n0\r\n\r\n" if "chunked" in head else "here"

    def keep(_: int, connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(f"{head}\r\n\r\n{body}".encode())
        connection.recv(1)

    with serving(keep) as to:
        (found,) = answers(to, send=None, method="GET", path="/", body=None)

    assert (found["status"], found["body"], found["error"]) == (200, "here", error)


def test_nobody_there() -> None:
    """A refused connection is tried until the time is up, and then said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    (found,) = answers(f"127.0.0.1:{port}", within=0.5)

    assert "refused" in found["error"]


def test_one_agent_does_what_it_is_told_one_after_the_other(tmp_path: Path) -> None:
    """A line for each wish, also when something goes wrong in between."""
    path = tmp_path / "file"
    wish = {"path": str(path), "line": "two words", "within": 5.0}
    gone = wish | {"path": str(tmp_path / "no" / "such")}

    found = tell_all([{"append": wish}, {"append": gone}, {"append": wish}])

    assert found[0] == found[2] == ""
    assert found[1].startswith("FileNotFoundError: ")
    assert path.read_text() == "two words\ntwo words\n"


def test_what_takes_no_line_does_not_keep_the_agent(tmp_path: Path) -> None:
    """A pipe that nobody reads is left alone after a while, and the next wish is done."""
    os.mkfifo(tmp_path / "pipe")
    wish = {"line": "x", "within": 0.2}

    found = tell_all(
        [
            {"append": wish | {"path": str(tmp_path / "pipe")}},
            {"append": wish | {"path": str(tmp_path / "file")}},
        ]
    )

    assert found == ["it is nothing that takes a line", ""]


def test_nobody_is_given_up_before_the_time_is_up() -> None:
    """Less than all of it would pass for an answer that took less than was allowed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"127.0.0.1:{listener.getsockname()[1]}"
    begin = time.monotonic()
    (found,) = answers(closed, within=0.55)
    took = time.monotonic() - begin

    assert "ConnectionRefusedError" in found["error"]
    assert took >= 0.55
