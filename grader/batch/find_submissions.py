"""Finds the submissions in a folder of folders, and what of it cannot be taken as one."""

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import visible
from grader.results.folder_names import LONGEST, same_elsewhere, unfit_name

_LISTED = 20


@dataclass(frozen=True, slots=True)
class Source:
    """One submission's folder; its name is the student's id everywhere."""

    id: str
    path: Path


@dataclass(frozen=True, slots=True)
class FoundSubmissions:
    """The submissions in order of name, and what else lies beside them."""

    sources: tuple[Source, ...]
    strays: tuple[str, ...]


def find_sources(folder: Path, results: Path, labs: Collection[str]) -> FoundSubmissions:
    """Return the submissions in `folder`; UsageError lists all that must be mended first.

    Hidden entries are passed over. `results` must be neither inside `folder` nor around it.
    """
    _apart(folder, results)
    sources: list[Source] = []
    strays: list[str] = []
    for entry in _entries(folder):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            sources.append(Source(entry.name, Path(entry.path)))
        else:
            strays.append(visible(entry.name) + _kind(entry))
    if not sources:
        raise UsageError(
            f"There is no submission in {_shown(folder)}: "
            "each one is a folder of its own, with the lab folders in it."
        )
    inside = sorted(source.id for source in sources if source.id in labs)
    if inside:
        raise UsageError(
            f"{_shown(folder)} holds the lab folder {inside[0]}, so it looks like one submission. "
            "Grade it with `grader check`, or name the folder that holds all submissions."
        )
    _refuse([*_unusable(sources), *_twins(sources)])
    return FoundSubmissions(tuple(sources), tuple(strays))


def choose(sources: Sequence[Source], only: Sequence[str]) -> tuple[Source, ...]:
    """Return the sources that are named, all of them where none is; UsageError for unknown ids."""
    by_id = {source.id: source for source in sources}
    unknown = [name for name in only if name not in by_id]
    if unknown:
        _refuse([_unknown(name, by_id) for name in unknown])
    return tuple(s for s in sources if s.id in only) if only else tuple(sources)


def _unknown(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=3)
    hint = f" Did you mean {' or '.join(visible(n) for n in near)}?" if near else ""
    return f"There is no submission '{visible(name)}'.{hint}"


def _apart(folder: Path, results: Path) -> None:
    if not folder.is_dir():
        seen = "is no folder" if folder.exists() else "does not exist"
        raise UsageError(f"{_shown(folder)} {seen}. Name the folder that holds the submissions.")
    one, other = folder.resolve(), results.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise UsageError(
            f"The results ({_shown(results)}) and the submissions ({_shown(folder)}) lie in one "
            "another. Name a folder beside them with --out."
        )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(f"{_shown(folder)} cannot be read: {error.strerror}.") from error


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return " (a link)"
    return "" if stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode) else " (no regular file)"


def _unusable(sources: Iterable[Source]) -> list[str]:
    """Return why names cannot be those of folders in RESULTS, and of files made from them."""
    return [
        f"{visible(source.id)[:LONGEST]}: no submission's folder can be called that: {why}. "
        "Rename it."
        for source in sources
        if (why := unfit_name(source.id))
    ]


def _twins(sources: Iterable[Source]) -> list[str]:
    """Return the names that are one name on a system that folds case or Unicode forms."""
    alike = same_elsewhere(source.id for source in sources)
    return [
        f"{' and '.join(visible(name) for name in names)}: names that differ only in case or in "
        "how a letter is written. If both are one student's, take one away; else rename one."
        for names in alike.values()
    ]


def _refuse(problems: list[str]) -> None:
    if len(problems) > _LISTED:
        more = len(problems) - _LISTED
        problems = [*problems[:_LISTED], f"... and {more} more"]
    if problems:
        raise UsageError("\n".join(problems))


def _shown(path: Path) -> str:
    return visible(str(path))
