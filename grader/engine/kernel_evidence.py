"""What the kernel says of containers' processes, read where it can best be read.

In this machine's /proc, where it is the engine's and we may read all of it. Else by a helper: a
container of the grader's own with no network, a read-only file system and no capability but
SYS_PTRACE, which answers from the /proc it has. It is in the PID namespace of the engine's host,
where no container sees it, so nothing in one can signal, trace, limit or starve it, and one is
enough for a run. An engine that grants none there is asked for one in the PID namespace of each
container; what is in there can end that one, and gains nothing by it. Where an engine grants
neither, there is None, and its own `ps` is left.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.core.errors import EngineError, EngineFault, EngineRefusal
from grader.engine import kernel_reader
from grader.engine.protocol import ContainerRecord, ContainerSpec, Conversation, CpuTime
from grader.facts import Evidence, Process

_log = logging.getLogger(__name__)
_READER = Path(kernel_reader.__file__).read_text(encoding="utf-8")
_COMMAND = ("python3", "-IS", "-c", _READER)
_DEADLINE = 20.0  # seconds for one answer; the largest program takes one
_INIT = 1  # a container's first process, as it is counted in the container itself
_HOST = "host"

_Ask = Callable[[Mapping[str, Any]], Any]


class _Engine(Protocol):
    """What of an engine it takes to have a helper."""

    def create(self, spec: ContainerSpec) -> str: ...
    def start(self, container: str) -> None: ...
    def inspect(self, container: str) -> ContainerRecord: ...
    def converse(self, container: str) -> Conversation: ...
    def remove(self, container: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Source:
    """A place to ask about one container: its PID 1 is `init` there."""

    kind: Evidence
    ask: _Ask
    init: int
    container: str

    def about(self, word: str, pid: int) -> Any:
        # In its own PID namespace a container is alone, and may see no cgroup with its id.
        alone = self.kind == "joined helper"
        return self.ask({word: pid, "container": "" if alone else self.container})


class _Helper:
    """A container that runs kernel_reader.py; asked by many threads, one after the other."""

    def __init__(self, engine: _Engine, spec: ContainerSpec) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self.container = engine.create(spec)
        try:
            engine.start(self.container)
            self._talk = engine.converse(self.container)
        except BaseException:
            engine.remove(self.container)
            raise

    def ask(self, question: Mapping[str, Any]) -> Any:
        with self._lock:
            return json.loads(self._talk.ask(json.dumps(question), _DEADLINE))

    def close(self) -> None:
        """Take it away; one that has gone already is fine, and so is an engine that is away."""
        try:
            self._talk.close()
            self._engine.remove(self.container)
        except EngineError as error:  # by its label it is found when the run ends
            _log.debug("a helper could not be removed: %s", error)


class KernelEvidence:
    """Asks for one engine; used from many threads at once."""

    def __init__(self, engine: _Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._image, self._run_id = "", ""
        self._helpers: dict[str, _Helper] = {}
        self._refused: dict[str, str] = {}
        self._sources: dict[str, _Source] = {}
        self.kind: Evidence = ""

    def read_with(self, image: str, run_id: str) -> None:
        """Make helpers of an image that has python3, for a run; the first image of a run stays."""
        with self._lock:
            if run_id == self._run_id:
                return
            self._image, self._run_id = image, run_id
            self._drop_all()

    def close(self) -> None:
        """Take all helpers away."""
        with self._lock:
            self._drop_all()

    def refusals(self) -> tuple[str, ...]:
        """Return why the engine granted no helper, for each way in which it was asked."""
        return tuple(self._refused.values())

    def tree(self, record: ContainerRecord) -> tuple[Process, ...] | None:
        """Return a running container's processes, PID 1 first; None where they cannot be read."""
        source = self._source(record)
        if source is None:
            return None
        raw = self._asked(source, "tree", source.init)
        return None if raw is None else tuple(_process(entry) for entry in raw)

    def cpu_times(self, container: str) -> Mapping[int, CpuTime]:
        """Return what a container's processes had of the processors, by pid."""
        source = self._sources.get(container) or self._source(self._engine.inspect(container))
        raw = source and self._asked(source, "times", source.init)
        return {int(pid): CpuTime(*had) for pid, had in (raw or {}).items()}

    def environment(self, container: str, pid: int) -> Mapping[str, str] | None:
        """Return the environment of a process that `tree` told of, None where it is not told."""
        source = self._sources.get(container)
        found: Mapping[str, str] | None = self._asked(source, "environ", pid) if source else None
        return found

    def sha256(self, container: str, pid: int) -> str | None:
        """Return the SHA-256 of the file that a process runs, None where it cannot be read."""
        source = self._sources.get(container)
        found: str | None = self._asked(source, "sha256", pid) if source else None
        return found

    def forget(self, container: str) -> None:
        """Forget a container that is started anew or removed."""
        self._sources.pop(container, None)
        if helper := self._helpers.pop(container, None):
            helper.close()

    # --- where to ask ----------------------------------------------------------------------

    def _source(self, record: ContainerRecord) -> _Source | None:
        known = self._sources.get(record.id)
        if known and known.init in {record.pid, _INIT}:
            return known
        found = self._find(record)
        if found:
            self._sources[record.id] = found
            self.kind = found.kind
        return found

    def _find(self, record: ContainerRecord) -> _Source | None:
        if kernel_reader.belongs_to(record.pid, record.id) and kernel_reader.readable(record.pid):
            return _Source("proc", kernel_reader.answer, record.pid, record.id)
        # Where another container was found here, or the first of all runs no more, it has ended.
        if self.kind == "proc" or not (self.kind or self._runs(record.id, record.pid)):
            return None
        with self._lock:
            if not self._image:
                return None
            if helper := self._helper(_HOST, _HOST):
                source = _Source("helper", helper.ask, record.pid, record.id)
                if self._asked(source, "tree", record.pid) is not None:
                    return source
                if self._runs(record.id, record.pid):
                    self._refuse(_HOST, "the host's PID namespace does not hold the containers'")
            if helper := self._helper(record.id, f"container:{record.id}"):
                return _Source("joined helper", helper.ask, _INIT, record.id)
        return None

    def _helper(self, key: str, namespace: str) -> _Helper | None:
        """Return a helper in a PID namespace, None where the engine grants none."""
        kind = namespace.partition(":")[0]
        if kind in self._refused:
            return None
        if key not in self._helpers:
            spec = ContainerSpec(
                image=self._image,
                args=_COMMAND,
                run_id=self._run_id,
                user="0:0",
                capabilities=("SYS_PTRACE",),
                talking=True,
                pid_namespace=namespace,
            )
            try:
                self._helpers[key] = _Helper(self._engine, spec)
            except (EngineRefusal, EngineFault) as error:
                if isinstance(error, EngineFault) and not error.answered:
                    raise
                if key == _HOST or self._runs(key):  # else it has ended, and nothing is to be said
                    self._refuse(kind, str(error))
                return None
        return self._helpers[key]

    def _refuse(self, kind: str, why: str) -> None:
        _log.info("no helper in the PID namespace %r: %s", kind, why)
        self._refused[kind] = why
        if helper := self._helpers.pop(kind, None):
            helper.close()

    def _asked(self, source: _Source, word: str, pid: int) -> Any:
        """Return the answer of a source; one that does not answer any more is made anew."""
        try:
            return source.about(word, pid)
        except (EngineError, ValueError) as error:
            self._sources = {k: v for k, v in self._sources.items() if v.ask != source.ask}
            for key in [key for key, helper in self._helpers.items() if helper.ask == source.ask]:
                self._helpers.pop(key).close()
            if source.kind == "joined helper" and not self._runs(source.container):
                return None  # it ended with its namespace
            raise EngineFault(
                f"a container that reads processes gave no answer: {error}"
            ) from error

    def _runs(self, container: str, pid: int | None = None) -> bool:
        """Return whether a container runs, and still as `pid` where one is given."""
        try:
            now = self._engine.inspect(container)
        except EngineRefusal:  # it has been removed
            return False
        return now.running and pid in {None, now.pid}

    def _drop_all(self) -> None:
        helpers, self._helpers = self._helpers, {}
        self._sources.clear()
        self._refused.clear()
        for helper in helpers.values():
            helper.close()


def _process(raw: Mapping[str, Any]) -> Process:
    words = str(raw["cmdline"])
    argv = tuple(words.removesuffix("\0").split("\0")) if words else ()
    return Process(
        pid=raw["pid"],
        ppid=raw["ppid"],
        exe=raw["exe"],
        argv=argv,
        args=" ".join(argv),
        caught=raw["caught"],
        ignored=raw["ignored"],
        blocked=raw["blocked"],
        cwd=raw["cwd"],
    )
