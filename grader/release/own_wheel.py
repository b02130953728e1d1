"""The wheel of this grader itself, for courses that name no other: of a checkout or installed.

Its bytes depend on its files alone. They are put into a zip in one order, with one time and not
compressed: what deflating gives depends on the version of zlib, and git compresses them anyway.
"""

import base64
import hashlib
import importlib.metadata
import io
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.release.course import DISTRIBUTION, Wheel
from grader.spec import catalog

# The earliest time a zip can hold: it says nothing about when this one was made.
_TIME = (1980, 1, 1, 0, 0, 0)
_PATIENCE = 300
# What pip adds when it installs, and no wheel holds.
_ADDED = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    executable: bool = False


def own_wheel() -> Wheel:
    """Return this grader's wheel, the same bytes wherever it is made.

    UsageError says what is missing where it cannot be made.
    """
    root = catalog.checkout()
    name, files = _installed() if root is None else _built(root)
    wheel = Wheel(name, _packed(files))
    _log.info("the wheel is %s: %d files, %d bytes", name, len(files), len(wheel.content))
    return wheel


def _built(root: Path) -> tuple[str, dict[str, _File]]:
    if find_spec("hatchling") is None:
        raise UsageError(
            "The wheel that students get is made with Python's package hatchling, which is not "
            f"installed here. Run {root}/script/bootstrap, or name a wheel in course.yaml."
        )
    with tempfile.TemporaryDirectory(prefix="grader-wheel-") as folder:
        made = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=root,
            env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
        found = sorted(Path(folder).glob("*.whl"))
        if made.returncode or not found:
            last = (made.stderr or made.stdout).strip().splitlines()[-1:]
            raise UsageError(
                f"The wheel that students get could not be built from {root}: "
                f"{shorten(' '.join(last), 300)}. `script/build` there says more."
            )
        with zipfile.ZipFile(found[0]) as archive:
            files = {
                entry.filename: _File(archive.read(entry), bool(entry.external_attr >> 16 & 0o100))
                for entry in archive.infolist()
            }
        return found[0].name, files


def _installed() -> tuple[str, dict[str, _File]]:
    """Return the files of the wheel that this grader was installed from."""
    found = importlib.metadata.distribution(DISTRIBUTION)
    tag = next(
        line.removeprefix("Tag: ")
        for line in (found.read_text("WHEEL") or "").splitlines()
        if line.startswith("Tag: ")
    )
    files: dict[str, _File] = {}
    for path in found.files or ():
        inside = path.parts[0] not in {"..", "/"} and "__pycache__" not in path.parts
        if inside and not (path.parent.suffix == ".dist-info" and path.name in _ADDED):
            try:
                executable = os.access(path.locate(), os.X_OK)
                files[path.as_posix()] = _File(path.read_binary(), executable)
            except OSError as error:
                raise UsageError(
                    f"{path} of this installation cannot be read ({error.strerror}), so no wheel "
                    "can be made of it. Install the grader again."
                ) from error
    return f"{DISTRIBUTION.replace('-', '_')}-{found.version}-{tag}.whl", files


def _packed(files: Mapping[str, _File]) -> bytes:
    (record,) = {f"{name.split('/')[0]}/RECORD" for name in files if ".dist-info/" in name}
    listed = {name: content for name, content in sorted(files.items()) if name != record}
    lines = [
        f"{name},sha256={_digest(file.content)},{len(file.content)}"
        for name, file in listed.items()
    ]
    listed[record] = _File("\n".join([*lines, f"{record},,", ""]).encode())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, file in listed.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100755 if file.executable else 0o100644) << 16
            archive.writestr(entry, file.content)
    return packed.getvalue()


def _digest(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
