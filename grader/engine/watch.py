"""Watches the engine while a run is under way: what others do to our containers, and outages.

A container that somebody else killed looks like a program that died, and so do all of them after
the engine was restarted. Both are in the engine's events, which are followed for the whole run:
what is asked for afterwards is gone, for an engine keeps its last 256 events only.
"""

import contextlib
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.core.errors import EngineFault, EngineUnavailable, GraderError
from grader.engine import profile, records
from grader.engine.client import SOCKETS, Client, calling
from grader.engine.protocol import CACHE, LABEL, Event

_log = logging.getLogger(__name__)

_ACTIONS = ("kill", "pause", "die", "oom", "destroy")
_BEAT = 1.0  # seconds between two looks at whether the engine answers
_STALL = 2.0  # seconds without an answer after which an engine is not itself; usual are 0.1
_LAG = 5.0  # seconds an event may be late
# Seconds by which a clock may have moved against the engine's since they were compared, without
# being compared again: they drift apart, and a virtual machine's jumps after the machine slept.
_DRIFT = 0.25
_LEAST_DISK = 256 * profile.MIB  # free bytes under which an engine's work cannot be trusted
_BUILD_KILLS = 64

Announce = Callable[[str], None]


@dataclass
class _ContainerHistory:
    """What is known of one container of ours; times of events are the engine's."""

    born: float
    epoch: int
    events: list[Event] = field(default_factory=list)
    ours: list[tuple[float, float]] = field(default_factory=list)
    destroyed: threading.Event = field(default_factory=threading.Event)


