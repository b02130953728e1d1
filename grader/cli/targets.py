"""What a word after `grader check` means: a submission, a lab in it, or a file of a lab."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import shorten


@dataclass(frozen=True, slots=True)
class Target:
    """A submission's folder, and the ids of the labs in it that are meant: none means all."""

    folder: Path
    labs: tuple[str, ...] = ()


def find_target(words: Sequence[str], labs: Sequence[str], home: Path | None = None) -> Target:
    """Return what `words` mean where `labs` are the ids of all labs.

    A word is a path, or a lab as `lab_named` takes it. Without words it is the current folder: in
    a lab's folder that lab; where no lab is, `home`, the starter repository that was called, if
    there is one. UsageError names what is no path and no lab, and words that are about two
    submissions.
    """
    here = Path.cwd()
    if not words:
        found = _of_path(here, labs)
        if found is None and home is not None:
            return Target(home)
        return found or Target(Path())
    targets = [_of_word(word, labs, here, home) for word in words]
    folders = list(dict.fromkeys(target.folder for target in targets))
    if len(folders) > 1:
        raise UsageError(
            f"{shorten(words[0])} and {shorten(words[-1])} belong to two submissions "
            f"({folders[0]} and {folders[-1]}). Check one of them at a time."
        )
    if any(not target.labs for target in targets):
        return Target(folders[0])
    named = (lab for target in targets for lab in target.labs)
    return Target(folders[0], tuple(dict.fromkeys(named)))


def lab_named(word: str, labs: Sequence[str]) -> str:
    """Return the lab that a word means: its id or folder, its number, a part of its name, a file.

    UsageError lists the labs where it means none of them, or several.
    """
    several = _meant(word, labs)
    if not several:
        raise UsageError(f"There is no lab '{shorten(word)}'. The labs are: {', '.join(labs)}.")
    return _only(word, several)


def _only(word: str, several: Sequence[str]) -> str:
    if len(several) > 1:
        raise UsageError(f"'{shorten(word)}' may be one of {', '.join(several)}. Name one of them.")
    return several[0]


def _meant(word: str, labs: Sequence[str]) -> list[str]:
    steps = [step for step in word.lower().replace("\\", "/").split("/") if step not in {"", "."}]
    for lab in labs:
        if lab.lower() in steps:
            return [lab]
    if len(steps) != 1:
        return []
    return _by_number(steps[0], labs) or [lab for lab in labs if steps[0] in lab.lower()]


def _by_number(word: str, labs: Sequence[str]) -> list[str]:
    if not word.isdigit():
        return []
    numbers = {lab: lab.split("-", 1)[0] for lab in labs}
    return [lab for lab, n in numbers.items() if n.isdigit() and int(n) == int(word)]


def _of_word(word: str, labs: Sequence[str], here: Path, home: Path | None) -> Target:
    path = Path(word)
    if path.exists():
        return _of_path(path.absolute(), labs) or Target(path)
    several = _meant(word, labs)
    if not several:
        raise UsageError(
            f"{shorten(word)} does not exist, and no lab is called so. Name the folder that holds "
            f"the labs, or one of them: {', '.join(labs)}."
        )
    around = _of_path(here, labs)
    return Target(around.folder if around else home or here, (_only(word, several),))


def _of_path(path: Path, labs: Sequence[str]) -> Target | None:
    """Return the submission that a path is, or the lab that it is or lies in; None for others."""
    if any((path / lab).is_dir() for lab in labs):
        return Target(path)
    for place in (path, *path.parents):
        if place.name in labs and place.is_dir():
            return Target(place.parent, (place.name,))
    return None
