"""What a source says before anything is read: whose submissions it holds, and since when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.core.import_record import Person
from grader.importers.listing import Listing
from grader.importers.roster import Roster
from grader.importers.source_tree import Tree


@dataclass(frozen=True, slots=True)
class FoundSubmission:
    """One submission of one student, not read yet.

    `person` holds what the source knows; its id is what the folder is called if no roster says
    otherwise. `listing` may raise Refused. `late` is None where the source does not say.
    """

    entry: str
    person: Person
    listing: Callable[[], Listing]
    submitted_at: int | None = None
    time_from: Literal["", "source", "commit"] = ""
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All submissions of a source, and what in it is not one, each with what it looks like."""

    found: tuple[FoundSubmission, ...]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What the person at the terminal said: the labs, the class, a prefix of repositories.

    `files` are the names of what students fill in, of any lab.
    """

    labs: Sequence[str]
    roster: Roster
    prefix: str = ""
    files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceSystem:
    """A system that submissions come from: `claims` is true only where no doubt is left."""

    title: str
    claims: Callable[[Tree, ImportRequest], bool]
    find: Callable[[Tree, ImportRequest], Findings]
