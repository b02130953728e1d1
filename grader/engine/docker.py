"""Docker Engine 20.10 and later, as the grader's `Engine`."""

import contextlib
import json
import logging
import posixpath
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

from grader.core.errors import EngineFault, EngineRefusal
from grader.core.logs import short
from grader.engine import classic_builder, last_resort, profile, records
from grader.engine.attached import Attached
from grader.engine.client import (
    Client,
    anonymous_volume,
    calling,
    find_client,
    mount,
    subnet,
    ulimit,
)
from grader.engine.container_files import Files
from grader.engine.kernel_evidence import KernelEvidence
from grader.engine.protocol import (
    LABEL,
    BuildRecord,
    ContainerRecord,
    ContainerSpec,
    CpuTime,
    Event,
    HistoryStep,
    ImageRecord,
    Leftover,
    PrintedLine,
    Room,
)
from grader.engine.seccomp import MACHINE_SECCOMP, SECCOMP
from grader.engine.watch import Watch
from grader.facts import EngineFacts, PathFacts, Process

_log = logging.getLogger(__name__)


def connect() -> "DockerEngine":
    """Return the engine of DOCKER_HOST, of the docker context, or of the default socket."""
    return DockerEngine(find_client())


_SUBNET_TRIES = 10


def _random_subnet() -> str:
    """Return a /28 of 198.18.0.0/15, which is set aside for tests and routed nowhere.

    Docker's own pool holds some thirty networks, fewer than a class needs at once.
    """
    number = secrets.randbelow(1 << 13)
    return f"198.{18 + (number >> 12)}.{(number >> 4) & 255}.{(number & 15) << 4}/28"


def _seeing(pid_namespace: str) -> dict[str, Any]:
    """Return what a container needs that reads the processes of a PID namespace.

    In the host's, an engine that maps users asks for the host's users as well.
    """
    if not pid_namespace:
        return {}
    users = {"userns_mode": "host"} if pid_namespace == "host" else {}
    return {"pid_mode": pid_namespace, "read_only": True, **users}


_POLL = 0.02
_LONGEST_POLL = 0.16


@contextlib.contextmanager
def _absent_is_fine() -> Iterator[None]:
    try:
        yield
    except EngineRefusal as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:
            raise


