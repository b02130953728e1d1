"""Which names a submission's folder can have: RESULTS has one of the same name for each.

Who imports submissions and who grades them asks here, so what is imported can be graded.
"""

import unicodedata
from collections.abc import Iterable, Mapping

from grader.core.text import visible
from grader.results.store import RESERVED

LONGEST = 200  # bytes of a name: room for what is put behind it under a file system's limit


def unfit_name(name: str) -> str:
    """Return why no submission's folder can have this name, as a clause, or "" if one can."""
    if "/" in name or "\\" in name:
        return "it holds a slash or a backslash"
    if name != visible(name):
        return "it holds characters that are not plain text"
    if name != name.strip() or name.endswith("."):
        return "it has a space at an end or a full stop behind, which other systems drop"
    if len(name.encode()) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    return "the results need that name for themselves" if name.casefold() in RESERVED else ""


def same_elsewhere(names: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the groups of names that are one name on a system that folds case or letters' forms.

    Each group is keyed by what its names have in common.
    """
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        key = unicodedata.normalize("NFKC", name).casefold()
        groups.setdefault(key, []).append(name)
    return {key: group for key, group in groups.items() if len(group) > 1}
