"""Makes the throw-away machines a script runs on: a container, its commands our recording shims.

The shims are bind-mounted read-only, single files over the real commands; the real ones stand
beside them, for the shims to run. docs/isolation.md says why nothing in there can forge a record.
"""

import json
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import EngineFault, EngineRefusal
from grader.engine.profile import MIB, SCRIPT_CAPABILITIES, SCRIPT_DEADLINE, SCRIPT_PATIENCE
from grader.engine.protocol import ContainerSpec, Engine, Mount
from grader.facts.scripts import ScriptWorld
from grader.observe.script.recording import Recording, read_recording

_PARTS = Path(__file__).parent / "world"
_HOME = "/usr/lib/lab"
_RECORDER = ("/usr/local/bin/python3", "-IS", f"{_HOME}/recorder.py")
_BIN = (
    "sudo apt-get apt apt-key apt-cache curl wget gpg dpkg lsb_release uname arch tee "
    "install mkdir chmod newgrp sg gpasswd systemctl logname sleep "
    "add-apt-repository"
)
_SBIN = "groupadd usermod adduser addgroup service reboot shutdown poweroff"
_SHIMS = (
    *(f"/usr/bin/{name}" for name in _BIN.split()),
    *(f"/usr/sbin/{name}" for name in _SBIN.split()),
)
# What the shims of these run, and where the base image has it.
_REAL = {
    "tee": "/usr/bin/tee",
    "install": "/usr/bin/install",
    "mkdir": "/usr/bin/mkdir",
    "chmod": "/usr/bin/chmod",
    "dpkg": "/usr/bin/dpkg",
    "gpasswd": "/usr/bin/gpasswd",
    "groupadd": "/usr/sbin/groupadd",
    "usermod": "/usr/sbin/usermod",
    "adduser": "/usr/sbin/adduser",
    "addgroup": "/usr/sbin/adduser",
}
_TOOL_LIMIT = 4 * MIB
# For making the machine, and for ending what a script left running.
_MARGIN = 25.0
# The uid of the user in there: the kernel counts a user's processes over all containers.
_FIRST_UID, _UIDS = 20_000, 40_000

_tools: dict[str, Mapping[str, bytes]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """The machine to make for a script; the recorder in it gets the same values.

    `others` are users besides `user`, `groups` the user's further groups. `engine`: Docker is
    installed; `members` are those of the group docker then, None if that group is not there.
    `sudo`: the script is started through it. `breaks` is the step to make fail: its kind, and
    which of its kind, counted from 1.
    """

    name: str
    release: str
    arch: str
    umask: int
    user: str
    others: tuple[str, ...]
    groups: tuple[str, ...]
    engine: bool
    members: tuple[str, ...] | None
    sudo: bool
    runs: int
    breaks: tuple[str, int] | None = None


class Machines:
    """Runs one script on throw-away machines, one machine for each call; used by many threads."""

    def __init__(self, engine: Engine, image: str, run_id: str, folder: Path, file: str) -> None:
        self._engine = engine
        self._image = image
        self._run_id = run_id
        self._folder = folder
        self._file = file

    def run(self, machine: MachineSpec) -> ScriptWorld:
        """Make a machine, run the script on it, remove it, and return what happened.

        Raises EngineFault where the machine could not be made, or got no processor.
        """
        secret, uid = secrets.token_hex(16), _FIRST_UID + secrets.randbelow(_UIDS)
        recording = self._record(machine, secret, uid)
        if any(run.ended == "starved" for run in recording.runs):
            raise EngineFault("this machine is too busy: a script hardly got a processor")
        if not recording.ready:
            raise EngineFault("the machine for the script could not be made; is the base complete?")
        return ScriptWorld(
            name=machine.name,
            release=machine.release,
            arch=machine.arch,
            umask=machine.umask,
            user=machine.user,
            uid=uid,
            sudo=machine.sudo,
            breaks=machine.breaks,
            states=tuple(recording.states),
            start=recording.start,
            runs=tuple(recording.runs),
        )

    def _record(self, machine: MachineSpec, secret: str, uid: int) -> Recording:
        engine = self._engine
        try:
            container = engine.create(self._spec(machine, secret, uid))
        except EngineRefusal as refusal:
            raise EngineFault(
                f"the machine for the script was refused ({refusal}). Its commands are files of "
                f"{self._folder} on this machine: the engine has to run here and see them."
            ) from refusal
        try:
            engine.start(container)
            if not engine.wait(container, SCRIPT_PATIENCE * machine.runs + _MARGIN):
                engine.kill(container)
            return read_recording((line.text for line in engine.log(container)), secret)
        finally:
            engine.remove(container)

    def _spec(self, machine: MachineSpec, secret: str, uid: int) -> ContainerSpec:
        world = {
            "secret": secret,
            "file": self._file,
            "release": machine.release,
            "arch": machine.arch,
            "umask": machine.umask,
            "user": machine.user,
            "uid": uid,
            "others": machine.others,
            "groups": machine.groups,
            "docker": machine.engine,
            "members": machine.members,
            "sudo": machine.sudo,
            "runs": machine.runs,
            "seconds": SCRIPT_DEADLINE,
            "patience": SCRIPT_PATIENCE,
            "breaks": machine.breaks,
            "shims": _SHIMS,
            "census": machine.breaks is None,
        }
        shim = str(self._folder / "shim.py")
        return ContainerSpec(
            image=self._image,
            args=_RECORDER,
            env={"LAB_WORLD": json.dumps(world)},
            run_id=self._run_id,
            user="0:0",
            capabilities=SCRIPT_CAPABILITIES,
            mounts=[
                Mount("bind", _HOME, str(self._folder), read_only=True),
                *(Mount("bind", path, shim, read_only=True) for path in _SHIMS),
            ],
        )


@contextmanager
def machines(
    engine: Engine, image: str, run_id: str, file: str, script: bytes
) -> Iterator[Machines]:
    """Yield the machines for a script; the files they are made of are removed afterwards."""
    tools = _real_tools(engine, image, run_id)
    with tempfile.TemporaryDirectory(prefix=f"grader-{run_id}-") as outer:
        folder = Path(outer) / "lab"
        (folder / "real").mkdir(parents=True)
        for part in sorted(_PARTS.glob("*.py")):
            shutil.copyfile(part, folder / part.name)
        (folder / "script").write_bytes(script)
        for name, content in tools.items():
            (folder / "real" / name).write_bytes(content)
        _open_up(folder)
        yield Machines(engine, image, run_id, folder, file)


def _open_up(folder: Path) -> None:
    """Let everybody in a container read it, whatever the grader's own umask is."""
    for place, _, names in os.walk(folder):
        Path(place).chmod(0o755)
        for name in names:
            path = Path(place) / name
            path.chmod(0o755 if path.parent.name == "real" or name == "shim.py" else 0o644)


def _real_tools(engine: Engine, image: str, run_id: str) -> Mapping[str, bytes]:
    """Return the base's own programs for the shims to run, read once for each image."""
    with _lock:
        if image not in _tools:
            container = engine.create(ContainerSpec(image=image, args=("true",), run_id=run_id))
            try:
                found = {n: engine.read(container, p, _TOOL_LIMIT) for n, p in _REAL.items()}
            finally:
                engine.remove(container)
            missing = sorted(name for name, content in found.items() if not content)
            if missing:
                raise EngineFault(f"the base image has no {', '.join(missing)}")
            _tools[image] = {name: content for name, content in found.items() if content}
        return _tools[image]
