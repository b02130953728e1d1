"""Gets every base image once: already local, else pulled, else a labelled stand-in.

And measures each before anything of a student's is built on it: whether shell form leaves the
shell as PID 1 is a property of the base's /bin/sh, not of Docker.
"""

import logging
import posixpath
import threading
import time
from collections.abc import Callable, Sequence

from grader.build.standin import StandinError, make_standin
from grader.core.errors import EngineError, EngineFault, EngineRefusal
from grader.core.logs import short
from grader.engine.engine_trial import Trial
from grader.engine.profile import CALL_TIMEOUT, PULL_DEADLINE
from grader.engine.protocol import STANDIN_LABEL, ContainerSpec, Engine, ImageRecord
from grader.facts import BaseFacts, Process

# Runs as /bin/sh -c TEXT, which is what shell form is.
_MEASURED = "python3 -c 'import time; time.sleep(60)'"

Announce = Callable[[str], None]
_log = logging.getLogger(__name__)


class Bases:
    """The base images of one run; each is made ready and measured when it is first asked for."""

    def __init__(self, engine: Engine, run_id: str, announce: Announce = lambda _: None) -> None:
        self._engine = engine
        self._run_id = run_id
        self.trial = Trial(engine, run_id)
        self.announce = announce
        self._ready: dict[str, BaseFacts] = {}
        self._variables: dict[tuple[str, ...], frozenset[str]] = {}
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._fetching = threading.Lock()

    def get(self, reference: str) -> BaseFacts:
        """Return the base's facts; EngineError when it can neither be found, pulled nor made."""
        with self._lock:
            turn = self._turns.setdefault(reference, threading.Lock())
        with turn:
            if reference not in self._ready:
                record = self._find(reference)
                self._ready[reference] = self._measure(reference, record)
            return self._ready[reference]

    def variables(self, references: Sequence[str]) -> frozenset[str]:
        """Return the names of the variables that those of the bases set which are here."""
        key = tuple(references)
        with self._lock:
            if key not in self._variables:
                records = [self._engine.image(reference) for reference in references]
                names = [name for record in records if record for name in record.env]
                self._variables[key] = frozenset(names)
            return self._variables[key]

    def _find(self, reference: str) -> ImageRecord:
        if record := self._engine.image(reference):
            _log.debug("%s is here: %s", reference, short(record.id))
            return record
        with self._fetching:
            return self._fetch(reference)

    def _fetch(self, reference: str) -> ImageRecord:
        self.announce(f"{reference}: not here yet, asking the registry")
        begin = time.monotonic()
        try:
            self._engine.pull(reference, PULL_DEADLINE)
        except (EngineRefusal, EngineFault) as error:
            _log.info("%s cannot be pulled: %s", reference, error)
            self.announce(f"{reference}: no registry gave it, making a stand-in (about 30 s once)")
            try:
                make_standin(self._engine, reference)
            except StandinError as problem:
                raise EngineFault(
                    f"The base image {reference} could not be pulled ({error}) and no stand-in "
                    f"could be made: {problem}"
                ) from problem
        if record := self._engine.image(reference):
            took = time.monotonic() - begin
            _log.info("%s was got in %.1f s: %s", reference, took, short(record.id))
            return record
        raise EngineFault(f"The base image {reference} is not there although it was just made.")

    def _measure(self, reference: str, record: ImageRecord) -> BaseFacts:
        spec = ContainerSpec(
            image=record.id, args=("/bin/sh", "-c", _MEASURED), run_id=self._run_id
        )
        if record.entrypoint:
            raise EngineError(
                f"The base image {reference} has an ENTRYPOINT of its own, so what a student's "
                "Dockerfile does could not be told apart from it. Take it off the list of bases."
            )
        self._engine.read_with(record.id, self._run_id)
        container = self._engine.create(spec)
        try:
            self._engine.start(container)
            shell, child = self._settled(reference, container)
            program = child or shell
            digest = self._engine.program_sha256(container, program.pid)
            interpreters = {program.exe: digest} if program.exe and digest else {}
            libraries = {
                folder: self._engine.modified(container, folder)
                for folder in _libraries(program.exe or "")
            }
        finally:
            self._engine.remove(container)
        stays = "leaves the shell as" if child is not None else "makes the program"
        _log.info("%s (%s): /bin/sh -c %s PID 1", reference, short(record.id), stays)
        return BaseFacts(
            name=reference,
            id=record.id,
            standin=STANDIN_LABEL in record.labels,
            layers=record.layers,
            shell_exe="" if child is None else shell.exe or "",
            shell_stays=child is not None,
            interpreters=interpreters,
            libraries=libraries,
        )

    def _settled(self, reference: str, container: str) -> tuple[Process, Process | None]:
        """Return PID 1 and its child once Python runs in one of them."""
        deadline = time.monotonic() + CALL_TIMEOUT
        while time.monotonic() < deadline:
            processes = self._engine.processes(container)
            if not processes and not self._engine.inspect(container).running:
                break
            for process in processes:
                if process.is_python:
                    init = processes[0]
                    return init, (process if process.pid != init.pid else None)
            time.sleep(0.01)
        raise EngineFault(
            f"The base image {reference} does not run `/bin/sh -c python3`: it has to bring both. "
            "Remove it (`docker image rm`) and let `grader prepare` get it again."
        )


def _libraries(program: str) -> tuple[str, ...]:
    """Return where a Python looks for what it runs by itself when it starts, present or not."""
    version = posixpath.basename(program)
    own = posixpath.join(posixpath.dirname(posixpath.dirname(program)), "lib", version)
    return (
        own,
        f"{own}/site-packages",
        f"/usr/local/lib/{version}/dist-packages",
        "/usr/lib/python3/dist-packages",
        f"/root/.local/lib/{version}/site-packages",
        # Debian has a file there already: one that is overwritten leaves its folder as it was.
        f"{own}/sitecustomize.py",
        # Not there in any base: a folder's own time can be set back, that a file is there cannot.
        *(
            f"{folder}/{name}.py"
            for folder in (own, f"{own}/site-packages", "/usr/lib/python3/dist-packages")
            for name in ("sitecustomize", "usercustomize")
            if (folder, name) != (own, "sitecustomize")
        ),
        f"/etc/{version}/sitecustomize.py",
    )
