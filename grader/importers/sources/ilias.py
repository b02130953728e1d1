"""ILIAS's download of all submissions of an exercise's assignment.

In `<assignment>/Abgaben/` (`Submissions/` in English) lies a folder
`<Last>_<First>_<login>_<number>` for each student, of teams inside a folder of the team. Files may
bear the second in which they were handed in before their own name, `20261201180000_Dockerfile`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from grader.core.import_record import Person
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.listing import Listing, Member
from grader.importers.safe_names import folder_name
from grader.importers.source_tree import Tree

_PLACES = {"abgaben", "submissions"}
_ENTRY = re.compile(r"(?P<last>[^/_]+)_(?P<first>[^/]+)_(?P<login>[^/_]+)_(?P<number>\d+)")
_STAMP = re.compile(r"^\d{14}_(?=.)")


def _places(tree: Tree) -> list[str]:
    return [name for name in tree.folders if name.casefold() in _PLACES]


def _whose(path: str) -> tuple[str, str, re.Match[str]] | None:
    """Return the team, the student's folder and its name of a file, None of what is nobody's."""
    parts = path.split("/")
    for depth in (0, 1):
        if len(parts) > depth + 1 and (found := _ENTRY.fullmatch(parts[depth])):
            return "/".join(parts[:depth]), "/".join(parts[: depth + 1]), found
    return None


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    del asked
    places = _places(tree)
    return len(places) == 1 and any(_whose(m.path) for m in tree.inside(places[0]).members)


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    del asked
    found: list[FoundSubmission] = []
    unknown = [name for name in (*tree.folders, *tree.files) if name not in _places(tree)]
    for place in _places(tree):
        listing = tree.inside(place)
        students: dict[tuple[str, str], list[Member]] = {}
        for member in listing.members:
            if whose := _whose(member.path):
                students.setdefault(whose[:2], []).append(member)
            else:
                unknown.append(f"{place}/{member.path}")
        found += (
            _one(place, team, folder, members, listing)
            for (team, folder), members in students.items()
        )
    return Findings(tuple(found), tuple(unknown))


def _one(
    place: str, team: str, folder: str, members: Sequence[Member], whole: Listing
) -> FoundSubmission:
    named = _ENTRY.fullmatch(folder.rpartition("/")[2])
    assert named  # noqa: S101 - the folder was found by it
    login = named["login"]
    return FoundSubmission(
        f"{place}/{folder}",
        Person(
            id=folder_name(login),
            name=f"{named['first'].replace('_', ' ')} {named['last']}",
            login=login,
            group=team,
        ),
        _listing(folder, members, whole),
    )


def _listing(folder: str, members: Sequence[Member], whole: Listing) -> Callable[[], Listing]:
    def read() -> Listing:
        own = (replace(m, path=_own(m.path.removeprefix(f"{folder}/"))) for m in members)
        left_out = {
            path.removeprefix(f"{folder}/"): why
            for path, why in whole.left_out.items()
            if path.startswith(f"{folder}/")
        }
        return Listing(tuple(own), left_out)

    return read


def _own(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{_STAMP.sub('', name)}"


SYSTEM = SourceSystem("ILIAS's download of all submissions", _claims, _find)
