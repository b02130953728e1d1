"""Blackboard's "Assignment File Download": one flat zip of every file of every attempt.

A file is called `<assignment>_<username>_attempt_<YYYY-MM-DD-HH-MM-SS>_<its own name>`; beside
those of an attempt lies `<assignment>_<username>_attempt_<time>.txt`, in which Blackboard says
whose it is (`Name: Jane Doe (jdoe)`). The time is the clock of the site, without a zone: it is
read as this machine's. What stands behind the first time is the student's own, whatever it looks
like.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from grader.core.errors import UsageError
from grader.core.import_record import Person
from grader.core.times import parse_time
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.listing import Listing, Member
from grader.importers.safe_names import folder_name
from grader.importers.source_tree import Tree

_ENTRY = re.compile(
    r"(?P<who>.+?)_attempt_(?P<day>\d{4}-\d\d-\d\d)-(?P<hour>\d\d)-(?P<minute>\d\d)-(?P<second>\d\d)"
    r"(?:_(?P<file>.+)|\.txt)",
    re.DOTALL,
)
_NAME = re.compile(r"^Name: *(?P<name>.*?) *\((?P<user>[^()\r\n]+)\)\s*$", re.MULTILINE)
_MAX_NOTE = 1 << 20
_Attempt = tuple[str, str]  # whose, and when


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    del asked
    return bool(tree.files) and not tree.folders and all(map(_ENTRY.fullmatch, tree.files))


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    del asked
    attempts: dict[_Attempt, list[re.Match[str]]] = {}
    unknown = list(tree.folders)
    for top in tree.files:
        if found := _ENTRY.fullmatch(top):
            attempts.setdefault((found["who"], _time(found)), []).append(found)
        else:
            unknown.append(top)
    shared = _shared([who for who, _ in attempts])
    return Findings(
        tuple(_one(tree, who, at, files, shared) for (who, at), files in attempts.items()),
        tuple(unknown),
    )


def _one(
    tree: Tree, who: str, at: str, files: Sequence[re.Match[str]], shared: str
) -> FoundSubmission:
    note = next((found[0] for found in files if found["file"] is None), "")
    name, user = _said(tree, note) if note else ("", "")
    if not (user and who.endswith(f"_{user}")):
        name, user = "", who.removeprefix(shared)
    handed = [found for found in files if found["file"] is not None]
    return FoundSubmission(
        ", ".join(found[0] for found in files),
        Person(id=folder_name(user), name=name, login=user),
        _listing(tree, handed),
        parse_time(at),
        "source",
    )


def _time(found: re.Match[str]) -> str:
    return f"{found['day']}T{found['hour']}:{found['minute']}:{found['second']}"


def _said(tree: Tree, note: str) -> tuple[str, str]:
    """Return the name and the username in an attempt's note, "" where it says none."""
    try:
        found = _NAME.search(tree.text(note, _MAX_NOTE))
    except UsageError:
        found = None
    return (found["name"], found["user"]) if found else ("", "")


def _shared(whose: Sequence[str]) -> str:
    """Return the assignment's name with its underscore: what all begin with, up to the last one.

    Of one student alone, what stands before the last underscore.
    """
    several = sorted(set(whose))
    if len(several) < 2:  # noqa: PLR2004 - one name has no part in common with others
        return "".join(several)[: "".join(several).rfind("_") + 1]
    first, last = several[0], several[-1]
    same = next(
        (n for n, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1),
        min(len(first), len(last)),
    )
    return first[: first[:same].rfind("_") + 1]


def _listing(tree: Tree, files: Sequence[re.Match[str]]) -> Callable[[], Listing]:
    def read() -> Listing:
        members: list[Member] = []
        left_out: dict[str, str] = {}
        for found in files:
            part = tree.below(found[0])
            members += (replace(member, path=found["file"]) for member in part.members)
            left_out |= part.left_out
        return Listing(tuple(members), left_out)

    return read


SYSTEM = SourceSystem("Blackboard's download of assignment files", _claims, _find)
