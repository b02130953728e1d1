"""The one module that imports docker-py: finding the engine, calling it, and its errors."""

import contextlib
import http.client
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
import requests
import urllib3
from docker.types import CancellableStream, IPAMConfig, IPAMPool, Ulimit
from docker.utils import kwargs_from_env
from docker.utils.json_stream import json_stream

from grader.core.errors import EngineAway, EngineFault, EngineRefusal, EngineUnavailable
from grader.engine import profile
from grader.engine.mending import not_in_group, start_engine
from grader.engine.protocol import LABEL, Mount

_log = logging.getLogger(__name__)

# What is behind an error when the engine has gone: a socket that is refused, removed or cut.
_BROKEN_OFF = (ConnectionError, FileNotFoundError, http.client.IncompleteRead)
_BEAT = 1.0  # seconds between two questions whether a stream has brought enough
_CLIENT_ERRORS = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)


class Client:
    """docker-py's low-level client as `api`, with one way to call it and one for its streams."""

    def __init__(self, api: docker.APIClient) -> None:
        # Any: the published stubs lack half of the client; this module is the boundary.
        self.api: Any = api
        self._under_way: set[Callable[[], None]] = set()
        logging.getLogger("docker").setLevel(logging.WARNING)

    def url(self, path: str) -> str:
        """Return the address of an API path, for calls docker-py has no method or parameter for."""
        return f"{self.api.base_url}/v{self.api.api_version}{path}"

    def cut_streams(self) -> None:
        """End every stream under way as if its time were up; a build is cancelled by that."""
        for cut in tuple(self._under_way):
            cut()

    def check(self, response: requests.Response) -> None:
        """Raise docker-py's own error if the engine said no."""
        self.api._raise_for_status(response)  # noqa: SLF001 - docker-py's own error mapping

    def attach(self, container: str) -> tuple[Any, Any]:
        """Return the connection to a container's input and output, and what to close in the end.

        The connection has sendall, recv and settimeout; it is open as long as the other one lives.
        """
        found = self.api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stream": 1})
        # Of a plain socket it is the reading end; the socket below it can write as well.
        return getattr(found, "_sock", found), found

    def endless(self, response: requests.Response) -> "CancellableStream[Any]":
        """Return a stream's JSON objects; its `close` ends the wait for the next one."""
        self.check(response)
        return CancellableStream(json_stream(response.iter_content(chunk_size=None)), response)

    def messages(
        self,
        response: requests.Response,
        deadline: float,
        timed_out: threading.Event | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> Iterator[dict[str, Any]]:
        """Yield a stream's JSON objects; after `deadline` seconds the connection is cut.

        Then `timed_out` is set, or, where the caller gave none, EngineFault raised. It is cut as
        well when `enough`, which is asked every now and then, says so.
        """
        stream = self.endless(response)
        expired, closed, over = timed_out or threading.Event(), threading.Event(), threading.Event()

        def close() -> None:
            closed.set()
            with contextlib.suppress(Exception):  # already closed
                stream.close()

        def cut() -> None:
            expired.set()
            close()

        def watch() -> None:
            ends = time.monotonic() + deadline
            while not over.wait(min(_BEAT, max(0.0, ends - time.monotonic()))):
                if time.monotonic() >= ends:
                    cut()
                    return
                with contextlib.suppress(Exception):  # who waits for the stream is told
                    if enough():
                        close()
                        return

        threading.Thread(target=watch, name="stream", daemon=True).start()
        self._under_way.add(cut)
        try:
            yield from stream
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError):
            if not closed.is_set():
                raise
        finally:
            over.set()
            self._under_way.discard(cut)
            response.close()
        if expired.is_set() and timed_out is None:
            raise EngineFault(f"the engine took longer than {deadline:.0f} s")


def find_client() -> Client:
    """Return a client of DOCKER_HOST's, of the docker context's, or of the default socket's engine.

    EngineUnavailable says where nothing answered.
    """
    where = os.environ.get("DOCKER_HOST") or "the default socket"
    try:
        settings = _endpoint()
        where = settings.get("base_url") or where
        with _empty_docker_config():
            api = docker.APIClient(timeout=profile.CALL_TIMEOUT, **settings)
        # A socket has no proxy. requests would look through the environment for one at each call,
        # and fail where somebody changes it at that moment, as the lines above do.
        api.trust_env = not api.base_url.startswith(SOCKETS)
        return Client(api)
    except (
        docker.errors.DockerException,
        requests.RequestException,
        ValueError,
        NameError,
    ) as error:
        raise EngineUnavailable(_unreachable(error, where)) from error


