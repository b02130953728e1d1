"""Puts a model solution, or an overlay on it, together as the folder a student would hand in.

Overlays are wrong solutions and right ones of another shape.

For authors and tests: solutions live in a checkout only and are in nothing students get.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from grader.core.errors import UsageError

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


def has_model(lab: str) -> bool:
    """Return whether a model solution of the lab is here."""
    return (_ROOT / lab / "model").is_dir()


@dataclass(frozen=True, slots=True)
class Expected:
    """An overlay's expect.yaml: `failed` maps a check to words that its reason must hold."""

    about: str
    failed: dict[str, str]
    skipped: frozenset[str]
    flags: frozenset[str]


def expected(overlay: Path) -> Expected:
    """Return what an overlay expects; a list under `failed` expects no special words."""
    raw = yaml.safe_load((overlay / EXPECTED).read_text(encoding="utf-8"))
    failed = raw.get("failed") or {}
    return Expected(
        about=raw["about"],
        failed=failed if isinstance(failed, dict) else dict.fromkeys(failed, ""),
        skipped=frozenset(raw.get("skipped", ())),
        flags=frozenset(raw.get("flags", ())),
    )


def overlays(lab: str, kind: str) -> tuple[Path, ...]:
    """Return a lab's overlays on its model solution; `kind` is `wrong` or `right`."""
    folder = solutions_folder() / lab / kind
    return tuple(sorted(path for path in folder.glob("*") if path.is_dir()))


def assemble(target: Path, lab: str, overlay: Path | None = None) -> Path:
    """Write one lab's solution into `target/<lab>` and return `target`.

    The files of an overlay replace the model's, and one called NAME.absent takes NAME away.
    """
    folder = target / lab
    shutil.copytree(solutions_folder() / lab / "model", folder)
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
