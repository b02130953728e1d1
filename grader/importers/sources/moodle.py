"""Moodle's "Download all submissions": a zip with a folder or a prefix for each participant.

`Full Name_12345_assignsubmission_file` is a folder, or with "download in folders" switched off
the beginning of each file's name (older versions end the folder with one more underscore). Online
texts come as `..._assignsubmission_onlinetext/onlinetext.html`. The number is the assignment's own
for the participant, the one in the grading worksheet's Identifier; with blind marking the name is
the word "Participant" in the site's language; a team has its group's name and number (moodle,
`mod/assign/classes/downloader.php`). There is no time of submission in it.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from grader.core.import_record import Person
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.listing import Listing, Member
from grader.importers.safe_names import folder_name
from grader.importers.source_tree import Tree

_ENTRY = re.compile(
    r"(?P<name>.*)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    """Claim what holds any such name: nobody else gives one, and a stray file changes nothing."""
    del asked
    return any(_ENTRY.fullmatch(top) for top in (*tree.folders, *tree.files))


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    del asked
    entries: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    unknown: list[str] = []
    for top in (*tree.folders, *tree.files):
        if found := _ENTRY.fullmatch(top):
            entries.setdefault(found["id"], []).append(top)
            names[found["id"]] = found["name"]
        else:
            unknown.append(top)
    return Findings(
        tuple(
            FoundSubmission(
                ", ".join(tops),
                Person(
                    id=folder_name(f"{names[number]} {number}"),
                    name=names[number],
                    moodle_id=number,
                ),
                _listing(tree, tops),
            )
            for number, tops in entries.items()
        ),
        tuple(unknown),
    )


def _listing(tree: Tree, tops: list[str]) -> Callable[[], Listing]:
    def read() -> Listing:
        members: list[Member] = []
        left_out: dict[str, str] = {}
        for top in tops:
            part = tree.below(top)
            members += (replace(member, path=_own(member.path)) for member in part.members)
            left_out |= part.left_out
        return Listing(tuple(members), left_out)

    return read


def _own(path: str) -> str:
    """Return a file's path without what Moodle put before it."""
    top, slash, rest = path.partition("/")
    if slash:
        return rest
    found = _ENTRY.fullmatch(top)
    return (found["file"] if found else "") or top


SYSTEM = SourceSystem("Moodle's download of all submissions", _claims, _find)
