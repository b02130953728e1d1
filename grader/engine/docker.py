"""The one module that speaks to Docker, through docker-py's low-level client."""

import contextlib
import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import docker
import requests
import urllib3
from docker.types import CancellableStream
from docker.utils import kwargs_from_env
from docker.utils.json_stream import json_stream

from grader.engine import archive, proc, profile, records
from grader.engine.protocol import (
    LABEL,
    BuildRecord,
    ContainerRecord,
    ContainerSpec,
    Event,
    HistoryStep,
    ImageRecord,
    Leftover,
    LogLine,
)
from grader.errors import EngineFault, EngineRefusal, EngineUnavailable
from grader.facts import EngineFacts, PathFacts, Process

_NOT_FOUND = 404
_CLIENT_ERRORS = range(400, 500)


def connect() -> "DockerEngine":
    """Return the engine of DOCKER_HOST, of the docker context, or of the default socket."""
    settings = _endpoint()
    try:
        # docker-py reads logins and proxies from DOCKER_CONFIG when a client is made, and falls
        # back to the home directory unless a file is there: an empty one keeps both out of builds.
        with _empty_docker_config():
            client = docker.APIClient(timeout=profile.CALL_TIMEOUT, **settings)
    except (docker.errors.DockerException, requests.RequestException, ValueError) as error:
        where = settings.get("base_url") or "the default socket"
        raise EngineUnavailable(
            f"No Docker engine answers at {where} ({_innermost(error)}). "
            "Start Docker and try again; `grader doctor` says what is missing."
        ) from error
    return DockerEngine(client)


def _endpoint() -> dict[str, Any]:
    if os.environ.get("DOCKER_HOST"):
        return dict(kwargs_from_env())
    with contextlib.suppress(Exception):  # a broken context store is no reason to give up
        context = docker.ContextAPI.get_current_context()
        if context.name != "default" and context.Host:
            return {"base_url": context.Host, "tls": context.TLSConfig}
    return {}


@contextlib.contextmanager
def _empty_docker_config() -> Iterator[None]:
    before = os.environ.get("DOCKER_CONFIG")
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        (Path(folder) / "config.json").write_text("{}")
        os.environ["DOCKER_CONFIG"] = folder
        try:
            yield
        finally:
            os.environ.pop("DOCKER_CONFIG")
            if before is not None:
                os.environ["DOCKER_CONFIG"] = before


@contextlib.contextmanager
def _engine_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except docker.errors.APIError as error:
        text = str(error.explanation or error)
        status = error.status_code or 0
        if status in _CLIENT_ERRORS:
            raise EngineRefusal(text, status) from error
        raise EngineFault(f"{doing}: the engine answered {status}: {text}") from error
    except (
        docker.errors.DockerException,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
    ) as error:
        raise EngineFault(f"{doing}: {_innermost(error)}") from error


def _innermost(error: BaseException) -> str:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return str(error) or type(error).__name__


