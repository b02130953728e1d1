"""Makes the image of the machines that students' scripts run on, once for each kind of machine.

A base with the real programs comes from a registry and the distribution's archive; where neither
answers, from the packages of the host's own distribution, as other stand-ins do. Above it,
`image_setup.py` moves curl, gpg and their kin into small packages and signs two archives of them.
The image's name carries a digest of all that it is made of: a change makes another image.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.build.standin import StandinError, root_from_packages
from grader.core.errors import EngineFault, EngineRefusal
from grader.engine.profile import BUILD_DEADLINE, PULL_DEADLINE
from grader.engine.protocol import STANDIN_LABEL, Engine
from grader.engine.tar import pack

PARTS = Path(__file__).parent.parent / "observe" / "script" / "machine"
HOME = "/usr/lib/machine"
NAME = "docker-tutorial-grader/machine"
_ROOT = "docker-tutorial-grader/machine-root"
# What makes the image; the rest of the machine's modules are for its process 1.
_SETUP = ("image_*.py", "docker_key.py", "openpgp.py")
# What every machine has before it is made; image_setup.py moves some of it into packages.
_PROGRAMS = (
    "python3", "procps", "netbase", "sudo", "adduser", "curl", "wget", "gnupg", "ca-certificates",
    "lsb-release", "openssl", "ncurses-bin", "ncurses-term", "less",
)  # fmt: skip
# The command line alone: the engine's package would bring a hundred MiB of engine.
_DOCKER = (
    "set -e; mkdir /tmp/docker; cd /tmp/docker; "
    "apt-get download docker-cli 2> /dev/null || apt-get download docker.io; "
    "dpkg-deb --fsys-tarfile *.deb | tar -x -C / ./usr/bin/docker; rm -r /tmp/docker"
)
_lock = threading.Lock()

Announce = Callable[[str], None]


def machine_image(
    engine: Engine, base: str, packages: Sequence[str] = (), announce: Announce = lambda _: None
) -> str:
    """Return the id of the image of a machine, made now where it is not there yet.

    Raises EngineFault, with what to do, where it cannot be made.
    """
    name = image_name(base, packages)
    with _lock:
        if record := engine.image(name):
            return record.id
        announce(f"{name}: making the machine that scripts run on (about a minute, once)")
        root = _root(engine, base, tuple(packages), announce)
        made = engine.build(
            pack(_context(root, packages)), dockerfile="Dockerfile", deadline=BUILD_DEADLINE
        )
        if made.image_id is None:
            raise EngineFault(
                f"The machine for scripts could not be made ({made.error}). {made.log[-400:]}"
            )
        engine.tag(made.image_id, name)
        return made.image_id


def is_standin(engine: Engine, image_id: str) -> bool:
    """Return whether a machine's image was made from the host distribution's packages."""
    record = engine.image(image_id)
    return record is not None and STANDIN_LABEL in record.labels


def image_name(base: str, packages: Sequence[str]) -> str:
    """Return the name of the image of this kind of machine; in it is all that it is made of."""
    digest = hashlib.sha256(
        "\0".join((base, *_PROGRAMS, *packages, _DOCKER, STANDIN_LABEL)).encode()
    )
    for path in sorted(PARTS.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{NAME}:{digest.hexdigest()[:16]}"


def _context(root: str, packages: Sequence[str]) -> dict[str, bytes]:
    """Return a build context: the setup is a layer below the agent, which changes more often."""
    words = " ".join(packages)
    dockerfile = (
        f"FROM {root}\n"
        f"COPY {' '.join(_SETUP)} /tmp/making/\n"
        f"RUN python3 /tmp/making/image_setup.py {words} && rm -r /tmp/making\n"
        f"COPY *.py {HOME}/\n"
    )
    parts = {path.name: path.read_bytes() for path in sorted(PARTS.glob("[a-z]*.py"))}
    return {**parts, "Dockerfile": dockerfile.encode()}


def _root(engine: Engine, base: str, packages: tuple[str, ...], announce: Announce) -> str:
    """Return the id of the base with the real programs in it."""
    wanted = (*_PROGRAMS, *packages)
    made_of = repr((base, wanted, _DOCKER, STANDIN_LABEL))
    name = f"{_ROOT}:{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
    if record := engine.image(name):
        return record.id
    try:
        if engine.image(base) is None:
            engine.pull(base, PULL_DEADLINE)
        image_id = _from_registry(engine, base, wanted)
    except (EngineFault, EngineRefusal) as error:
        announce(f"{base}: no registry gave it, making a stand-in (about a minute, once)")
        try:
            image_id = _from_packages(engine, wanted)
        except StandinError as problem:
            raise EngineFault(
                f"{base} could not be had ({error}), and no stand-in could be made: {problem}"
            ) from problem
    engine.tag(image_id, name)
    return image_id


def _from_registry(engine: Engine, base: str, wanted: Sequence[str]) -> str:
    """Install what is wanted into a distribution's own image; its archive has to answer."""
    dockerfile = (
        f"FROM {base}\n"
        "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "
        f"--no-install-recommends {' '.join(wanted)} && {_DOCKER}\n"
    )
    context = pack({"Dockerfile": dockerfile.encode()})
    record = engine.build(context, dockerfile="Dockerfile", deadline=PULL_DEADLINE, online=True)
    if record.image_id is None:
        raise EngineFault(f"its packages could not be installed: {record.error}")
    return record.image_id


def _from_packages(engine: Engine, wanted: Sequence[str]) -> str:
    """Make a root file system of the packages of the host's distribution."""
    return root_from_packages(
        engine,
        ",".join(wanted),
        "machine",
        options=(
            '--aptopt=APT::Install-Recommends "0"',
            f"--customize-hook=chroot \"$1\" sh -c '{_DOCKER}'",
        ),
    )
