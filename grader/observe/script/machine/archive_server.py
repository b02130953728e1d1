"""Serves the distribution's archive and Docker's to the machine, out of this process's memory.

By http and https on 127.0.0.1, under the names that /etc/hosts gives this address. Remembers each
answer: a package that was never fetched from here was never installed.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from typing import Any, Protocol

from requests_in import Requests

HTTP, HTTPS = 80, 443
WORKERS = 8
MOST_TOLD = 400
SECONDS = 30.0  # for a client that neither asks nor goes
DOCKER = "download.docker.com"
# The hosts of each distribution's archive, the usual one first.
HOSTS = {
    "ubuntu.com": ("archive", "security", "ports", "us.archive"),
    "debian.org": ("deb", "security"),
}
NAMES = (*("{}.{}".format(part, domain) for domain in HOSTS for part in HOSTS[domain]), DOCKER)
UBUNTU = {"focal", "jammy", "noble"}
DEBIAN = {"bullseye", "bookworm", "trixie"}
POCKETS = ("", "-updates", "-security", "-backports")
SUITE = re.compile(r"^/(linux/)?(ubuntu|ubuntu-ports|debian|debian-security)/dists/([^/]+)/(.+)$")
POOL = re.compile(r"^/(?:linux/)?[a-z-]+/pool/([^/]+\.deb)$")
KEY = re.compile(r"^/linux/[a-z]+/gpg$")
ERROR_PAGE = b"<html><head><title>%d</title></head><body>The page cannot be shown.</body></html>\n"
INDEX = b"<html><body><h1>Index of linux</h1></body></html>\n"
REASONS = {200: "OK", 301: "Moved Permanently", 404: "Not Found", 400: "Bad Request"}


class Holding(Protocol):
    """What the archives hold: `look` gives a list of packages or what signs it, None for others.

    `packages` are the packages by kind of archive and name.
    """

    packages: dict[str, dict[str, bytes]]

    def look(self, tree: str, suite: str, rest: str) -> bytes | None: ...


class Archive:
    """What the two archives hold, and what has been fetched from them.

    `fault` is what goes wrong at the moment: nothing (empty), the `lists`, the `packages`, or
    every `page`. A `lenient` archive has every suite there could be, and Docker's packages in the
    distribution's archive, too.
    """

    def __init__(self, lists: Holding, key: bytes) -> None:
        self.lists = lists
        self.key = key
        self.fault = ""
        self.lenient = False
        self.fetched: set[str] = set()
        self.told: list[dict[str, Any]] = []

    def answer(self, host: str, path: str, *, safe: bool) -> tuple[int, bytes]:
        """Return status and body for a path of a host; `safe`: the question came by https."""
        status, body = self.look(host, path.split("?", maxsplit=1)[0], safe=safe)
        if status == 200 and path.endswith(".deb"):
            self.fetched.add(path.rpartition("/")[2].partition("_")[0])
        if len(self.told) < MOST_TOLD:
            self.told.append({"host": host[:60], "path": path[:160], "status": status})
        return status, body

    def look(self, host: str, path: str, *, safe: bool) -> tuple[int, bytes]:
        """Return status and body, and remember nothing."""
        docker = host == DOCKER
        if docker and not safe:
            return 301, ERROR_PAGE % 301
        if self.fault == "page":
            return 404, ERROR_PAGE % 404
        found = SUITE.match(path)
        if found and bool(found[1]) == docker:
            return self.listed(found[2], found[3], found[4], docker=docker)
        packed = POOL.match(path)
        if packed:
            return self.packed(packed[1], docker=docker)
        if docker and KEY.match(path):
            return 200, self.key
        if docker and path.strip("/") in {"", "linux", "linux/ubuntu", "linux/debian"}:
            return 200, INDEX
        return 404, ERROR_PAGE % 404

    def listed(self, family: str, suite: str, rest: str, *, docker: bool) -> tuple[int, bytes]:
        """Return a list of packages, or what signs them."""
        release = suite
        if not docker:
            for pocket in POCKETS[1:]:
                if suite.endswith(pocket):
                    release = suite[: -len(pocket)]
        known = release in (UBUNTU if family.startswith("ubuntu") else DEBIAN)
        if self.fault == "lists" or not (known or self.lenient):
            return 404, ERROR_PAGE % 404
        tree = "docker" if docker else "everything" if self.lenient else "distribution"
        body = self.lists.look(tree, suite, rest)
        return (404, ERROR_PAGE % 404) if body is None else (200, body)

    def packed(self, name: str, *, docker: bool) -> tuple[int, bytes]:
        """Return a package."""
        if self.fault == "packages":
            return 404, ERROR_PAGE % 404
        trees = ("docker",) if docker else ("distribution", "docker")[: 1 + self.lenient]
        for tree in trees:
            body = self.lists.packages[tree].get(name)
            if body is not None:
                return 200, body
        return 404, ERROR_PAGE % 404


class ArchiveServer:
    """Answers on both ports; every thread there will ever be is started with it."""

    def __init__(self, archive: Archive, certificate: str, key: str) -> None:
        self.archive = archive
        self.failures = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        for port in (HTTP, HTTPS):
            door = listener(port)
            for _ in range(WORKERS):
                threading.Thread(target=self.work, args=(door, port), daemon=True).start()

    def work(self, door: Any, port: int) -> None:
        """Serve one connection after the other."""
        while True:
            link: Any = None
            try:
                link = door.accept()[0]
                link.settimeout(SECONDS)
                if port == HTTPS:
                    link = self.context.wrap_socket(link, server_side=True)
                self.serve(link, safe=port == HTTPS)
            except Exception:  # whatever a client does, the next one is served
                self.failures += 1
            finally:
                if link is not None:
                    link.close()

    def serve(self, link: Any, *, safe: bool) -> None:
        """Answer what comes over one connection, as often as it asks."""
        requests = Requests(link)
        while True:
            asked = requests.next()
            if asked is None:
                return
            path = unquoted(asked.path)
            host = asked.fields.get("host", "").partition(":")[0].lower()
            status, body = self.archive.answer(host, path, safe=safe)
            more = "Location: https://{}{}\r\n".format(host, path) if status == 301 else ""
            text = "HTTP/1.1 {} {}\r\nContent-Length: {}\r\nContent-Type: {}\r\n{}\r\n".format(
                status, REASONS[status], len(body), kind(path, status), more
            )
            link.sendall(text.encode("latin-1") + (b"" if asked.verb == "HEAD" else body))
            if asked.fields.get("connection", "").lower() == "close":
                return


def unquoted(path: str) -> str:
    """Return a path without its percent signs."""
    return re.sub("%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), path)


def kind(path: str, status: int) -> str:
    """Return the media type of an answer."""
    if status != 200:
        return "text/html"
    return "application/octet-stream" if path.endswith(".deb") else "text/plain"


def listener(port: int) -> Any:
    """Return a socket that listens on a port of this machine."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", port))
    door.listen(64)
    return door
