"""Names the results that no solution of known grade has proven yet, also past the end of a run.

A name is written before its result and taken out when known work was graded right after it. What
a run that was cut off leaves here is proven, or distrusted, by the next one that uses the engine.
"""

from collections.abc import Sequence
from pathlib import Path

from grader.core.files import write_text

UNPROVEN = ".unproven"


def names(results: Path) -> list[str]:
    """Return the names in the order in which their results were written."""
    try:
        lines = (results / UNPROVEN).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [name for name in lines if "/" not in name and (results / name).is_dir()]


def add(results: Path, name: str) -> None:
    """Add a name; the caller keeps others from doing so meanwhile."""
    with (results / UNPROVEN).open("a", encoding="utf-8") as file:
        file.write(f"{name}\n")


def write(results: Path, left: Sequence[str]) -> None:
    """Let these be the names that are left."""
    if left:
        write_text(results / UNPROVEN, "".join(f"{name}\n" for name in left))
    else:
        (results / UNPROVEN).unlink(missing_ok=True)
