"""Puts a model solution, or a wrong one, together as the folder a student would hand in.

For authors and tests: solutions live in a checkout only and are in nothing students get.
"""

import shutil
from pathlib import Path

from grader.errors import UsageError

EXPECTED = "expect.yaml"
_ROOT = Path(__file__).parent.parent / "solutions"


def solutions_folder() -> Path:
    """Return the folder of solutions; UsageError where only the installed package is there."""
    if not _ROOT.is_dir():
        raise UsageError(
            "The model solutions are not part of an installed grader. "
            "Run this in a checkout of the course's repository."
        )
    return _ROOT


def wrong_solutions(lab: str) -> tuple[str, ...]:
    """Return the names of a lab's wrong solutions."""
    folder = solutions_folder() / lab / "wrong"
    return tuple(sorted(path.name for path in folder.glob("*") if path.is_dir()))


def assemble(target: Path, lab: str, wrong: str | None = None) -> Path:
    """Write one lab's solution into `target/<lab>` and return `target`.

    A wrong one is an overlay on the model: its files replace, and a file called NAME.absent
    takes NAME away.
    """
    folder = target / lab
    shutil.copytree(solutions_folder() / lab / "model", folder)
    if wrong is None:
        return target
    for path in sorted((solutions_folder() / lab / "wrong" / wrong).rglob("*")):
        place = folder / path.relative_to(solutions_folder() / lab / "wrong" / wrong)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif path.suffix == ".absent":
            place.with_suffix("").unlink()
        elif path.name != EXPECTED:
            shutil.copyfile(path, place)
    return target
