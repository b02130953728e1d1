"""Runs in a helper's container: sends requests, appends to files and answers DNS for a scene.

Not imported: its text is given to Python there. Each line of its input is a JSON object with what
to do under one name, each line of its output what came of it.
"""

from __future__ import annotations  # the oldest base is of Python 3.7

import http.client
import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

LIMIT = 64 * 1024


def once(order: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Return one answer, or the error in its place, after `timeout` seconds at the latest."""
    # Bytes until the end: what has come so far is kept also where the rest never comes.
    body = bytearray()
    answer: dict[str, Any] = {"status": 0, "body": body, "peer": "", "error": "", "seconds": 0.0}
    # In a thread: looking up a name has no timeout of its own, and one who answers byte by byte
    # never runs into that of a socket.
    thread = threading.Thread(target=ask, args=(order, timeout, answer), daemon=True)
    thread.start()
    thread.join(timeout + 0.5)
    late = {"error": "TimeoutError: timed out", "seconds": timeout} if thread.is_alive() else {}
    return {**answer, **late, "body": bytes(body).decode("utf-8", "replace")}


def connect(host: str, port: int, timeout: float, turn: int) -> socket.socket:
    """Return a connection to the first that takes one; of several addresses each has its turn.

    Left to chance, all of a few requests may come to the same of two containers.
    """
    problem: OSError = OSError("no address")
    addresses = sorted(socket.gethostbyname_ex(host)[2])
    first = turn % max(1, len(addresses))
    for address in addresses[first:] + addresses[:first]:
        try:
            return socket.create_connection((address, port), timeout=timeout)
        except OSError as error:
            problem = error
    raise problem


def ask(order: dict[str, Any], timeout: float, answer: dict[str, Any]) -> None:
    """Ask once and write what came back into `answer`."""
    begin = time.monotonic()
    host, _, port = order["to"].rpartition(":")
    try:
        with connect(host, int(port), timeout, order["turn"]) as connection:
            answer["peer"] = connection.getpeername()[0]
            connection.settimeout(timeout)
            if order["send"] is not None:
                if order["send"]:
                    connection.sendall(order["send"].encode())
                    connection.shutdown(socket.SHUT_WR)
                received = answer["body"]
                chunk = connection.recv(4096)
                while chunk:
                    received += chunk
                    if len(received) >= LIMIT or time.monotonic() - begin > timeout:
                        answer["error"] = f"no end of it after {len(received)} bytes"
                        break
                    chunk = connection.recv(4096)
            else:
                client = http.client.HTTPConnection(host, int(port), timeout=timeout)
                client.sock = connection
                body = None if order["body"] is None else order["body"].encode()
                client.request(order["method"], order["path"], body=body)
                response = client.getresponse()
                answer["status"] = response.status
                # Byte by byte: a longer read waits for all of it and, when it fails, has lost it.
                byte = response.read(1)
                while byte and len(answer["body"]) < LIMIT:
                    answer["body"] += byte
                    byte = response.read(1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    answer["seconds"] = time.monotonic() - begin


def request(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Send a request `times` times; each is tried until something answers or the time is up."""
    answers: list[dict[str, Any]] = []
    end = time.monotonic() + order["within"]
    while len(answers) < order["times"]:
        left = max(0.1, end - time.monotonic())
        answer = once({**order, "turn": len(answers)}, min(left, order["within"]))
        refused = bool(answer["error"]) and not answer["peer"]
        # At a published port Docker takes the connection before the server is there to have it.
        refused = refused or (order["send"] is not None and not answer["body"])
        # Not a moment before the time is up: less than all of it would show nothing.
        if refused and not order["once"] and (left := end - time.monotonic()) > 0:
            time.sleep(min(0.1, left))
            continue
        answers.append(answer)
        if time.monotonic() > end:
            break
    return answers


def append(order: dict[str, Any]) -> str:
    """Append a line to a file; return why it cannot be done, in Python's words."""
    problem = ["it is nothing that takes a line"]

    def write() -> None:
        try:
            with Path(order["path"]).open("a") as file:
                file.write(order["line"] + "\n")
            problem[0] = ""
        except (OSError, ValueError) as error:
            problem[0] = f"{type(error).__name__}: {error}"

    # In a thread: a pipe in the file's place would be waited at for ever.
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    thread.join(order["within"])
    return problem[0]


def open_(order: dict[str, Any]) -> None:
    """Let any user write into a folder."""
    Path(order["path"]).chmod(0o777)


def names(order: dict[str, Any]) -> str:
    """Answer from now on, as a name server, that there is no such name; return why it cannot be.

    Docker asks it for what it does not know itself. Where it can ask nobody, as in a network that
    reaches nothing outside, a program waits ten seconds to learn that a name is not there.
    """
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind(("0.0.0.0", order["port"]))  # noqa: S104 -- all there is of it is a lab's network
    except OSError as error:
        return f"{type(error).__name__}: {error}"

    def serve() -> None:
        while True:
            try:
                query, asker = server.recvfrom(4096)
                server.sendto(unknown(query), asker)
            except (OSError, ValueError):
                continue

    threading.Thread(target=serve, daemon=True).start()
    return ""


def unknown(query: bytes) -> bytes:
    """Return the answer that a query's name does not exist; ValueError for what is no query."""
    end = query.index(0, 12) + 5  # behind the name: a zero, two bytes each of type and class
    if query[2] & 0x80 or len(query) < end:
        raise ValueError("an answer, or half a question")
    # It is an answer, about the one question as it was put: recursion is there, the name is not.
    return query[:2] + bytes([query[2] | 0x80, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]) + query[12:end]


def main() -> None:
    """Do what the input says until it ends."""
    for line in sys.stdin:
        ((name, order),) = json.loads(line).items()
        does = {"request": request, "append": append, "open": open_, "names": names}
        done = does[name](order)
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
