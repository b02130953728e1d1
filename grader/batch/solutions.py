"""Puts a model solution, or an overlay on it, together as the folder a student would hand in.

Overlays are wrong solutions and right ones of another shape.

For authors and tests: solutions live in a checkout only and are in nothing students get.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from grader.core.errors import SpecError, UsageError
from grader.core.models import Frozen
from grader.spec.assignment import Assignment
from grader.spec.observations import Id
from grader.spec.reader import Reader, read_document

EXPECTED = "expect.yaml"
_ROOT = Path(__file__).parent.parent.parent / "solutions"


def solutions_folder() -> Path:
    """Return the folder of solutions; UsageError where only the installed package is there."""
    if not _ROOT.is_dir():
        raise UsageError(
            "The model solutions are not part of an installed grader. "
            "Run this in a checkout of the course's repository."
        )
    return _ROOT


def solutions_beside(lab: Assignment) -> Path:
    """Return where the solutions of a lab are looked for: `solutions/` beside the labs' folder."""
    return lab.folder.parent.parent / "solutions" / lab.id


def models_beside(labs: Sequence[Assignment]) -> Path:
    """Return the folder that holds a model solution of each of the labs, beside their own.

    UsageError names the labs of which there is none.
    """
    lacking = [lab for lab in labs if not (solutions_beside(lab) / "model").is_dir()]
    if lacking:
        where = solutions_beside(lacking[0]).parent
        raise UsageError(
            f"There is no model solution of {', '.join(lab.id for lab in lacking)} in {where}. "
            "Solutions lie in a folder `solutions` beside the folder of the labs, as in a checkout "
            "of the course's repository; an installed grader has none."
        )
    return solutions_beside(labs[0]).parent


def has_model(lab: str) -> bool:
    """Return whether a model solution of the lab is here."""
    return (_ROOT / lab / "model").is_dir()


NO_CAUSE = "none"
"""What `cause` says of a mistake that no row of `judge/causes` knows."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An overlay's expect.yaml: `failed` maps a check to words that its reason must hold.

    `cause` is the id of the cause that its report must name first: NO_CAUSE where none of them fits
    and the first failed check's own hint has to explain it, empty where nothing is lost.
    """

    about: str
    failed: Mapping[str, str]
    skipped: frozenset[str]
    flags: frozenset[str]
    cause: str = ""


class _ExpectFile(Frozen):
    """What can stand in expect.yaml; a list under `failed` expects no special words."""

    about: str = Field(min_length=1)
    cause: Id | None = None
    failed: Mapping[Id, str] = Field(default_factory=dict)
    skipped: tuple[Id, ...] = ()
    flags: tuple[Id, ...] = ()


def expected(overlay: Path) -> Expected:
    """Return what an overlay expects; SpecError lists what is wrong with its expect.yaml."""
    path = overlay / EXPECTED
    reader = Reader(path, read_document(path))
    found = expected_of(reader)
    if found is None or reader.problems:
        raise reader.give_up()
    return found


def expected_of(reader: Reader) -> Expected | None:
    """Return what an expect.yaml says; None after noting in `reader` what is wrong with it."""
    raw = dict(reader.mapping(reader.document.value, (), "what an overlay loses"))
    for name in ("failed", "skipped", "flags"):
        if not isinstance(raw.get(name, []), list | dict | None):
            reader.problem((name,), f"`{name}` is no list of checks; write `- ` before each")
            del raw[name]
    if isinstance(failed := raw.get("failed"), list):
        raw["failed"] = dict.fromkeys((str(name) for name in failed), "")
    found = reader.model(_ExpectFile, {key: raw[key] for key in raw if raw[key] is not None}, ())
    if found is None:
        return None
    skipped, flags = frozenset(found.skipped), frozenset(found.flags)
    return Expected(found.about, found.failed, skipped, flags, found.cause or "")


@dataclass(frozen=True, slots=True)
class SolutionFile:
    """One file of a solution, and whether it carries the execute bit: COPY keeps it."""

    content: bytes
    executable: bool


@dataclass(frozen=True, slots=True)
class Overlay:
    """What an overlay's folder holds; `expect` reads its expect.yaml, None where there is none.

    `files` are all others by relative path; one called NAME.absent takes NAME away.
    """

    path: Path
    files: Mapping[str, SolutionFile]
    expect: Reader | None
    problems: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        """Return whether it is a wrong solution and not a right one of another shape."""
        return self.path.parent.name == "wrong"


@dataclass(frozen=True, slots=True)
class Solutions:
    """All solutions of one lab, read from their folder; `model` is None where there is none."""

    folder: Path
    model: Mapping[str, SolutionFile] | None
    overlays: tuple[Overlay, ...]


def read_solutions(folder: Path) -> Solutions:
    """Return what the folder of a lab's solutions holds, `solutions/<lab>`."""
    kinds = (folder / "wrong", folder / "right")
    found = (path for kind in kinds for path in sorted(kind.glob("*")) if path.is_dir())
    model = folder / "model"
    return Solutions(folder, _files(model) if model.is_dir() else None, tuple(map(_overlay, found)))


def _overlay(path: Path) -> Overlay:
    files = _files(path)
    files.pop(EXPECTED, None)
    try:
        return Overlay(path, files, Reader(path / EXPECTED, read_document(path / EXPECTED)))
    except SpecError as error:
        return Overlay(path, files, None, tuple(error.problems))


def _files(folder: Path) -> dict[str, SolutionFile]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): SolutionFile(
            path.read_bytes(), bool(path.stat().st_mode & 0o100)
        )
        for path in paths
    }


def overlays(lab: str, kind: str) -> tuple[Path, ...]:
    """Return a lab's overlays on its model solution; `kind` is `wrong` or `right`."""
    folder = solutions_folder() / lab / kind
    return tuple(sorted(path for path in folder.glob("*") if path.is_dir()))


def assemble(
    target: Path, lab: str, overlay: Path | None = None, solutions: Path | None = None
) -> Path:
    """Write one lab's solution into `target/<lab>` and return `target`.

    `solutions` is the folder of the solutions of all labs, the checkout's own without one. The
    files of an overlay replace the model's, and one called NAME.absent takes NAME away.
    """
    folder = target / lab
    shutil.copytree((solutions or solutions_folder()) / lab / "model", folder)
    if overlay is None:
        return target
    for path in sorted(overlay.rglob("*")):
        place = folder / path.relative_to(overlay)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif path.suffix == ".absent":
            place.with_suffix("").unlink()
        elif path.name != EXPECTED:
            shutil.copy(path, place)  # with the execute bit, which COPY keeps
    return target