class Watch:
    """Follows one engine during one run; used from many threads."""

    def __init__(self, client: Client, announce: Announce) -> None:
        self._client = client
        self._announce = announce
        self._lock = threading.Lock()
        self._waiting = threading.Lock()
        self._histories: dict[str, _ContainerHistory] = {}
        self._build_kills: list[float] = []
        self._epoch = 0
        self._following = threading.Event()
        self._ended = threading.Event()
        self._asked: float | None = None
        self._disturbed = 0.0
        self._trouble = ""
        self._lagging = False
        self._cut: Callable[[], None] = lambda: None
        with calling("asking about the engine"):
            begin = time.time()
            info = client.api.info()
            self._ahead, self._unsure = _clock(str(info["SystemTime"]), begin, time.time())
        self._root = _data_folder(client, str(info.get("DockerRootDir") or "/nosuch"))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Watch until the block ends."""
        threads = [
            threading.Thread(target=work, name=f"watch-{name}", daemon=True)
            for name, work in (("events", self._follow), ("beat", self._beat))
        ]
        for thread in threads:
            thread.start()
        self._following.wait(_LAG)
        try:
            yield
        finally:
            self._ended.set()
            with contextlib.suppress(Exception):  # it may have broken off just now
                self._cut()
            for thread in threads:
                thread.join(_LAG)

    # --- what the engine's adaptor tells --------------------------------------------------

    def begin(self, container: str) -> None:
        """Tell of a new container of ours."""
        with self._lock:
            self._histories[container] = _ContainerHistory(time.monotonic(), self._epoch)

    @contextlib.contextmanager
    def acting(self, container: str) -> Iterator[None]:
        """Mark what happens to a container meanwhile as our own doing."""
        begin = self._engine_time() - self._unsure
        try:
            yield
        finally:
            with self._lock:
                if history := self._histories.get(container):
                    history.ours.append((begin, self._engine_time() + self._unsure))

    def events(self, container: str) -> tuple[Event, ...] | None:
        """Return the container's events since it was made; None if some may be missing."""
        with self._lock:
            history = self._histories.get(container)
            if history is None or history.epoch != self._epoch or self._lagging:
                return None
            return tuple(history.events)

    def end(self, container: str) -> None:
        """Forget a container that was removed just now.

        Raises EngineFault where what was seen of it cannot be relied on: somebody else had his
        hands on it, or the engine was away, stood still or was full meanwhile.
        """
        with self._lock:
            history = self._histories.get(container)
        if history is None:
            return
        if self._following.is_set() and history.epoch == self._epoch and not self._lagging:
            # Events come in order: once its end has arrived, so has all that was before. Where it
            # does not, nothing is waited for until the next event shows that they are in time.
            self._lagging = not history.destroyed.wait(_LAG)
        with self._lock:
            self._histories.pop(container, None)
        if history.epoch != self._epoch:
            raise EngineFault("the engine was restarted while a container was looked at")
        if self.disturbed_since(history.born):
            raise EngineFault(f"while a container was looked at, {self._trouble}")
        if self._foreign(history, 0.0) and self._foreign(history, self._moved()):
            raise EngineFault("somebody else ended, stopped or removed a container of ours")

    def _foreign(self, history: _ContainerHistory, moved: float) -> bool:
        """Return whether something was done to a container that was not our doing.

        `moved` is how far the engine's clock has gone ahead since it was compared with ours.
        """
        spans = [(begin - _DRIFT, end + _DRIFT) for begin, end in history.ours]
        spans += [(begin + moved, end + moved) for begin, end in spans] if moved else []
        return any(
            event.action in {"kill", "pause", "destroy"} and not _within(event.at, spans)
            for event in history.events
        )

    def _moved(self) -> float:
        """Compare the clocks again; return how far the engine's has gone ahead since last time."""
        with calling("asking the engine for its time"):
            begin = time.time()
            stamp = str(self._client.api.info()["SystemTime"])
        ahead, unsure = _clock(stamp, begin, time.time())
        with self._lock:
            moved, self._ahead, self._unsure = ahead - self._ahead, ahead, unsure
        return moved

    def check_build(self, began: float) -> None:
        """Raise EngineFault where a build that failed since then may not have been to blame."""
        if self.disturbed_since(began):
            raise EngineFault(f"during a build {self._trouble}")
        with self._lock:
            if any(at > began for at in self._build_kills):
                raise EngineFault("somebody else killed a step of a build")

    # --- outages --------------------------------------------------------------------------

    def disturbed_since(self, moment: float) -> bool:
        """Return whether the engine was not itself at some time since `moment` (monotonic)."""
        asked = self._asked
        if asked is not None and time.monotonic() - asked > _STALL:
            self._disturb(f"the engine stood still for more than {_STALL:.0f} s")
        self._look_at_disk()
        return self._disturbed >= moment

    def recover(self, since: float, patience: float, cancelled: threading.Event) -> bool:
        """Wait until the engine is well; return whether it was not since `since`.

        Raises EngineUnavailable when it is not well after `patience` seconds.
        """
        if self._well():
            return self.disturbed_since(since)
        with self._waiting:
            ends, announced = time.monotonic() + patience, False
            while not self._well():
                if cancelled.wait(_BEAT):
                    return True
                if not announced:
                    self._announce(
                        f"There is trouble with the engine ({self._trouble}); waiting for it, "
                        f"up to {patience / 60:.0f} min."
                    )
                    announced = True
                if time.monotonic() > ends:
                    raise EngineUnavailable(
                        f"The engine did not recover within {patience / 60:.0f} min "
                        f"({self._trouble}). What was graded is kept. See to it (`grader doctor`) "
                        "and run the same command again."
                    )
            if announced:
                self._announce("The engine is back; going on.")
        return True

    def _well(self) -> bool:
        try:
            with calling("asking whether the engine answers"):
                self._client.api.ping()
        except GraderError as error:
            self._disturb(str(error))
            return False
        return not self._look_at_disk() and self._following.wait(_BEAT)

    def _disturb(self, trouble: str) -> None:
        self._trouble = trouble
        self._disturbed = time.monotonic()

    def _look_at_disk(self) -> bool:
        if self._root is None:
            return False
        free = shutil.disk_usage(self._root).free
        if free < _LEAST_DISK:
            self._disturb(f"only {free // profile.MIB} MiB of the engine's disk were free")
            return True
        return False

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT):
            self._asked = time.monotonic()
            try:
                with calling("asking whether the engine answers"):
                    self._client.api.ping()
            except GraderError as error:
                self._disturb(str(error))
            self.disturbed_since(0.0)
            self._asked = None

    # --- events ---------------------------------------------------------------------------

    def _follow(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(Exception):  # however it broke off, it has
                self._read_stream()
            self._following.clear()
            if not self._ended.is_set():
                _log.warning(
                    "the engine's events broke off: %s", self._trouble or "no reason given"
                )
            with self._lock:
                self._epoch += 1
            self._ended.wait(_BEAT / 4)

    def _read_stream(self) -> None:
        filters = {"type": ["container"], "label": [LABEL], "event": list(_ACTIONS)}
        response = self._client.api.get(
            self._client.url("/events"),
            params={"filters": json.dumps(filters)},
            stream=True,
            timeout=None,
        )
        stream = self._client.endless(response)
        self._cut = stream.close
        self._following.set()
        if self._ended.is_set():
            stream.close()
        for raw in stream:
            self._take(raw)

    def _take(self, raw: dict[str, object]) -> None:
        event = records.event(raw)
        actor = raw.get("Actor")
        about = actor if isinstance(actor, dict) else {}
        with self._lock:
            self._lagging = self._lagging and self._engine_time() - event.at > _LAG
            history = self._histories.get(str(about.get("ID")))
            if history is not None:
                history.events.append(event)
                if event.action == "destroy":
                    history.destroyed.set()
            elif event.action == "kill" and (about.get("Attributes") or {}).get(LABEL) == CACHE:
                self._build_kills = [*self._build_kills[-_BUILD_KILLS:], time.monotonic()]

    def _engine_time(self) -> float:
        return time.time() + self._ahead


def _clock(stamp: str, begin: float, end: float) -> tuple[float, float]:
    """Return how far the engine's clock is ahead of ours, and how far off that may be."""
    ahead, unsure = records.seconds(stamp) - (begin + end) / 2, (end - begin) / 2
    return (0.0, 0.0) if abs(ahead) <= unsure else (ahead, unsure)


def _data_folder(client: Client, path: str) -> Path | None:
    """Return the folder of the engine's data where it is on this machine."""
    root = Path(path)
    local = client.api.base_url.startswith(SOCKETS)
    return root if local and root.is_dir() and os.access(root, os.X_OK) else None


def _within(moment: float, spans: list[tuple[float, float]]) -> bool:
    return any(begin <= moment <= end for begin, end in spans)
