"""Short ids of the labs in a course's workflow, by which GitHub Classroom's reporter reads them."""

import re
from collections.abc import Iterable


def runner_id(lab: str) -> str:
    """Return the id of a lab's runner: `lab04` of `04-images-and-containers`.

    GitHub Classroom's reporter takes letters and digits only: it cannot see an id with a hyphen.
    """
    number = re.match(r"[0-9]+", lab)
    return f"lab{number[0]}" if number else _letters(lab)


def runner_ids(labs: Iterable[str]) -> dict[str, str]:
    """Return the id of each lab's runner, by lab; no two are the same."""
    ids: dict[str, str] = {}
    for lab in labs:
        short = runner_id(lab)
        ids[lab] = _letters(lab) if short in ids.values() else short
    return ids


def _letters(lab: str) -> str:
    return re.sub(r"[^a-z0-9]", "", lab.lower())