def _unreachable(error: Exception, where: str) -> str:
    """Return why no engine answers and what to do about it."""
    if isinstance(error, docker.errors.TLSParameterError):
        folder = os.environ.get("DOCKER_CERT_PATH") or "~/.docker"
        return (
            f"DOCKER_TLS_VERIFY is set, but the keys for {where} cannot be read from {folder} "
            "(DOCKER_CERT_PATH): ca.pem, cert.pem and key.pem are expected there. Put them there, "
            "or unset DOCKER_TLS_VERIFY."
        )
    cause = _innermost(error)
    if isinstance(cause, NameError):
        # docker-py names its class for ssh also where paramiko, which it is made of, is not there.
        return (
            f"An engine behind ssh ({where}) needs Python's package paramiko, which is not "
            "installed. Install it beside the grader, or use an engine on this machine."
        )
    if isinstance(cause, PermissionError) and (trouble := not_in_group()):
        return (
            f"You may not use the Docker engine: {trouble.seen}. To mend it: {trouble.fix}. "
            "`grader doctor` looks at the rest."
        )
    return (
        f"No Docker engine answers at {where} ({_words(cause)}). "
        f"Start Docker and try again: {start_engine()}. `grader doctor` says what is missing."
    )


def ulimit(name: str, limit: int) -> Ulimit:
    """Return a limit in the form docker-py wants."""
    return Ulimit(name=name, soft=limit, hard=limit)


def mount(wanted: Mount) -> docker.types.Mount:
    """Return a mount in the form docker-py wants."""
    return docker.types.Mount(
        target=wanted.target,
        source=wanted.source or None,
        type=wanted.kind,
        read_only=wanted.read_only,
        tmpfs_size=wanted.size or None,
        no_copy=wanted.as_it_is,
    )


def anonymous_volume(target: str, run_id: str) -> docker.types.Mount:
    """Return a volume without a name, as VOLUME makes one, that carries the grader's label."""
    return docker.types.Mount(target=target, source=None, labels={LABEL: run_id})


def subnet(cidr: str) -> IPAMConfig:
    """Return a network's address range in the form docker-py wants."""
    return IPAMConfig(pool_configs=[IPAMPool(subnet=cidr)])


@contextlib.contextmanager
def calling(doing: str) -> Iterator[None]:
    """Turn whatever a call raises into EngineRefusal (HTTP 4xx) or EngineFault (all else)."""
    try:
        yield
    except docker.errors.APIError as error:
        text = str(error.explanation or error)
        status = error.status_code or 0
        _log.debug("%s: the engine answered %d: %s", doing, status, text)
        if status in _CLIENT_ERRORS:
            raise EngineRefusal(text, status) from error
        raise EngineFault(
            f"{doing}: the engine answered {status}: {text}", answered=True
        ) from error
    except (
        docker.errors.DockerException,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
    ) as error:
        cause = _innermost(error)
        kind = EngineAway if isinstance(cause, _BROKEN_OFF) else EngineFault
        _log.info("%s: %s: %s", doing, kind.__name__, _words(cause))
        raise kind(f"{doing}: {_words(cause)}") from error


def _endpoint() -> dict[str, Any]:
    if os.environ.get("DOCKER_HOST"):
        return dict(kwargs_from_env())
    with contextlib.suppress(Exception):  # a broken context store is no reason to give up
        context = docker.ContextAPI.get_current_context()
        if context.name != "default" and context.Host:
            return {"base_url": context.Host, "tls": context.TLSConfig}
    return {}


SOCKETS = ("http+docker://", "http+unix://")  # how docker-py calls an address that is none
_configuring = threading.Lock()


@contextlib.contextmanager
def _empty_docker_config() -> Iterator[None]:
    # docker-py reads logins and proxies from DOCKER_CONFIG when a client is made, and falls back
    # to the home directory unless a file is there: an empty one keeps both out of every build.
    # One at a time: the environment is the whole process's.
    with _configuring, tempfile.TemporaryDirectory(prefix="grader-") as folder:
        before = os.environ.get("DOCKER_CONFIG")
        (Path(folder) / "config.json").write_text("{}")
        os.environ["DOCKER_CONFIG"] = folder
        try:
            yield
        finally:
            os.environ.pop("DOCKER_CONFIG")
            if before is not None:
                os.environ["DOCKER_CONFIG"] = before


def _innermost(error: BaseException) -> BaseException:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
