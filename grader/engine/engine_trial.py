"""Measures an engine with programs of the grader's own before what it says is believed.

What each of them does is known, so where it comes out otherwise, the engine is the cause: what
rests on it is *not graded* there, whatever a submission did. `grader doctor` tries all of it; a
grading tries what a check is about to be lost by, once, so right work waits for nothing.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Literal

from grader.core.errors import EngineError, EngineFault
from grader.core.signals import KILLED, SIGINT, SIGKILL, SIGTERM
from grader.engine import profile
from grader.engine.protocol import CACHE, LABEL, ContainerSpec, Engine, Mount
from grader.engine.tar import pack
from grader.facts import Process

_log = logging.getLogger(__name__)

Trait = Literal[
    "handler", "no handler", "signals", "arguments", "fork", "run step", "build network", "memory",
    "processes", "names", "volumes",
]  # fmt: skip
# In the words of `grader doctor`: what holds where the trial came out as it should.
TRAITS: Mapping[Trait, str] = {
    "arguments": "a program's words, environment and file are told as they are",
    "fork": "a program that is the child of a shell is seen below it",
    "handler": "docker stop lets a handler of SIGTERM end the program with exit code 0",
    "no handler": "docker stop kills a program without a handler (137)",
    "signals": "the engine records the signals it sends",
    "run step": "a RUN step runs",
    "build network": "a RUN step has no network",
    "memory": "a container that takes more memory than it may is killed",
    "processes": "a container gets no more processes than it may have",
    "names": "a name that nobody has does not resolve",
    "volumes": "a new volume gets what the image holds there",
}
_HANDLER = "import signal as s, sys\ns.signal(15, lambda *_: sys.exit(0))\nwhile True: s.pause()"
_NO_HANDLER = "import signal as s\nwhile True: s.pause()"
_HOG = "x = bytearray(b'x') * (400 << 20)"
_FORKS = """
import os, time
made = 0
try:
    for _ in range(400):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        made += 1
except OSError:
    pass
print(made, flush=True)
"""
_NAMES = """
import socket
try:
    print(socket.gethostbyname("nobody-has-this-name.invalid"))
except OSError:
    print("no")
