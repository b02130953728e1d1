"""Runs inside a container of the grader's own: asks, and prints what came back as JSON.

Not imported: its text is given to Python there. Reads one JSON object from its first argument.
"""

import http.client
import json
import socket
import sys
import time
from typing import Any

LIMIT = 64 * 1024


def once(wish: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Return one answer, or the error there was instead."""
    begin = time.monotonic()
    host, _, port = wish["to"].rpartition(":")
    answer: dict[str, Any] = {"status": 0, "body": "", "peer": "", "error": "", "seconds": 0.0}
    try:
        with socket.create_connection((host, int(port)), timeout=timeout) as connection:
            answer["peer"] = connection.getpeername()[0]
            connection.settimeout(timeout)
            if wish["send"] is not None:
                connection.sendall(wish["send"].encode())
                connection.shutdown(socket.SHUT_WR)
                received = b""
                while len(received) < LIMIT and time.monotonic() - begin < timeout:
                    chunk = connection.recv(4096)
                    if not chunk:
                        break
                    received += chunk
                answer["body"] = received.decode("utf-8", "replace")
            else:
                client = http.client.HTTPConnection(host, int(port), timeout=timeout)
                client.sock = connection
                body = None if wish["body"] is None else wish["body"].encode()
                client.request(wish["method"], wish["path"], body=body)
                response = client.getresponse()
                answer["status"] = response.status
                answer["body"] = response.read(LIMIT).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    answer["seconds"] = time.monotonic() - begin
    return answer


def main() -> None:
    """Ask as often as wished, until something answers or the time is up."""
    wish = json.loads(sys.argv[1])
    answers: list[dict[str, Any]] = []
    end = time.monotonic() + wish["within"]
    while len(answers) < wish["times"]:
        left = max(0.1, end - time.monotonic())
        answer = once(wish, min(left, wish["within"]))
        refused = bool(answer["error"]) and not answer["peer"]
        if refused and not wish["once"] and time.monotonic() + 0.1 < end:
            time.sleep(0.1)
            continue
        answers.append(answer)
        if time.monotonic() > end:
            break
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
