"""Makes a stand-in for a `python:…` image from the host's packages, where no registry answers.

It has the real image's CMD, PATH and the places and names of its interpreter; the interpreter
itself is the distribution's. It carries a label, and every report says that it was used.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grader.core.errors import GraderError
from grader.engine.profile import BUILD_DEADLINE, PULL_DEADLINE
from grader.engine.protocol import STANDIN_LABEL, Engine
from grader.engine.tar import pack

# One root file system serves every stand-in; each adds only its own names in a layer above.
_ROOT = "docker-tutorial-grader/standin-root:1"
_PACKAGES = "python3,procps,ca-certificates,netbase"
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHON_TAG = re.compile(r"^python:(3\.[0-9]+)(?:-slim)?(?:-[a-z]+)?$")


class StandinError(GraderError):
    """No stand-in can be made here; says why and what to do."""


def make_standin(engine: Engine, reference: str) -> None:
    """Make a stand-in and give it the real image's name; never called when that name is taken."""
    match = _PYTHON_TAG.match(reference)
    if match is None:
        raise StandinError(
            f"only python:3.N images have stand-ins, {reference} is none. Pull it by hand."
        )
    root = engine.image(_ROOT)
    root_id = root.id if root else _make_root(engine)
    names = ("python3", "python", f"python{match[1]}")
    links = " && ".join(f"ln -sf /usr/bin/python3 /usr/local/bin/{name}" for name in names)
    dockerfile = (
        f"FROM {root_id}\n"
        f"LABEL {STANDIN_LABEL}={reference}\n"
        f"ENV PATH={_PATH} LANG=C.UTF-8\n"
        f"RUN {links}\n"
        'CMD ["python3"]\n'
    )
    record = engine.build(
        pack({"Dockerfile": dockerfile.encode()}), dockerfile="Dockerfile", deadline=BUILD_DEADLINE
    )
    if record.image_id is None:
        raise StandinError(f"building it failed: {record.error}")
    engine.tag(record.image_id, reference)


def _make_root(engine: Engine) -> str:
    image_id = root_from_packages(engine, _PACKAGES, "root")
    engine.tag(image_id, _ROOT)
    return image_id


def root_from_packages(
    engine: Engine, packages: str, label: str, options: Sequence[str] = ()
) -> str:
    """Import a root file system of the host distribution's packages; return the image's id.

    `packages` are their names with commas between, `label` says what it stands in for, `options`
    are further ones of mmdebstrap. StandinError where it is missing or fails.
    """
    tool = shutil.which("mmdebstrap")
    if tool is None:
        raise StandinError("mmdebstrap is missing; on Debian or Ubuntu: apt-get install mmdebstrap")
    with tempfile.TemporaryDirectory(prefix="grader-standin-") as folder:
        tarball = Path(folder) / "root.tar"
        include = f"--include={packages}"
        command = [tool, "--variant=apt", *options, include, host_codename(), str(tarball)]
        made = subprocess.run(  # noqa: S603 - a fixed command, nothing of a student's in it
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=PULL_DEADLINE,
            stdin=subprocess.DEVNULL,
        )
        if made.returncode != 0:
            last = "; ".join(made.stderr.strip().splitlines()[-3:])
            raise StandinError(f"mmdebstrap failed: {last}")
        changes = [f"LABEL {STANDIN_LABEL}={label}"]
        return engine.import_image(str(tarball), changes, PULL_DEADLINE)


def host_codename() -> str:
    """Return the host's release; StandinError where it is neither Debian's nor Ubuntu's."""
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    match = re.search(r'^VERSION_CODENAME="?([a-z]+)"?$', release, re.MULTILINE)
    if match is None:
        raise StandinError("stand-ins are made from Debian's or Ubuntu's packages; this is neither")
    return match[1]