"""
_WORDS = ("one", "two words", "")
_GRACE = 2
_READY = 20.0
_DEADLINE = 60.0


class Trial:
    """What one engine does with programs that are known; each is tried once, from any thread."""

    def __init__(self, engine: Engine, run_id: str) -> None:
        self._engine = engine
        self._run_id = run_id
        self._found: dict[Trait, str] = {}
        self._lock = threading.Lock()

    def fault(self, trait: Trait, base: str) -> str:
        """Return how the engine fails at a trait, empty if it does not.

        `base` is the id of an image with python3 and /bin/sh. Raises EngineFault where the engine
        could not be asked.
        """
        with self._lock:
            if trait not in self._found:
                self._found[trait] = _TRIALS[trait](self, base)
                _log.info("tried %r: %s", trait, self._found[trait] or "as it should be")
            return self._found[trait]

    def require(self, trait: Trait, base: str) -> None:
        """Raise EngineFault where the engine fails at a trait."""
        if fault := self.fault(trait, base):
            raise EngineFault(f"this engine fails a program of the grader's own: {fault}")

    # --- containers ------------------------------------------------------------------------

    def _run(self, base: str, command: tuple[str, ...], within: float = _READY) -> tuple[int, str]:
        """Return the exit code and the output of a container that ends; -1 where it does not."""
        container = self._engine.create(ContainerSpec(base, command, run_id=self._run_id))
        try:
            self._engine.start(container)
            ended = self._engine.wait(container, within)
            code = self._engine.inspect(container).exit_code if ended else -1
            return code, " ".join(line.text for line in self._engine.log(container))
        finally:
            self._engine.remove(container)

    def _seen(self, container: str, wanted: Callable[[tuple[Process, ...]], bool]) -> bool:
        ends = time.monotonic() + _READY
        while time.monotonic() < ends and self._engine.inspect(container).running:
            if wanted(self._engine.processes(container)):
                return True
            time.sleep(0.05)
        return False

    def _stopped(self, base: str, program: str) -> tuple[int, list[int], float]:
        """Return the exit code of a stopped program, the signals recorded, and how long it took."""
        command = ("python3", "-c", program)
        container = self._engine.create(ContainerSpec(base, command, run_id=self._run_id))
        handles = program == _HANDLER
        try:
            self._engine.start(container)
            started = self._engine.inspect(container).started_at

            def ready(processes: tuple[Process, ...]) -> bool:
                return any(p.is_python and (p.catches_term or not handles) for p in processes)

            if not self._seen(container, ready):
                raise EngineFault("a program of the grader's own did not come to run")
            begin = self._engine.now()
            self._engine.stop(container, _GRACE)
            record = self._engine.inspect(container)
            events = self._engine.events(container, started, self._engine.now())
            signals = [event.signal or 0 for event in events if event.action == "kill"]
            return record.exit_code, signals, record.finished_at - begin
        finally:
            self._engine.remove(container)

    def _handler(self, base: str) -> str:
        code, _, took = self._stopped(base, _HANDLER)
        if code != 0:
            return f"docker stop ends a program that handles SIGTERM with exit code {code}"
        return "" if took < _GRACE else f"a handler of SIGTERM ends its program after {took:.1f} s"

    def _no_handler(self, base: str) -> str:
        code, _, took = self._stopped(base, _NO_HANDLER)
        if code != KILLED:
            return f"docker stop ends a program without a handler with exit code {code}, not 137"
        early = took < _GRACE - 1  # finished_at may be a second's whole
        return f"docker stop kills after {took:.1f} s, not {_GRACE} s" if early else ""

    def _signals(self, base: str) -> str:
        _, signals, _ = self._stopped(base, _NO_HANDLER)
        if signals == [SIGTERM, SIGKILL]:
            return ""
        return f"of the signals 15 and 9 it records {', '.join(map(str, signals)) or 'none'}"

    def _arguments(self, base: str) -> str:
        command = ("python3", "-c", _NO_HANDLER, *_WORDS)
        spec = ContainerSpec(base, command, env={"TRIAL": "a=b"}, run_id=self._run_id)
        container = self._engine.create(spec)
        try:
            self._engine.start(container)
            # It catches SIGINT when it is up; just before, a program has no environment yet.
            if not self._seen(container, lambda found: any(p.catches(SIGINT) for p in found)):
                return "no Python is seen where one runs"
            init = self._engine.processes(container)[0]
            if init.argv != command:
                return f"the words of a program are not told: {init.argv}"
            variables = self._engine.environment(container, init.pid) or {}
            if variables.get("TRIAL") != "a=b":
                return "the environment of a program is not told"
            digest = self._engine.program_sha256(container, init.pid)
            return "" if digest else "the file that a program runs is not told"
        finally:
            self._engine.remove(container)

    def _fork(self, base: str) -> str:
        shell = f"python3 -c '{_NO_HANDLER}'; :"
        spec = ContainerSpec(base, ("/bin/sh", "-c", shell), run_id=self._run_id)
        container = self._engine.create(spec)
        try:
            self._engine.start(container)

            def below(found: tuple[Process, ...]) -> bool:
                return any(p.is_python and p.ppid == found[0].pid for p in found[1:])

            return "" if self._seen(container, below) else "a child of PID 1 is not seen"
        finally:
            self._engine.remove(container)

    # --- limits ----------------------------------------------------------------------------

    def _memory(self, base: str) -> str:
        code, _ = self._run(base, ("python3", "-c", _HOG))
        return "" if code == KILLED else f"400 MiB of memory were had (exit code {code})"

    def _processes(self, base: str) -> str:
        _, said = self._run(base, ("python3", "-c", _FORKS), profile.CALL_TIMEOUT + _READY)
        most = profile.RUN_LIMITS["pids_limit"]
        few = said.isdigit() and int(said) < most
        return "" if few else f"{said or 'no'} processes could be made of {most} that are allowed"

    def _names(self, base: str) -> str:
        _, said = self._run(base, ("python3", "-c", _NAMES))
        return "" if said == "no" else f"a name that nobody has leads to {said or 'no end'}"

    def _volumes(self, base: str) -> str:
        volume = self._engine.create_volume(self._run_id)
        mount = Mount("volume", "/etc", volume)
        spec = ContainerSpec(base, ("true",), run_id=self._run_id, mounts=(mount,))
        try:
            container = self._engine.create(spec)
            try:
                self._engine.start(container)
                self._engine.wait(container, _READY)
                there = self._engine.exists(container, "/etc/passwd")
            finally:
                self._engine.remove(container)
        finally:
            self._engine.remove_volume(volume)
        return "" if there else "a new volume stays empty"

    # --- builds ----------------------------------------------------------------------------

    def _built(self, base: str, step: str) -> str:
        """Return why a build of one RUN step fails, empty if it does not."""
        text = f"FROM {base}\nLABEL {LABEL}={CACHE}\nRUN {step} # {secrets.token_hex(8)}\n"
        context = pack({"Dockerfile": text.encode()}, ())
        record = self._engine.build(context, dockerfile="Dockerfile", deadline=_DEADLINE)
        if record.image_id is not None:
            self._engine.remove_image(record.image_id)
            return ""
        if record.timed_out:
            raise EngineFault("a build of the grader's own did not end in time")
        words = [line for line in record.log.splitlines() if "error" in line.lower()]
        return " ".join([*words[-1:], record.error or "it took too long"])[-400:]

    def _run_step(self, base: str) -> str:
        fault = self._built(base, ":")
        return f"a RUN step that does nothing fails: {fault}" if fault else ""

    def _build_network(self, base: str) -> str:
        fault = self._built(base, 'test "$(ls /sys/class/net)" = lo')
        return "a RUN step has a network, or none runs" if fault else ""


_TRIALS: Mapping[Trait, Callable[[Trial, str], str]] = {
    "handler": Trial._handler,  # noqa: SLF001 - the table of its own methods
    "no handler": Trial._no_handler,  # noqa: SLF001
    "signals": Trial._signals,  # noqa: SLF001
    "arguments": Trial._arguments,  # noqa: SLF001
    "fork": Trial._fork,  # noqa: SLF001
    "run step": Trial._run_step,  # noqa: SLF001
    "build network": Trial._build_network,  # noqa: SLF001
    "memory": Trial._memory,  # noqa: SLF001
    "processes": Trial._processes,  # noqa: SLF001
    "names": Trial._names,  # noqa: SLF001
    "volumes": Trial._volumes,  # noqa: SLF001
}


def try_all(engine: Engine, base: str, run_id: str) -> Mapping[Trait, str]:
    """Return of every trait how the engine fails at it, empty where it does not."""
    trial = Trial(engine, run_id)
    engine.read_with(base, run_id)
    found: dict[Trait, str] = {}
    for trait in TRAITS:
        try:
            found[trait] = trial.fault(trait, base)
        except EngineError as error:
            found[trait] = f"it could not be tried: {error}"
    return found
