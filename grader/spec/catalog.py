"""Finds the labs and templates that came with the grader, and loads all labs of a folder.

In an installed wheel they are inside the package, in a checkout beside it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.core.errors import SpecError, UsageError
from grader.spec.public import SPEC_FILE

if TYPE_CHECKING:
    from grader.spec.assignment import Assignment, Params

_PACKAGE = Path(__file__).parent.parent


def folder(name: str) -> Path:
    """Return the folder `assignments` or `templates`; UsageError if this installation lacks it."""
    for place in (_PACKAGE / "assets" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise UsageError(f"The grader's {name} are missing from this installation. Install it again.")


def checkout() -> Path | None:
    """Return the checkout that this grader runs from, None where it was installed as a wheel."""
    root = _PACKAGE.parent
    return root if (root / "hatch_build.py").is_file() else None


def lab_ids(root: Path) -> tuple[str, ...]:
    """Return the ids of the labs in the folders of `root`, in order; UsageError without any."""
    found = sorted(path.parent.name for path in root.glob(f"*/{SPEC_FILE}"))
    if not found:
        raise UsageError(
            f"There is no */{SPEC_FILE} in {root}. Name the folder that holds the labs."
        )
    return tuple(found)


def load_assignments(
    root: Path, kinds: "Mapping[str, type[Params]]", only: Sequence[str] = ()
) -> "tuple[Assignment, ...]":
    """Return the labs in the folders of `root`, or those with the ids `only`, in order of id.

    `kinds` are the parameters of each kind of check, by its name. SpecError lists the problems of
    all labs; UsageError says that there are no labs, or none with such an id.
    """
    # What reads specs takes a second to load; what they are called is known before.
    from grader.spec.load import load_assignment  # noqa: PLC0415

    known = lab_ids(root)
    for name in only:
        if name not in known:
            raise UsageError(f"There is no lab '{name}'. The labs are: {', '.join(known)}.")
    problems: list[str] = []
    assignments = []
    for name in known:
        if only and name not in only:
            continue
        try:
            assignments.append(load_assignment(root / name, kinds))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return tuple(assignments)
