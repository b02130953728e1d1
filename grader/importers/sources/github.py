"""Clones of an assignment's repositories, each called `<assignment>-<user>`.

`gh classroom clone student-repos` puts them into `<assignment>-submissions/` (github/gh-classroom,
`cmd/gh-classroom/clone/student-repos`). Both names may hold hyphens, so where the user begins is
only certain with a roster, with that folder's name, or when it is said.
"""

import re
from collections.abc import Sequence
from functools import partial

from grader.core.errors import UsageError
from grader.core.import_record import Person
from grader.core.text import shorten
from grader.importers.commit_time import commit_time
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.roster import Roster
from grader.importers.safe_names import folder_name
from grader.importers.source_tree import Tree

_FOLDER = re.compile(r"(?P<slug>.+)-submissions")


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    """Claim clones whose names all have one beginning that ends with a hyphen."""
    if tree.path is None or not tree.folders:
        return False
    clones = all((tree.path / name / ".git").is_dir() for name in tree.folders)
    return clones and bool(prefix_of(tree.name, tree.folders, asked))


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    prefix = prefix_of(tree.name, tree.folders, asked)
    if not prefix:
        some = ", ".join(shorten(name) for name in tree.folders[:3]) or "no folder at all"
        raise UsageError(
            f"It is not clear where the user's name begins in {some}. Say what stands before it: "
            "--prefix lab1-"
        )
    mine = [name for name in tree.folders if _starts(name, prefix)]
    others = [name for name in tree.folders if not _starts(name, prefix)]
    return Findings(
        tuple(clone_of(tree, name, name[len(prefix) :]) for name in mine),
        (*others, *tree.files),
        (f"Users' names are what follows '{prefix}'.",),
    )


def clone_of(tree: Tree, name: str, user: str) -> FoundSubmission:
    """Return the submission in a user's clone, at the time of its last commit."""
    made = commit_time(tree.path / name) if tree.path else None
    return FoundSubmission(
        name,
        Person(id=folder_name(user), github=user),
        partial(tree.inside, name),
        made,
        "commit" if made else "",
    )


def prefix_of(folder: str, names: Sequence[str], asked: ImportRequest) -> str:
    """Return what stands before the users' names, its hyphen included, or "" if unclear."""
    if asked.prefix:
        prefix = asked.prefix if asked.prefix.endswith("-") else f"{asked.prefix}-"
        return prefix if any(_starts(name, prefix) for name in names) else ""
    found = _FOLDER.fullmatch(folder)
    if found and all(_starts(name, f"{found['slug']}-") for name in names):
        return f"{found['slug']}-"
    return _by_roster(names, asked.roster) or _shared(names)


def _by_roster(names: Sequence[str], roster: Roster) -> str:
    """Return the one beginning that leaves a user of the roster for most of the names."""
    users = {person.github.lower() for person in roster.people if person.github}
    counts: dict[str, int] = {}
    for name in names:
        for place, letter in enumerate(name):
            if letter == "-" and name[place + 1 :].lower() in users:
                prefix = name[: place + 1].lower()
                counts[prefix] = counts.get(prefix, 0) + 1
    best = sorted(counts, key=lambda prefix: counts[prefix], reverse=True)
    if not best or (len(best) > 1 and counts[best[0]] == counts[best[1]]):
        return ""
    return next(name[: len(best[0])] for name in names if _starts(name, best[0]))


def _shared(names: Sequence[str]) -> str:
    """Return what two or more names begin with, up to its last hyphen."""
    if len(names) < 2:  # noqa: PLR2004 - one name has no part in common with others
        return ""
    first, last = min(names), max(names)
    same = next(
        (n for n, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1),
        len(first),
    )
    return first[: first[:same].rfind("-") + 1]


def _starts(name: str, prefix: str) -> bool:
    return name.lower().startswith(prefix.lower()) and len(name) > len(prefix)


SYSTEM = SourceSystem("clones of <assignment>-<user>", _claims, _find)