class DockerEngine:
    """Safe to use from several threads; the protocol says what each method does."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._api = client.api
        self._files = Files(client)
        self._evidence = KernelEvidence(self)
        self._asked_ps = threading.Event()
        self._watch: Watch | None = None
        self._works: AbstractContextManager[object] = contextlib.nullcontext()
        self._builds: AbstractContextManager[object] = contextlib.nullcontext()

    def close(self) -> None:
        self._evidence.close()
        self._api.close()

    def room(self) -> Room:
        with calling("asking how large the machine is"):
            info = self._api.info()
        return Room(cpus=int(info.get("NCPU") or 1), memory=int(info.get("MemTotal") or 0))

    def share(self, slots: int) -> None:
        # A build may sleep for as long as it likes, so that must not keep containers waiting.
        self._works = threading.BoundedSemaphore(slots)
        self._builds = threading.BoundedSemaphore(2 * slots)

    @contextlib.contextmanager
    def watched(self, announce: Callable[[str], None]) -> Iterator[None]:
        before, watch = self._watch, Watch(self._client, announce)
        with watch.running():
            self._watch = watch
            try:
                yield
            finally:
                self._watch = before

    def recover(self, since: float, patience: float, cancelled: threading.Event) -> bool:
        return self._watch.recover(since, patience, cancelled) if self._watch else False

    def _acting(self, container: str) -> AbstractContextManager[None]:
        return self._watch.acting(container) if self._watch else contextlib.nullcontext()

    def abort(self) -> None:
        self._client.cut_streams()

    # --- the engine itself -----------------------------------------------------------------

    def facts(self) -> EngineFacts:
        version = self._version
        return EngineFacts(
            name="Podman"
            if self._is_podman
            else (version.get("Platform") or {}).get("Name") or "Docker Engine",
            version=version.get("Version", "unknown"),
            api=version.get("ApiVersion", "unknown"),
            local=self._evidence.kind == "proc",
            evidence=self._evidence.kind or ("ps" if self._asked_ps.is_set() else ""),
        )

    def versions(self) -> Mapping[str, str]:
        parts = {part["Name"]: part["Version"] for part in self._version.get("Components") or ()}
        named = {"kernel": "", "runc": "runc", "engine": "Engine"}
        found = {part: str(parts.get(name, "")) for part, name in named.items()}
        found["kernel"] = str(self._version.get("KernelVersion") or "")
        return {part: version for part, version in found.items() if version}

    def read_with(self, image: str, run_id: str) -> None:
        self._evidence.read_with(image, run_id)

    @property
    def _is_podman(self) -> bool:
        parts = self._version.get("Components") or ()
        return any(part["Name"].startswith("Podman") for part in parts)

    @cached_property
    def _version(self) -> dict[str, Any]:
        with calling("asking the engine's version"):
            version: dict[str, Any] = self._api.version()
        return version

    def now(self) -> float:
        with calling("asking the engine's clock"):
            return records.seconds(self._api.info()["SystemTime"])

    # --- images ----------------------------------------------------------------------------

    def image(self, reference: str) -> ImageRecord | None:
        found = None
        with _absent_is_fine(), calling(f"looking up the image {reference}"):
            found = self._api.inspect_image(reference)
        return records.image_record(found) if found else None

    def pull(self, reference: str, deadline: float) -> None:
        repository, _, tag = reference.rpartition(":")
        with calling(f"pulling {reference}"):
            response = self._api.post(
                self._client.url("/images/create"),
                params={"fromImage": repository, "tag": tag},
                stream=True,
                timeout=deadline,
            )
            for message in self._client.messages(response, deadline):
                if "error" in message:
                    raise EngineRefusal(str(message["error"]), HTTPStatus.NOT_FOUND)

    def import_image(self, tarball: str, changes: Sequence[str], deadline: float) -> str:
        with calling("importing an image"), Path(tarball).open("rb") as content:
            response = self._api.post(
                self._client.url("/images/create"),
                params={"fromSrc": "-", "changes": list(changes)},
                headers={"Content-Type": "application/x-tar"},
                data=content,
                stream=True,
                timeout=deadline,
            )
            *_, last = self._client.messages(response, deadline)
            if "error" in last:
                raise EngineFault(f"importing an image: {last['error']}")
            return str(last["status"])

    def save_images(self, references: Sequence[str], file: str, deadline: float) -> None:
        with calling("saving images"):
            response = self._api.get(
                self._client.url("/images/get"),
                params={"names": list(references)},
                stream=True,
                timeout=deadline,
            )
            self._client.check(response)
            with contextlib.closing(response), Path(file).open("wb") as out:
                out.writelines(response.iter_content(chunk_size=1 << 20))

    def load_images(self, file: str, deadline: float) -> None:
        with calling("loading images"), Path(file).open("rb") as content:
            response = self._api.post(
                self._client.url("/images/load"),
                headers={"Content-Type": "application/x-tar"},
                data=content,
                stream=True,
                timeout=deadline,
            )
            for message in self._client.messages(response, deadline):
                if "error" in message:
                    raise EngineRefusal(str(message["error"]), HTTPStatus.BAD_REQUEST)

    def tag(self, image_id: str, reference: str) -> None:
        repository, _, tag = reference.rpartition(":")
        with calling(f"naming an image {reference}"):
            self._api.tag(image_id, repository, tag)

    def build(
        self, context: bytes, *, dockerfile: str, deadline: float, online: bool = False
    ) -> BuildRecord:
        begin = time.monotonic()
        try:
            with self._builds, calling("building"):
                record = classic_builder.build(
                    self._client,
                    context,
                    dockerfile,
                    deadline,
                    online=online,
                    # Podman takes `none` for no word of its own, and gives the host's network.
                    no_network="NetworkDisabled" if self._is_podman else "none",
                )
        except EngineRefusal as refusal:
            record = classic_builder.refused(refusal)
        if record.image_id is None and self._watch:
            self._watch.check_build(begin)
        return record

    def history(self, image_id: str) -> tuple[HistoryStep, ...]:
        with calling("reading an image's history"):
            return records.history_steps(self._api.history(image_id))

    def remove_image(self, reference: str) -> None:
        # noprune: untagged parents may be the steps another build stands on at this moment.
        with _absent_is_fine(), calling(f"removing the image {reference}"):
            self._api.remove_image(reference, noprune=True)

    # --- containers ------------------------------------------------------------------------

    def create(self, spec: ContainerSpec) -> str:
        ulimits = profile.MACHINE_ULIMITS if spec.machine else profile.RUN_ULIMITS
        limits = [ulimit(name, limit) for name, limit in ulimits.items()]
        with self._works, calling("creating a container"):
            mounts = [mount(entry) for entry in spec.mounts] + self._declared(spec)
            created = self._api.create_container(
                spec.image,
                command=list(spec.args) or None,
                name=spec.name,
                user=spec.user,
                stdin_open=spec.talking,
                environment=profile.RUN_ENV | dict(spec.env),
                labels={LABEL: spec.run_id},
                ports=list(spec.publish) or None,
                stop_signal=spec.stop_signal,
                healthcheck={"test": ["NONE"]},
                host_config=self._api.create_host_config(
                    network_mode=spec.network,
                    dns=list(spec.dns) or None,
                    ulimits=limits,
                    mounts=mounts or None,
                    port_bindings=dict.fromkeys(spec.publish, ("127.0.0.1", None)) or None,
                    cap_add=list(spec.capabilities) or None,
                    security_opt=self._security(machine=spec.machine),
                    **_seeing(spec.pid_namespace),
                    **(profile.MACHINE_LIMITS if spec.machine else profile.RUN_LIMITS),
                ),
                networking_config=self._networking(spec),
                use_config_proxy=False,
            )
        if self._watch:
            self._watch.begin(str(created["Id"]))
        _log.debug("made container %s", short(str(created["Id"])))
        return str(created["Id"])

    def _security(self, *, machine: bool) -> list[str]:
        """Return a container's `SecurityOpt`; a machine's sudo is a setuid program."""
        options = [] if machine else ["no-new-privileges:true"]
        if self._takes_seccomp:
            options.append(MACHINE_SECCOMP if machine else SECCOMP)
        return options

    @cached_property
    def _takes_seccomp(self) -> bool:
        # Podman takes the name of a file on its own machine for a profile, so it keeps its own; a
        # kernel without seccomp has none.
        if self._is_podman:
            return False
        with calling("asking what the engine can limit"):
            options = self._api.info().get("SecurityOptions") or ()
        return any("name=seccomp" in text for text in options)

    def _declared(self, spec: ContainerSpec) -> list[Any]:
        """Return mounts for the places that the image declares with VOLUME.

        The engine would make such volumes by itself, but without a label: one that it has made
        when it is killed, and the container not yet, nobody could tell from other people's.
        """
        declared = (self._api.inspect_image(spec.image)["Config"] or {}).get("Volumes") or {}
        taken = {posixpath.normpath(entry.target) for entry in spec.mounts}
        # What is no place for a volume is left to the engine to refuse in its own words.
        places = {posixpath.normpath(path) for path in declared if path.startswith("/")}
        return [
            anonymous_volume(target, spec.run_id) for target in sorted(places - taken - {"/", "//"})
        ]

    def _networking(self, spec: ContainerSpec) -> Any:
        if not spec.aliases:
            return None
        attached = self._api.create_endpoint_config(aliases=list(spec.aliases))
        return self._api.create_networking_config({spec.network: attached})

    def start(self, container: str) -> None:
        with self._works, calling("starting a container"):
            self._api.start(container)
        self._evidence.forget(container)
        _log.debug("started container %s", short(container))

    def inspect(self, container: str) -> ContainerRecord:
        with calling("inspecting a container"):
            return records.container_record(self._api.inspect_container(container))

    def processes(self, container: str) -> tuple[Process, ...]:
        record = self.inspect(container)
        if not record.running:
            return ()
        found = self._evidence.tree(record)
        if found is not None:
            return found
        try:
            seen = last_resort.processes(self._api, record)
        except EngineFault:
            if self.inspect(container).running:
                raise
            return ()  # it has ended meanwhile; how an engine says so is its own affair
        self._asked_ps.set()
        return seen

    def cpu_times(self, container: str) -> Mapping[int, CpuTime]:
        return self._evidence.cpu_times(container)

    def environment(self, container: str, pid: int) -> Mapping[str, str] | None:
        return self._evidence.environment(container, pid)

    def program_sha256(self, container: str, pid: int) -> str | None:
        return self._evidence.sha256(container, pid)

    def stop(self, container: str, grace: int) -> None:
        with self._acting(container), calling("stopping a container"):
            self._api.stop(container, timeout=grace)

    def events(self, container: str, since: float, until: float) -> tuple[Event, ...]:
        filters = {"container": [container], "event": ["kill", "die", "oom"]}
        window = {"since": f"{since:.9f}", "until": f"{until:.9f}"}
        with calling("reading the engine's events"):
            # docker-py's own events() waits without a deadline.
            response = self._api.get(
                self._client.url("/events"),
                params=window | {"filters": json.dumps(filters)},
                stream=True,
                timeout=profile.CALL_TIMEOUT,
            )
            messages = self._client.messages(response, profile.CALL_TIMEOUT)
            found = {records.event(raw) for raw in messages}
        # The engine keeps its last 256 events only; what it forgot was seen when it happened.
        seen = (self._watch.events(container) if self._watch else None) or ()
        found |= {e for e in seen if since <= e.at <= until and e.action in {"kill", "die", "oom"}}
        return tuple(sorted(found, key=lambda event: event.at))

    def log(self, container: str) -> tuple[PrintedLine, ...]:
        with calling("reading a container's log"):
            # docker-py's own logs() does not tell the two streams apart. The log's size limit
            # bounds what comes back.
            response = self._api.get(
                self._client.url(f"/containers/{container}/logs"),
                params={"stdout": 1, "stderr": 1, "timestamps": 1},
                timeout=profile.CALL_TIMEOUT,
            )
            self._client.check(response)
        return records.log_lines(response.content)

    def path(self, container: str, path: str) -> PathFacts | None:
        return self._files.path(container, path)

    def exists(self, container: str, path: str) -> bool:
        return self._files.stat(container, path) is not None

    def modified(self, container: str, path: str) -> str:
        return str((self._files.stat(container, path) or {}).get("mtime", ""))

    def listing(self, container: str, path: str) -> tuple[str, ...] | None:
        return self._files.listing(container, path)

    def digests(self, container: str, path: str, limit: int) -> Mapping[str, str] | None:
        return self._files.digests(container, path, limit)

    def read(self, container: str, path: str, limit: int, *, follow: bool = False) -> bytes | None:
        return self._files.read(container, path, limit, follow=follow)

    def put_file(self, container: str, directory: str, name: str, content: bytes) -> None:
        self._files.put(container, directory, name, content)

    def converse(self, container: str) -> Attached:
        with calling("attaching to a container of the grader's own"):
            return Attached(*self._client.attach(container))

    def wait(self, container: str, deadline: float) -> bool:
        ends, pause = time.monotonic() + deadline, _POLL
        while self.inspect(container).running:
            if time.monotonic() > ends:
                return False
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL)
        return True

    def kill(self, container: str) -> None:
        try:
            with self._acting(container), calling("killing a container"):
                self._api.kill(container)
        except EngineRefusal as refusal:
            if refusal.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                raise

    def changes(self, container: str) -> tuple[str, ...]:
        with calling("comparing a container with its image"):
            return tuple(entry["Path"] for entry in self._api.diff(container) or [])

    def remove(self, container: str) -> None:
        self._evidence.forget(container)
        self._take_away(container)
        if self._watch:
            self._watch.end(container)

    def _take_away(self, container: str) -> None:
        with (
            self._works,
            self._acting(container),
            _absent_is_fine(),
            calling("removing a container"),
        ):
            # A hundred thousand small files take the engine longer than docker-py would wait.
            response = self._api.delete(
                self._client.url(f"/containers/{container}"),
                params={"force": "1", "v": "1"},
                timeout=profile.REMOVE_DEADLINE,
            )
            self._client.check(response)
            _log.debug("removed container %s", short(container))

    # --- networks and volumes --------------------------------------------------------------

    def create_network(self, run_id: str, *, internal: bool) -> str:
        for attempt in range(_SUBNET_TRIES):
            try:
                with calling("creating a network"):
                    made = self._api.create_network(
                        f"grader-{secrets.token_hex(6)}",
                        labels={LABEL: run_id},
                        internal=internal,
                        ipam=subnet(_random_subnet()),
                    )
                return str(made["Id"])
            except (EngineRefusal, EngineFault) as error:
                if "overlap" not in str(error) or attempt + 1 == _SUBNET_TRIES:
                    raise
        raise EngineFault("no free subnet was found for a network")

    def remove_network(self, network: str) -> None:
        with _absent_is_fine(), calling("removing a network"):
            self._api.remove_network(network)

    def create_volume(self, run_id: str) -> str:
        with calling("creating a volume"):
            name = f"grader-{secrets.token_hex(6)}"
            return str(self._api.create_volume(name, labels={LABEL: run_id})["Name"])

    def remove_volume(self, volume: str) -> None:
        with _absent_is_fine(), calling("removing a volume"):
            self._api.remove_volume(volume)

    # --- housekeeping ----------------------------------------------------------------------

    def leftovers(self) -> tuple[Leftover, ...]:
        ours = {"label": LABEL}
        with calling("listing what the grader made"):
            rows: list[tuple[str, list[dict[str, Any]]]] = [
                ("container", self._api.containers(all=True, filters=ours)),
                ("image", self._own_images()),
                ("network", self._api.networks(filters=ours)),
                ("volume", self._api.volumes(filters=ours)["Volumes"] or []),
            ]
        return tuple(records.leftover(kind, raw) for kind, entries in rows for raw in entries)

    def _own_images(self) -> list[dict[str, Any]]:
        sized = records.with_own_sizes(self._api.images(all=True))
        return [raw for raw in sized if LABEL in (raw.get("Labels") or {})]

    def remove_leftover(self, leftover: Leftover) -> bool:
        remove: dict[str, Callable[[str], Any]] = {
            "container": self._take_away,
            "image": self.remove_image,
            "network": self.remove_network,
            "volume": self.remove_volume,
        }
        try:
            with _absent_is_fine(), calling(f"removing the {leftover.kind} {leftover.id}"):
                remove[leftover.kind](leftover.id)
        except EngineRefusal:  # 409: something still uses it
            return False
        return True
