"""Who is who: a student as the roster, the source and an earlier import know one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.import_record import Imported, Person
from grader.core.text import shorten, visible
from grader.importers.import_request import FoundSubmission
from grader.importers.roster import Roster

_LISTED = 20


def joined(known: Person | None, seen: Person) -> Person:
    """Return a student by the roster's words, with what only the source knows."""
    if known is None:
        return seen
    extra = {
        name: value
        for name in type(known).model_fields
        if not getattr(known, name) and (value := getattr(seen, name))
    }
    return known.model_copy(update=extra)


def shown(seen: Person) -> Person:
    """Return a source's words for a student without characters that cannot be shown or written."""
    return Person(**{name: visible(getattr(seen, name)) for name in type(seen).model_fields})


def latest_of(
    entries: Sequence[tuple[Person, FoundSubmission]],
) -> tuple[Person, FoundSubmission] | None:
    """Return the one handed in last; None where a time is missing, or two are the last."""
    times = [found.submitted_at for _, found in entries if found.submitted_at is not None]
    if len(times) < len(entries) or times.count(max(times)) > 1:
        return None
    return max(entries, key=lambda entry: entry[1].submitted_at or 0)


def without_renamed(
    target: Path,
    chosen: Mapping[str, tuple[Person, FoundSubmission]],
    before: Mapping[str, Imported],
) -> Mapping[str, Imported]:
    """Return the record without students who are called otherwise now, as by another roster.

    UsageError, all listed, while their folders are there: they would be in the class twice.
    """
    known = Roster(entry.person for name, entry in before.items() if name not in chosen)
    found = [(person, known.find(person)) for person, _ in chosen.values()]
    renamed = {was.id: person.id for person, was in found if was and not _differ(was, person)}
    there = {old: new for old, new in renamed.items() if (target / old).exists()}
    if there:
        listed = [f"{shorten(old)} is {shorten(new)} now" for old, new in there.items()]
        more = f"\n... and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        raise UsageError(
            f"These students are in {target} under other names:\n"
            + "\n".join(listed[:_LISTED])
            + f"{more}\nName another folder with --to, or remove their old ones."
        )
    return {name: entry for name, entry in before.items() if name not in renamed}


def _differ(one: Person, other: Person) -> bool:
    """Return whether two of one name are two people: a system numbers them differently."""
    fields = ("canvas_id", "moodle_id", "sis_id", "github")
    pairs = [(getattr(one, field), getattr(other, field)) for field in fields]
    return any(a and b and a.casefold() != b.casefold() for a, b in pairs)
