"""Canvas's "Download Submissions": one flat zip of every file of every student.

A file is called `<name>[_LATE]_<user>_<attachment>_<its own name>`: the sortable name in lower
case without anything but word characters, LATE if it was, Canvas's number of the user. With
anonymous grading there is no name and `anon_<letters>` for the user; a text or a link that was
handed in ends with `_text.html` or `_link.html` (instructure/canvas-lms, `lib/content_zipper.rb`).
There is no time of submission in it. A name that the same student has handed in before gets a
number, `Dockerfile-1` or `notes-2.md`; the zip holds the last attempt only.
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
    r"(?:(?P<name>\w*?)_)?(?:(?P<late>LATE)_)?(?:anon_(?P<anon>[A-Za-z0-9]+)|(?P<user>\d+))"
    r"_(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<page>(?:text|link)\.html))"
)
_AGAIN = re.compile(r"(?P<stem>.+)-\d{1,3}(?P<suffix>\.[A-Za-z0-9]+)?")


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    del asked
    return bool(tree.files) and not tree.folders and all(map(_ENTRY.fullmatch, tree.files))


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    entries: dict[tuple[str, str], list[re.Match[str]]] = {}
    unknown = list(tree.folders)
    for top in tree.files:
        if found := _ENTRY.fullmatch(top):
            entries.setdefault((found["user"] or "", found["anon"] or ""), []).append(found)
        else:
            unknown.append(top)
    return Findings(tuple(_one(tree, files, asked) for files in entries.values()), tuple(unknown))


def _one(tree: Tree, files: list[re.Match[str]], asked: ImportRequest) -> FoundSubmission:
    first = files[0]
    user = first["user"] or ""
    who = f"{first['name'] or 'anon'}-{user or first['anon']}"
    return FoundSubmission(
        ", ".join(found[0] for found in files),
        Person(id=folder_name(who), name=first["name"] or "", canvas_id=user),
        _listing(tree, files, asked),
        late=any(found["late"] for found in files),
    )


def _listing(tree: Tree, files: list[re.Match[str]], asked: ImportRequest) -> Callable[[], Listing]:
    def read() -> Listing:
        members: list[Member] = []
        left_out: dict[str, str] = {}
        seen: set[str] = set()
        handed_in = {found["file"] for found in files}
        for found in files:
            part = tree.below(found[0])
            own = found["file"] or found["page"]
            if (first := _first_name(own, asked)) not in handed_in:
                own = first
            if own.casefold() in seen:
                own = f"{found['attachment']}_{own}"
            seen.add(own.casefold())
            members += (replace(member, path=own) for member in part.members)
            left_out |= part.left_out
        return Listing(tuple(members), left_out)

    return read


def _first_name(name: str, asked: ImportRequest) -> str:
    """Return what a student called a file: without Canvas's number where that is certain."""
    again = _AGAIN.fullmatch(name)
    if again is None or name in asked.files:
        return name
    first = again["stem"] + (again["suffix"] or "")
    return first if first in asked.files or first.split(".")[0] in asked.labs else name


SYSTEM = SourceSystem("Canvas's download of submissions", _claims, _find)
