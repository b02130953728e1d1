"""An engine that has one image, hello-world: as much of the API as `docker run` of it takes.

Remembers which process ran it, so that nothing else passes for a `docker run`.
"""

from __future__ import annotations

import json
import re
import struct
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests_in import Asked, Requests

SECONDS = 30.0  # for a client that makes a container and does not start it
GREETING = (
    b"\nHello from Docker!\n"
    b"This message shows that your installation appears to be working correctly.\n\n"
)
IMAGES = ("hello-world", "hello-world:latest", "library/hello-world", "hello-world:linux")
ABOUT = {
    "Version": "28.2.2", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux",
    "Arch": "amd64", "KernelVersion": "5.15.0", "GitCommit": "45873be", "GoVersion": "go1.24.3",
    "Components": [], "Platform": {"Name": "Docker Engine - Community"},
}  # fmt: skip
INFO = {"ID": "lab", "ServerVersion": "28.2.2", "OSType": "linux", "Containers": 0, "Images": 1}
HUB = "docker.io"
NO_HOST = "Get https://{0}/v2/: dial tcp: lookup {0}: no such host".format(HUB)
VERSION = re.compile(r"^/v[0-9.]+")
ITEM = re.compile(r"^/containers/([a-zA-Z0-9_.-]+)/?([a-z]*)$")


class Container:
    """One container: whether it was started, and who waits for its output."""

    def __init__(self, number: int, name: str, *, terminal: bool) -> None:
        self.id = "{:064x}".format(number)
        self.name = name
        self.terminal = terminal
        self.started = threading.Event()


class HelloEngine:
    """The engine; with a `fault` it has no image and can fetch none."""

    def __init__(self) -> None:
        self.fault = False
        self.hellos: set[int] = set()
        self.containers: dict[str, Container] = {}
        self.number = 1

    def answer(self, requests: Requests, asked: Asked, pid: int) -> bool:
        """Answer one request, as `engine_socket.EngineBehind` says."""
        link, verb = requests.link, asked.verb
        path, _, query = VERSION.sub("", asked.path).partition("?")
        item = ITEM.match(path)
        if path == "/containers/create":
            return self.create(link, query, asked.body)
        if item and item[1] in self.containers:
            return self.about(link, pid, verb, self.containers[item[1]], item[2])
        if path == "/images/create":
            name = re.search(r"fromImage=([^&]*)", query)
            image = name[1].replace("%2F", "/") if name else ""
            if plain(image) in IMAGES and not self.fault:
                return reply(link, 200, b'{"status":"Status: Image is up to date"}\r\n')
            return problem(link, 500, NO_HOST)
        known: dict[str, Any] = {
            "/version": ABOUT, "/info": INFO, "/images/json": [], "/containers/json": [],
        }  # fmt: skip
        if path == "/_ping":
            return reply(link, 200, b"" if verb == "HEAD" else b"OK", "text/plain")
        if verb == "GET" and path in known:
            return reply(link, 200, json.dumps(known[path]).encode())
        return problem(link, 404, "No such object: " + path[:80])

    def create(self, link: Any, query: str, body: bytes) -> bool:
        """Make a container of hello-world; no other image is here or can be fetched."""
        wish = json.loads(body or b"{}")
        image = str(wish.get("Image", ""))
        if self.fault or plain(image) not in IMAGES:
            # What the command line does next is to fetch it.
            return problem(link, 404, "No such image: " + image[:80])
        name = re.search(r"name=([A-Za-z0-9_.-]+)", query)
        made = Container(self.number, name[1] if name else "", terminal=bool(wish.get("Tty")))
        self.number += 1
        self.containers[made.id] = made
        if made.name:
            self.containers[made.name] = made
        return reply(link, 201, json.dumps({"Id": made.id, "Warnings": []}).encode())

    def about(self, link: Any, pid: int, verb: str, container: Container, what: str) -> bool:
        """Answer a request about one container."""
        if what == "attach":
            upgraded(link)
            container.started.wait(SECONDS)
            head = b"" if container.terminal else struct.pack(">BxxxL", 1, len(GREETING))
            link.sendall(head + GREETING)
            return False
        if what == "wait":
            chunked(link)
            container.started.wait(SECONDS)
            chunk(link, json.dumps({"Error": None, "StatusCode": 0}).encode() + b"\n")
            return True
        if what == "start":
            self.hellos.add(pid)
            reply(link, 204, b"")
            container.started.set()
            return True
        if what == "logs":
            return reply(link, 200, struct.pack(">BxxxL", 1, len(GREETING)) + GREETING)
        if verb == "GET":
            state = {"Status": "exited", "Running": False, "ExitCode": 0}
            found = {"Id": container.id, "Name": "/" + container.name, "State": state,
                     "Config": {"Tty": container.terminal}}  # fmt: skip
            return reply(link, 200, json.dumps(found).encode())
        return reply(link, 204, b"")


def plain(image: str) -> str:
    """Return an image's name without the registry that is meant anyway."""
    for part in ("", "index."):
        start = "{}{}/".format(part, HUB)
        image = image[len(start) :] if image.startswith(start) else image
    return image


def reply(link: Any, status: int, body: bytes, kind: str = "application/json") -> bool:
    """Send an answer; the connection stays."""
    text = (
        "HTTP/1.1 {} OK\r\nApi-Version: 1.41\r\nDocker-Experimental: false\r\nOstype: linux\r\n"
        "Server: Docker/28.2.2 (linux)\r\nContent-Type: {}\r\n{}\r\n"
    ).format(status, kind, "" if status == 204 else "Content-Length: {}\r\n".format(len(body)))
    link.sendall(text.encode() + body)
    return True


def problem(link: Any, status: int, message: str) -> bool:
    """Send an answer that says no."""
    return reply(link, status, json.dumps({"message": message}).encode())


def upgraded(link: Any) -> None:
    """Turn the connection into the container's own streams."""
    link.sendall(
        b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
        b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    )


def chunked(link: Any) -> None:
    """Begin an answer whose end is not known yet."""
    link.sendall(
        b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )


def chunk(link: Any, body: bytes) -> None:
    """Send the one piece of such an answer, and its end."""
    link.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
