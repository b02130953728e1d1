"""Digests of the grader's own code: what decides whether saved facts and results still hold."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from grader.core.version import grader_version

_PACKAGE = Path(__file__).parent.parent
# Labs and templates of an installed grader lie inside the package, and are not its code.
_ASSETS = "assets"


def grader_identity() -> str:
    """Return version and code in one line, such as "0.1.0 (code 1f0c2ab37d94)".

    Two machines with the same identity observe and judge alike.
    """
    return f"{grader_version()} (code {code_digest()[:12]})"


@cache
def code_digest(*parts: str) -> str:
    """Return the SHA-256, in hex, of the package's Python files and their paths in it.

    `parts` are rooms ("judge") or modules ("pipeline.py") to take alone; without any it is all of
    the package, also what the grader copies into containers. A checkout and a wheel made of it
    have the same digest. Reads about 240 files once, which takes some 10 ms.
    """
    return digest_of_code(_PACKAGE, parts)


def digest_of_code(package: Path, parts: tuple[str, ...] = ()) -> str:
    """Return the digest that `code_digest` describes, of the package in a folder."""
    found = hashlib.sha256()
    for path in _sources(package, parts):
        name = path.relative_to(package).as_posix()
        content = path.read_bytes()
        # Lengths first: no two packages can give the same bytes in another division.
        found.update(f"{len(name)} {name} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _sources(package: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(package.rglob("*.py")):
        top = path.relative_to(package).parts[0]
        if top != _ASSETS and (not parts or top in parts):
            yield path
