"""What the grader asks of a container engine, in Docker's words.

Every call has a deadline. An engine that fails, hangs or is gone raises EngineFault; one that
understands and says no raises EngineRefusal with the HTTP status, and the caller decides whose
fault that is.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from grader.engine.profile import CAPABILITIES
from grader.facts import EngineFacts, PathFacts, Process

# On everything the grader makes. The value says what for: a run's id, or CACHE for build layers.
LABEL = "docker-tutorial.grader"
CACHE = "cache"
# On a base image that stands in for one no registry could be asked for; the value is its tag.
STANDIN_LABEL = "docker-tutorial.grader.standin"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image as `docker inspect` tells it; absent keys are empty."""

    id: str
    layers: tuple[str, ...]
    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    env: Mapping[str, str]
    labels: Mapping[str, str]
    workdir: str
    stop_signal: str | None
    user: str
    size: int
    volumes: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One line of `docker history`; `id` is None where the engine keeps no intermediate image."""

    id: str | None
    created_by: str
    size: int


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """How a build ended: an image's id, or an error in the engine's words; `log` is capped."""

    image_id: str | None
    error: str
    code: int | None
    log: str
    timed_out: bool = False
    flooded: bool = False
    oversized: bool = False


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume, or memory (`tmpfs`, no source), put into a container; nothing is ever of a host.

    `size` bounds a tmpfs, in bytes. Into a volume that stays `as_it_is` nothing of the image is
    copied, as into a folder of the host in its place.
    """

    kind: Literal["volume", "tmpfs"]
    target: str
    source: str = ""
    read_only: bool = False
    size: int = 0
    as_it_is: bool = False


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container to create under the run profile.

    `network` is `none`, `bridge` or a network's id; `aliases` are its further names there, `dns`
    the addresses of name servers for what the engine does not know itself. Each
    port of `publish` gets a free port of the host's loopback address. `capabilities` are all it
    has. `user` overrides the image's. One that is `talking` has an input, for `Engine.converse`.
    `stop_signal` is what `docker stop` sends first, whatever the image says. A `machine` is one for
    a student's script, in which sudo works: its limits are others. `pid_namespace` is `host` or
    `container:ID`, for a container of the grader's own that reads processes; its files are
    read-only.
    """

    image: str
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""
    network: str = "none"
    name: str | None = None
    aliases: Sequence[str] = ()
    dns: Sequence[str] = ()
    mounts: Sequence[Mount] = ()
    publish: Sequence[int] = ()
    capabilities: Sequence[str] = CAPABILITIES
    user: str | None = None
    talking: bool = False
    stop_signal: str = "SIGTERM"
    machine: bool = False
    pid_namespace: str = ""


@dataclass(frozen=True, slots=True)
class ContainerRecord:
    """A container's state; times are seconds since the epoch, 0 if not yet.

    `addresses` are its IPv4 addresses by network id, `ports` the host's by the container's.
    """

    id: str
    running: bool
    pid: int
    exit_code: int
    oom_killed: bool
    error: str
    started_at: float
    finished_at: float
    command: tuple[str, ...]
    env: Mapping[str, str]
    addresses: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CpuTime:
    """What a process had of the processors since its start, in seconds, all threads together.

    `used`: it ran; `queued`: it could have run, and was kept waiting by others or by a quota.
    """

    used: float
    queued: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something the engine recorded about a container; `at` by the engine's clock."""

    action: str
    at: float
    signal: int | None
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line a container printed to standard output or error; `at` by the engine's clock."""

    at: float
    text: str
    stream: Literal["stdout", "stderr"] = "stdout"


@dataclass(frozen=True, slots=True)
class Leftover:
    """An object that carries the grader's label; `size`: bytes that go with an image alone."""

    kind: str
    id: str
    label: str
    created: float
    size: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """What an engine's machine has: processors, and bytes of memory."""

    cpus: int
    memory: int


class Conversation(Protocol):
    """Lines to and from PID 1 of a container of the grader's own, one answer to each question."""

    def ask(self, line: str, deadline: float) -> str:
        """Write a line and return the next one; EngineFault if none comes in `deadline` seconds."""
        ...

    def close(self) -> None:
        """End it; the container's program reads the end of its input."""
        ...