class DockerEngine:
    """Docker Engine 20.10 and later. Safe to use from several threads."""

    def __init__(self, client: docker.APIClient) -> None:
        # Any: the published stubs lack half of the client; this module is the boundary.
        self._client: Any = client
        self._local: bool | None = None
        self._lock = threading.Lock()
        logging.getLogger("docker").setLevel(logging.WARNING)

    # --- the engine itself -----------------------------------------------------------------

    def facts(self) -> EngineFacts:
        version = self._version
        return EngineFacts(
            name=(version.get("Platform") or {}).get("Name") or "Docker Engine",
            version=version.get("Version", "unknown"),
            api=version.get("ApiVersion", "unknown"),
            local=bool(self._local),
        )

    @cached_property
    def _version(self) -> dict[str, Any]:
        with _engine_errors("asking the engine's version"):
            version: dict[str, Any] = self._client.version()
        return version

    def now(self) -> float:
        with _engine_errors("asking the engine's clock"):
            return records.seconds(self._client.info()["SystemTime"])

    # --- images ----------------------------------------------------------------------------

    def image(self, reference: str) -> ImageRecord | None:
        with _engine_errors(f"looking up the image {reference}"):
            try:
                return records.image_record(self._client.inspect_image(reference))
            except docker.errors.ImageNotFound:
                return None

    def pull(self, reference: str, deadline: float) -> None:
        repository, _, tag = reference.rpartition(":")
        with _engine_errors(f"pulling {reference}"):
            response = self._client.post(
                self._url("/images/create"),
                params={"fromImage": repository, "tag": tag},
                stream=True,
                timeout=deadline,
            )
            for message in self._messages(response, deadline):
                if "error" in message:
                    raise EngineRefusal(str(message["error"]), _NOT_FOUND)

    def import_image(self, tarball: str, changes: Sequence[str], deadline: float) -> str:
        with _engine_errors("importing an image"), Path(tarball).open("rb") as content:
            response = self._client.post(
                self._url("/images/create"),
                params={"fromSrc": "-", "changes": list(changes)},
                headers={"Content-Type": "application/x-tar"},
                data=content,
                stream=True,
                timeout=deadline,
            )
            *_, last = self._messages(response, deadline)
            if "error" in last:
                raise EngineFault(f"importing an image: {last['error']}")
            return str(last["status"])

    def tag(self, image_id: str, reference: str) -> None:
        repository, _, tag = reference.rpartition(":")
        with _engine_errors(f"naming an image {reference}"):
            self._client.tag(image_id, repository, tag)

    def build(self, context: bytes, *, dockerfile: str, deadline: float) -> BuildRecord:
        with _engine_errors("building"):
            response = self._client.post(
                self._url("/build"),
                params=profile.BUILD_LIMITS | {"dockerfile": dockerfile},
                headers={"Content-Type": "application/x-tar"},
                data=context,
                stream=True,
                timeout=deadline,
            )
            return self._read_build(response, deadline)

    def _read_build(self, response: requests.Response, deadline: float) -> BuildRecord:
        # The engine's own JSON keys say how it ended; the text is the student's to write.
        log = archive.CappedText(profile.BUILD_LOG_KEPT)
        image_id, error, code, flooded = None, "", None, False
        timer = threading.Event()
        try:
            for message in self._messages(response, deadline, timer):
                log.add(str(message.get("stream", "")))
                if "errorDetail" in message:
                    error = str(message["errorDetail"].get("message", "the build failed"))
                    code = message["errorDetail"].get("code")
                aux = message.get("aux")
                if isinstance(aux, dict) and "ID" in aux:
                    image_id = str(aux["ID"])
                if log.total > profile.BUILD_LOG_LIMIT:
                    flooded = True
                    break
        except docker.errors.APIError as refused:
            if refused.status_code not in _CLIENT_ERRORS:
                raise
            error = str(refused.explanation)
        finally:
            response.close()
        timed_out = timer.is_set()
        complete = image_id is not None and not (error or timed_out or flooded)
        if not complete and not (error or timed_out or flooded):
            raise EngineFault("building: the engine's answer broke off")
        return BuildRecord(
            image_id=image_id if complete else None,
            error=error,
            code=code,
            log=log.text(),
            timed_out=timed_out,
            flooded=flooded,
        )

    def history(self, image_id: str) -> tuple[HistoryStep, ...]:
        with _engine_errors("reading an image's history"):
            return records.history_steps(self._client.history(image_id))

    def remove_image(self, reference: str) -> None:
        # noprune: untagged parents may be the steps another build stands on at this moment.
        with _engine_errors(f"removing the image {reference}"):
            try:
                self._client.remove_image(reference, noprune=True)
            except docker.errors.ImageNotFound:
                return

    # --- containers ------------------------------------------------------------------------

    def create(self, spec: ContainerSpec) -> str:
        with _engine_errors("creating a container"):
            ulimits = [
                docker.types.Ulimit(name=name, soft=limit, hard=limit)
                for name, limit in profile.RUN_ULIMITS.items()
            ]
            created = self._client.create_container(
                spec.image,
                command=list(spec.args) or None,
                environment=profile.RUN_ENV | dict(spec.env),
                labels={LABEL: spec.run_id},
                # docker stop obeys the image's STOPSIGNAL; the image's own is among the facts.
                stop_signal="SIGTERM",
                healthcheck={"test": ["NONE"]},
                host_config=self._client.create_host_config(
                    network_mode=spec.network, ulimits=ulimits, **profile.RUN_LIMITS
                ),
                use_config_proxy=False,
            )
            return str(created["Id"])

    def start(self, container: str) -> None:
        with _engine_errors("starting a container"):
            self._client.start(container)

    def inspect(self, container: str) -> ContainerRecord:
        with _engine_errors("inspecting a container"):
            return records.container_record(self._client.inspect_container(container))

    def processes(self, container: str) -> tuple[Process, ...]:
        record = self.inspect(container)
        if not record.running:
            return ()
        local = proc.belongs_to(record.pid, container)
        with self._lock:
            self._local = local or bool(self._local)
        seen = proc.tree(record.pid) if local else ()
        # Without root, /proc keeps exe and cwd to itself; the engine's own ps still tells exe.
        if seen and seen[0].exe is not None:
            return seen
        return self._top(container, {process.pid: process for process in seen})

    def _top(self, container: str, seen: Mapping[int, Process]) -> tuple[Process, ...]:
        try:
            with _engine_errors("listing processes"):
                masks = self._client.top(container, "-eo pid,ppid,caught,ignored,blocked,args")
                programs = self._client.top(container, "-eo pid,exe")
        except EngineRefusal:  # 409: it has ended meanwhile
            return ()
        exes = {int(row[0]): row[1] for row in programs["Processes"] or []}
        found = []
        for pid, ppid, caught, ignored, blocked, args in masks["Processes"] or []:
            known = seen.get(int(pid))
            found.append(
                Process(
                    pid=int(pid),
                    ppid=int(ppid),
                    exe=None if exes.get(int(pid), "-") == "-" else exes[int(pid)],
                    argv=known.argv if known else None,
                    args=known.args if known else args,
                    caught=int(caught, 16),
                    ignored=int(ignored, 16),
                    blocked=int(blocked, 16),
                )
            )
        return tuple(found)

    def environment(self, container: str, pid: int) -> Mapping[str, str] | None:
        return proc.environment(pid) if proc.belongs_to(pid, container) else None

    def program_sha256(self, container: str, pid: int) -> str | None:
        return proc.exe_sha256(pid) if proc.belongs_to(pid, container) else None

    def stop(self, container: str, grace: int) -> None:
        with _engine_errors("stopping a container"):
            self._client.stop(container, timeout=grace)

    def events(self, container: str, since: float, until: float) -> tuple[Event, ...]:
        with _engine_errors("reading the engine's events"):
            # docker-py's own events() waits without a deadline.
            filters = {"container": [container], "event": ["kill", "die", "oom"]}
            response = self._client.get(
                self._url("/events"),
                params={
                    "since": f"{since:.9f}",
                    "until": f"{until:.9f}",
                    "filters": json.dumps(filters),
                },
                stream=True,
                timeout=profile.CALL_TIMEOUT,
            )
            messages = self._messages(response, profile.CALL_TIMEOUT)
            return tuple(records.event(raw) for raw in messages)

    def log(self, container: str) -> tuple[LogLine, ...]:
        with _engine_errors("reading a container's log"):
            # Not a stream: docker-py would follow it, without a deadline. The log's own size
            # limit bounds what comes back.
            raw = self._client.logs(container, timestamps=True, stream=False, follow=False)
        return records.log_lines(raw)

    def path(self, container: str, path: str) -> PathFacts | None:
        with self._archive(container, path) as found:
            if found is None:
                return None
            stream, stat = found
            return archive.path_facts(stream, stat, profile.PATH_LIMIT)

    def exists(self, container: str, path: str) -> bool:
        with self._archive(container, path) as found:
            return found is not None

    def listing(self, container: str, path: str) -> tuple[str, ...] | None:
        with self._archive(container, path) as found:
            if found is None:
                return None
            return archive.top_names(found[0], profile.LISTING_LIMIT)

    @contextlib.contextmanager
    def _archive(
        self, container: str, path: str
    ) -> Iterator[tuple[Iterator[bytes], dict[str, Any]] | None]:
        with _engine_errors(f"reading {path} from a container"):
            try:
                stream, stat = self._client.get_archive(container, path)
            except docker.errors.NotFound:
                yield None
                return
            except docker.errors.APIError as error:
                # A path through a file ("not a directory") is answered with 400 or 500.
                if "not a directory" in str(error.explanation):
                    yield None
                    return
                raise
            try:
                yield stream, stat
            finally:
                stream.close()

    def put_file(self, container: str, directory: str, name: str, content: bytes) -> None:
        with _engine_errors("writing a file into a container"):
            self._client.put_archive(container, directory, archive.single_file(name, content))

    def remove(self, container: str) -> None:
        with _engine_errors("removing a container"):
            try:
                self._client.remove_container(container, force=True, v=True)
            except docker.errors.NotFound:
                return

    # --- housekeeping ----------------------------------------------------------------------

    def leftovers(self) -> tuple[Leftover, ...]:
        ours = {"label": LABEL}
        client = self._client
        with _engine_errors("listing what the grader made"):
            rows: list[tuple[str, list[dict[str, Any]], str]] = [
                ("container", client.containers(all=True, filters=ours), "Id"),
                ("image", client.images(all=True, filters=ours), "Id"),
                ("network", client.networks(filters=ours), "Id"),
                ("volume", client.volumes(filters=ours)["Volumes"] or [], "Name"),
            ]
        return tuple(
            Leftover(
                kind=kind,
                id=entry[key],
                label=(entry.get("Labels") or {}).get(LABEL, ""),
                created=float(entry["Created"]) if isinstance(entry.get("Created"), int) else 0.0,
            )
            for kind, entries, key in rows
            for entry in entries
        )

    def remove_leftover(self, leftover: Leftover) -> bool:
        client = self._client
        remove: dict[str, Callable[[str], Any]] = {
            "container": lambda name: client.remove_container(name, force=True, v=True),
            "image": lambda name: client.remove_image(name, noprune=True),
            "network": client.remove_network,
            "volume": client.remove_volume,
        }
        try:
            with _engine_errors(f"removing the {leftover.kind} {leftover.id}"):
                remove[leftover.kind](leftover.id)
        except EngineRefusal as refusal:
            return refusal.status == _NOT_FOUND
        return True

    # --- plumbing --------------------------------------------------------------------------

    def _url(self, path: str) -> str:
        return f"{self._client.base_url}/v{self._client.api_version}{path}"

    def _messages(
        self,
        response: requests.Response,
        deadline: float,
        timed_out: threading.Event | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield a stream's JSON objects; after `deadline` seconds the connection is cut."""
        self._client._raise_for_status(response)  # noqa: SLF001 - docker-py's own error mapping
        chunks = response.iter_content(chunk_size=None)
        stream = CancellableStream(json_stream(chunks), response)
        expired = timed_out or threading.Event()

        def cut() -> None:
            expired.set()
            with contextlib.suppress(Exception):  # already closed
                stream.close()

        timer = threading.Timer(deadline, cut)
        timer.daemon = True
        timer.start()
        try:
            yield from stream
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError):
            if not expired.is_set():
                raise
        finally:
            timer.cancel()
        if expired.is_set() and timed_out is None:
            raise EngineFault(f"the engine took longer than {deadline:.0f} s")
