"""The names under which the labs' results leave a workflow's step."""

import re
from collections.abc import Iterable


def runner_id(lab: str) -> str:
    """Return the id of a lab's runner: `lab04` of `04-images-and-containers`.

    GitHub Classroom's reporter takes letters and digits only: it cannot see an id with a hyphen.
    """
    number = re.match(r"[0-9]+", lab)
    return f"lab{number[0]}" if number else _letters(lab)


def runner_ids(labs: Iterable[str]) -> dict[str, str]:
    """Return by lab the id of its runner, no two with the same one."""
    ids: dict[str, str] = {}
    for lab in labs:
        short = runner_id(lab)
        ids[lab] = _letters(lab) if short in ids.values() else short
    return ids


def _letters(lab: str) -> str:
    return re.sub(r"[^a-z0-9]", "", lab.lower())