class Engine(Protocol):
    """A container engine."""

    def facts(self) -> EngineFacts:
        """Return which engine this is and what told of its processes so far."""
        ...

    def read_with(self, image: str, run_id: str) -> None:
        """Let processes be read by containers of this image, which has python3, where need be.

        The first image of a run stays; what is made carries the run's id.
        """
        ...

    def versions(self) -> Mapping[str, str]:
        """Return the versions of `kernel`, `runc` and Docker's `engine`, where it tells them."""
        ...

    def close(self) -> None:
        """Give back the connections."""
        ...

    def abort(self) -> None:
        """Cut off builds and pulls under way: whoever waits for one is let go at once."""
        ...

    def room(self) -> Room:
        """Return how large the engine's machine is."""
        ...

    def share(self, slots: int) -> None:
        """Let at most that many calls that cost much be under way at once, from all threads."""
        ...

    def watched(self, announce: Callable[[str], None]) -> AbstractContextManager[None]:
        """Watch, until the block ends, for outages and for what others do to our containers.

        Then `remove` raises EngineFault where what was seen of a container cannot be relied on.
        """
        ...

    def recover(self, since: float, patience: float, cancelled: threading.Event) -> bool:
        """Wait until the engine is well; return whether it was not, since `since` (monotonic).

        Raises EngineUnavailable when it is not well after `patience` seconds. An engine that is
        not watched is taken to be well.
        """
        ...

    def now(self) -> float:
        """Return the engine's clock."""
        ...

    # Images
    def image(self, reference: str) -> ImageRecord | None:
        """Return the local image, None if there is none."""
        ...

    def pull(self, reference: str, deadline: float) -> None:
        """Pull an image from its registry without anybody's login."""
        ...

    def import_image(self, tarball: str, changes: Sequence[str], deadline: float) -> str:
        """Make an image of one layer from a tar file; return its id."""
        ...

    def save_images(self, references: Sequence[str], file: str, deadline: float) -> None:
        """Write images with their names into a file, as `docker save` does."""
        ...

    def load_images(self, file: str, deadline: float) -> None:
        """Take images with their names from such a file."""
        ...

    def tag(self, image_id: str, reference: str) -> None:
        """Give a local image a name."""
        ...

    def build(
        self, context: bytes, *, dockerfile: str, deadline: float, online: bool = False
    ) -> BuildRecord:
        """Build with the classic builder under the build profile; never pulls, never tags.

        Only an image of the grader's own may be made `online`, with a network.
        """
        ...

    def history(self, image_id: str) -> tuple[HistoryStep, ...]:
        """Return an image's steps, oldest first."""
        ...

    def remove_image(self, reference: str) -> None:
        """Remove one name or one untagged image, never its parents; absent is fine."""
        ...

    # Containers
    def create(self, spec: ContainerSpec) -> str:
        """Create a container under the run profile; return its id."""
        ...

    def start(self, container: str) -> None:
        """Start a container."""
        ...

    def inspect(self, container: str) -> ContainerRecord:
        """Return a container's state."""
        ...

    def processes(self, container: str) -> tuple[Process, ...]:
        """Return what runs in the container, PID 1 first; empty when it has ended."""
        ...

    def cpu_times(self, container: str) -> Mapping[int, CpuTime]:
        """Return the times of a container's processes by pid; empty where they cannot be read."""
        ...

    def environment(self, container: str, pid: int) -> Mapping[str, str] | None:
        """Return a process's environment as it was started with, None where it cannot be read."""
        ...

    def program_sha256(self, container: str, pid: int) -> str | None:
        """Return the SHA-256 of the file a process runs, None where it cannot be read."""
        ...

    def stop(self, container: str, grace: int) -> None:
        """`docker stop`: SIGTERM to PID 1, after `grace` seconds SIGKILL; returns when ended."""
        ...

    def events(self, container: str, since: float, until: float) -> tuple[Event, ...]:
        """Return the container's kill, die and oom events in that time, oldest first."""
        ...

    def log(self, container: str) -> tuple[PrintedLine, ...]:
        """Return the first and last lines the container printed, within the profile's cap."""
        ...

    def path(self, container: str, path: str) -> PathFacts | None:
        """Return what an absolute path in the container leads to, None if nothing is there."""
        ...

    def exists(self, container: str, path: str) -> bool:
        """Return whether anything stands at an absolute path in the container."""
        ...

    def modified(self, container: str, path: str) -> str:
        """Return when an absolute path in the container was last changed, empty if it is absent."""
        ...

    def listing(self, container: str, path: str) -> tuple[str, ...] | None:
        """Return the names directly inside a directory, None if it is absent or too large."""
        ...

    def digests(self, container: str, path: str, limit: int) -> Mapping[str, str] | None:
        """Return the SHA-256 of each regular file below a directory, by its path in there.

        A link stands as what it leads to. None if the directory is absent, or its files take more
        than `limit` bytes.
        """
        ...

    def changes(self, container: str) -> tuple[str, ...]:
        """Return the paths that differ from the image, as `docker diff` tells them."""
        ...

    def put_file(self, container: str, directory: str, name: str, content: bytes) -> None:
        """Write one small file into a container from outside."""
        ...

    def read(self, container: str, path: str, limit: int, *, follow: bool = False) -> bytes | None:
        """Return a regular file's first `limit` bytes, None if there is no such file.

        With `follow`, links are followed within the container.
        """
        ...

    def converse(self, container: str) -> Conversation:
        """Return the way to a running container's input and output; it was made `talking`."""
        ...

    def wait(self, container: str, deadline: float) -> bool:
        """Wait until the container has ended; return whether it did before the deadline."""
        ...

    def kill(self, container: str) -> None:
        """SIGKILL for the whole container; one that has ended is fine."""
        ...

    def remove(self, container: str) -> None:
        """Remove a container with its anonymous volumes, running or not; absent is fine."""
        ...

    # Networks and volumes
    def create_network(self, run_id: str, *, internal: bool) -> str:
        """Make a bridge network; an internal one reaches nothing outside. Return its id."""
        ...

    def remove_network(self, network: str) -> None:
        """Remove a network nobody is attached to any more; absent is fine."""
        ...

    def create_volume(self, run_id: str) -> str:
        """Make a named volume; return its name."""
        ...

    def remove_volume(self, volume: str) -> None:
        """Remove a volume no container has any more; absent is fine."""
        ...

    # Housekeeping
    def leftovers(self) -> tuple[Leftover, ...]:
        """Return every container, image, network and volume that carries the grader's label."""
        ...

    def remove_leftover(self, leftover: Leftover) -> bool:
        """Remove one of `leftovers()`; return whether it is gone."""
        ...
