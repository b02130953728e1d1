"""Brightspace's (D2L's) download of a submission folder: a folder for each submission, or files.

Either is called `<number>-<number> - <name> - <Mon D, YYYY HMM AM>`, files with their own name
behind it, after ` - `; the first number is the student's. `index.html` lists them and is nobody's.
The time is the clock of the site, without a zone: it is read as this machine's.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from grader.core.import_record import Person
from grader.core.times import parse_time
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.listing import Listing, Member
from grader.importers.safe_names import folder_name
from grader.importers.source_tree import Tree

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENTRY = re.compile(
    r"(?P<id>\d+)-\d+ - (?P<name>.+?) ?- (?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}), (?P<year>\d{4})"
    r" (?P<hour>\d{1,2})(?P<minute>\d\d) (?P<half>[AP]M)(?: - (?P<file>.+))?",
    re.DOTALL,
)
_INDEX = "index.html"


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    """Claim what holds any such name: nobody else gives one, and a stray file changes nothing."""
    del asked
    return any(_ENTRY.fullmatch(top) for top in (*tree.folders, *tree.files))


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    del asked
    entries: dict[tuple[str, str, str], list[re.Match[str]]] = {}
    unknown: list[str] = []
    for top in (*tree.folders, *tree.files):
        found = _ENTRY.fullmatch(top)
        if found and (at := _time(found)):
            entries.setdefault((found["id"], found["name"], at), []).append(found)
        elif top != _INDEX:
            unknown.append(top)
    return Findings(
        tuple(
            FoundSubmission(
                ", ".join(found[0] for found in tops),
                Person(id=folder_name(f"{name} {number}"), name=name),
                _listing(tree, tops),
                parse_time(at),
                "source",
            )
            for (number, name, at), tops in entries.items()
        ),
        tuple(unknown),
    )


def _time(found: re.Match[str]) -> str:
    """Return the time in a name, without a zone; "" where it is none."""
    if found["month"] not in _MONTHS:
        return ""
    month = _MONTHS.index(found["month"]) + 1
    hour = int(found["hour"]) % 12 + (12 if found["half"] == "PM" else 0)
    text = f"{found['year']}-{month:02}-{int(found['day']):02}T{hour:02}:{found['minute']}:00"
    try:
        parse_time(text)
    except ValueError:
        return ""
    return text


def _listing(tree: Tree, tops: Sequence[re.Match[str]]) -> Callable[[], Listing]:
    def read() -> Listing:
        members: list[Member] = []
        left_out: dict[str, str] = {}
        for found in tops:
            part = tree.inside(found[0])
            own = found["file"]
            members += (replace(m, path=own) if own else m for m in part.members)
            left_out |= part.left_out
        return Listing(tuple(members), left_out)

    return read


SYSTEM = SourceSystem("Brightspace's download of a submission folder", _claims, _find)
