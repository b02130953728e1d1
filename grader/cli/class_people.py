"""Whose the results of a class are: each joined with what an import and a roster know."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.import_record import Imported, Person, handed_in
from grader.core.text import shorten
from grader.importers.roster import Roster, read_roster
from grader.importers.write_folders import read_record
from grader.result import Result
from grader.results import store
from grader.results.marks_file import read_settled

_TAKEN_BACK = frozenset({"due", "submitted_at"})


@dataclass(slots=True)
class ResultReader:
    """The results in a folder, read one by one; what cannot be read is noted, not passed over."""

    folder: Path
    broken: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Result]:
        folders = store.folders(self.folder)
        if not folders:
            raise UsageError(
                f"There is no */{store.RESULT} in {self.folder}. Name the folder that "
                "`grader grade --out` wrote to."
            )
        for folder in folders:
            try:
                result = read_settled(folder)
            except ValueError as error:
                self.broken.append(f"{folder.name}: {error}")
            else:
                yield result


def people_of(record: Path, roster: Path | None) -> tuple[dict[str, Imported], Roster]:
    """Return what imports recorded in a folder, by id, and the class; an empty one without."""
    return dict(read_record(record)), read_roster(roster) if roster else Roster(())


def credited_by(entry: Imported | None, name: str, roster: Roster) -> list[Imported]:
    """Return everybody who is credited with a submission: its student, or all of their group.

    `entry` is what the import knows of it, `name` its folder. Each has their own due date, and the
    time at which the one submission was handed in.
    """
    seen = entry or Imported(person=Person(id=name), source="")
    members = roster.members(seen.person)
    if not members:
        return [_joined(seen, None, roster)]
    if len(members) == 1:
        return [_joined(seen, members[0], roster)]
    handed = roster.find(seen.person)
    alone = Person(id=name, submitted_at=seen.person.submitted_at)
    return [
        # What the import knows of who handed in is nobody else's.
        _joined(
            seen if member is handed else seen.model_copy(update={"person": alone}), member, roster
        )
        for member in members
    ]


def credits_of(
    found: Iterable[Result], known: Mapping[str, Imported], roster: Roster
) -> Iterator[tuple[Result, Imported]]:
    """Yield each result with everybody who is credited with it.

    The empty folder of who handed nothing in alone does not count beside the group's submission.
    UsageError where somebody would have two results.
    """
    credited: dict[str, str] = {}
    empty: list[tuple[Result, Imported]] = []
    for result in found:
        name = result.submission.id
        entry = known.get(name)
        people = credited_by(entry, name, roster)
        if entry and entry.missing and len(people) > 1:
            empty += [(result, one) for one in people if one.person.id == name]
            continue
        for one in people:
            _credit(credited, one.person.id, name)
            yield result, one
    yield from (pair for pair in empty if pair[1].person.id not in credited)


def _credit(credited: dict[str, str], who: str, submission: str) -> None:
    """Note whom a submission is credited to; UsageError where that one has another already."""
    first = credited.setdefault(who, submission)
    if first != submission:
        raise UsageError(
            f"{shorten(who)} has two results, {shorten(first)} and {shorten(submission)}. Take one "
            "of them out of the results. (Where a roster has a column `group`, its members hand in "
            "once.)"
        )


def _joined(seen: Imported, person: Person | None, roster: Roster) -> Imported:
    """Return what is known of a submission: the roster's words first, then the import's.

    Of what a course may take back, an extension or a time of submission, the roster's word is the
    last wherever it has a column for it: an empty cell is a word, too.
    """
    at, clock = seen.submitted_at, seen.time_from
    if person is not None:
        last = roster.fields & _TAKEN_BACK
        given = {
            key: getattr(person, key) or ("" if key in last else getattr(seen.person, key))
            for key in type(person).model_fields
        }
        if clock == "roster" and "submitted_at" in last:
            at = ""
        seen = seen.model_copy(update={"person": Person(**given)})
    at, clock = handed_in(at, clock, seen.person)
    return seen.model_copy(update={"submitted_at": at, "time_from": clock})
