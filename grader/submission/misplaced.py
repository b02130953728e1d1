"""What to do about a place that is no submission: the usual reasons, each with its way out."""

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.core.text import shorten, visible

_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".7z", ".rar")
_MOST = 200  # entries of a folder that are looked at


def not_a_folder(path: Path) -> str:
    """Return what is said of a file that was named as a submission."""
    name = visible(str(path))
    if path.name.lower().endswith(_ARCHIVES):
        return f"{name} is an archive: {_unpack(path.name)}, and name the folder that it makes."
    return f"{name} is not a folder. Name the submission's folder."


def no_lab_in(folder: Path, labs: Sequence[str]) -> str:
    """Return what is said of a folder in which there is no lab, the way out first."""
    way = next(_ways_out(folder, labs), "")
    where = visible(str(folder))
    if way:
        return f"{way} In {where} there is none of the lab folders ({', '.join(labs)})."
    return (
        f"{where} holds none of the lab folders ({', '.join(labs)}). "
        "Name the folder that holds them, as the starter repository does."
    )


def _ways_out(folder: Path, labs: Sequence[str]) -> Iterator[str]:
    entries = _entries(folder)
    for path in (folder, *entries):
        for lab in labs:
            if path.name != lab and path.name.casefold() == lab.casefold():
                name = shorten(path.name)
                yield f"Rename {name} to {lab} (mv {shlex.quote(name)} {lab}): case counts."
    for path in entries:
        if path.name.lower().endswith(_ARCHIVES) and path.is_file():
            yield f"Unpack {shorten(path.name)} first: {_unpack(path.name)}."
    for path in entries:
        if path.is_dir() and any((path / lab).is_dir() for lab in labs):
            name = shorten(path.name)
            yield f"The labs are in its folder {name}: name that one (cd {shlex.quote(name)})."


def _entries(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            return sorted(Path(entry) for entry, _ in zip(found, range(_MOST), strict=False))
    except OSError:
        return []


def _unpack(name: str) -> str:
    quoted = shlex.quote(shorten(name))
    if ".tar" in name or name.endswith(".tgz"):
        return f"tar xf {quoted}"
    return f"unzip {quoted}"
