"""What stands in a container, read and written from outside, whether or not it runs."""

import contextlib
import hashlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from grader.core.errors import EngineFault, EngineRefusal
from grader.engine import profile, tar
from grader.engine.client import Client, calling
from grader.facts import PathFacts

_MOST_LINKS = 10


class Files:
    """The files of an engine's containers; the protocol says what each method does."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._api = client.api

    def path(self, container: str, path: str) -> PathFacts | None:
        found = self._followed(container, path)
        if found is None:
            return None
        facts, path = found
        if facts.type != "file" or facts.size > profile.PATH_LIMIT:
            return facts
        content = self._content(container, path, profile.PATH_LIMIT)
        digest = None if content is None else hashlib.sha256(content).hexdigest()
        return facts.model_copy(update={"sha256": digest})

    def _followed(self, container: str, path: str) -> tuple[PathFacts, str] | None:
        """Return what a path leads to through links, and where that is."""
        for _ in range(_MOST_LINKS):
            stat = self.stat(container, path)
            if stat is None:
                return None
            facts = tar.path_facts(stat)
            target = stat.get("linkTarget")
            if facts.type != "link" or not target:
                break
            path = target
        return facts, path

    def listing(self, container: str, path: str) -> tuple[str, ...] | None:
        with self._archive(container, path) as found:
            return tar.top_names(found[0], profile.LISTING_LIMIT) if found else None

    def digests(self, container: str, path: str, limit: int) -> dict[str, str] | None:
        with self._archive(container, path) as found:
            return tar.digests(found[0], limit) if found else None

    def read(self, container: str, path: str, limit: int, *, follow: bool) -> bytes | None:
        if follow:
            found = self._followed(container, path)
            if found is None:
                return None
            path = found[1]
        return self._content(container, path, limit)

    def _content(self, container: str, path: str, limit: int) -> bytes | None:
        with self._archive(container, path) as found:
            return tar.file_content(found[0], limit) if found else None

    def stat(self, container: str, path: str) -> dict[str, Any] | None:
        """Return what the engine says of a path, None if there is nothing.

        A thirtieth of what it costs the engine to pack the path's content.
        """
        with calling(f"looking at {path} in a container"):
            response = self._api.head(
                self._client.url(f"/containers/{container}/archive"),
                params={"path": path},
                timeout=profile.CALL_TIMEOUT,
            )
        if response.status_code == HTTPStatus.OK:
            return tar.path_stat(response.headers)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        # The answer to HEAD has no words, and which error it was stands in them.
        with self._archive(container, path) as found:
            return found[1] if found else None

    def put(self, container: str, directory: str, name: str, content: bytes) -> None:
        with calling("writing a file into a container"):
            self._api.put_archive(container, directory, tar.pack({name: content}))

    @contextlib.contextmanager
    def _archive(
        self, container: str, path: str
    ) -> Iterator[tuple[Iterator[bytes], dict[str, Any]] | None]:
        found = None
        try:
            with calling(f"reading {path} from a container"):
                found = self._api.get_archive(container, path)
        except (EngineRefusal, EngineFault) as error:
            # A path that leads through a file is answered with 400 or 500, by version.
            absent = isinstance(error, EngineRefusal) and error.status == HTTPStatus.NOT_FOUND
            if not absent and "not a directory" not in str(error):
                raise
        with calling(f"reading {path} from a container"):
            try:
                yield found
            finally:
                if found:
                    found[0].close()
