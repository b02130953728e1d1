"""The table of all systems that submissions come from, and how one is recognised."""

from collections.abc import Mapping

from grader.core.errors import UsageError
from grader.importers.import_request import ImportRequest, SourceSystem
from grader.importers.source_tree import Tree
from grader.importers.sources import (
    blackboard,
    brightspace,
    canvas,
    classroom50,
    folders,
    github,
    gradescope,
    ilias,
    moodle,
)

KINDS: Mapping[str, SourceSystem] = {
    "folders": folders.SYSTEM,
    "github": github.SYSTEM,
    "classroom50": classroom50.SYSTEM,
    "moodle": moodle.SYSTEM,
    "canvas": canvas.SYSTEM,
    "gradescope": gradescope.SYSTEM,
    "blackboard": blackboard.SYSTEM,
    "brightspace": brightspace.SYSTEM,
    "ilias": ilias.SYSTEM,
}
# Any download unpacked is a folder of folders too, Classroom 50's holds clones, and a name of
# Blackboard's with numbers in it could be Canvas's.
_BEFORE = {
    "folders": KINDS.keys() - {"folders"},
    "github": {"classroom50"},
    "canvas": {"blackboard"},
}
_CLONES = {"folders", "github", "classroom50"}


def choose(tree: Tree, asked: ImportRequest, said: str | None) -> tuple[str, Tree]:
    """Return the kind of a source and where in it the submissions lie.

    Without `said` the kind has to be certain: UsageError where none or two of them would fit.
    """
    if not tree.folders and not tree.files:
        raise UsageError(f"There is nothing in {tree.name} to import. Name another source.")
    inner = tree.unwrapped()
    if said:
        fits = [place for place in (tree, inner) if KINDS[said].claims(place, asked)]
        return said, fits[0] if fits else tree if said in _CLONES else inner
    for place in (tree, inner):
        claimed = {name for name, kind in KINDS.items() if kind.claims(place, asked)}
        claimed -= {name for name, others in _BEFORE.items() if claimed & others}
        if len(claimed) == 1:
            return claimed.pop(), place
        if claimed:
            break
    listed = ", ".join(KINDS)
    raise UsageError(
        f"It is not certain what {tree.name} is. Say where it comes from: --from with one of "
        f"{listed}."
    )
