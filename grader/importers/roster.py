"""Reads the list of a class: our own CSV, or one that GitHub, Canvas or Moodle exports."""

import logging
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from grader.core.csv_table import CsvError, CsvTable, read_csv_bytes
from grader.core.errors import UsageError
from grader.core.import_record import Person
from grader.core.text import shorten, visible
from grader.core.times import parse_duration, parse_time
from grader.importers.safe_names import bad_id, folded

_log = logging.getLogger(__name__)
MAX_BYTES = 20 * 1024 * 1024
# Headers as they are met, compared without case and punctuation. GitHub Classroom's grades file
# has github_username, roster_identifier and submission_timestamp; Classroom 50 writes username,
# first_name, last_name and datetime; a Canvas gradebook Student, SIS User ID, SIS Login ID; a
# Moodle worksheet Identifier, Full name, ID number, Email address.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "student id", "studentid", "user id", "student number", "roster identifier"),
    "name": ("name", "full name", "fullname", "student", "student name", "vollständiger name"),
    "first": ("first name", "firstname", "given name", "vorname"),
    "last": ("last name", "lastname", "surname", "family name", "nachname"),
    "email": ("email", "e mail", "email address", "mail", "e mail adresse"),
    "github": ("github", "github username", "github user", "github login", "github name"),
    "sis_id": ("sis id", "sis user id", "sid", "id number", "id nummer", "matriculation number"),
    "login": ("login", "sis login id", "username", "user name", "login id", "anmeldename"),
    "canvas_id": ("canvas id", "canvas user id"),
    "moodle_id": ("moodle id", "participant", "identifier", "moodle participant"),
    "due": ("extension", "due", "extended due date", "own due date"),
    "group": ("group", "group name", "team", "team name", "gruppe"),
    "submitted_at": ("submitted", "submitted at", "submission timestamp", "datetime"),
}
# Rows of a Canvas gradebook: the maxima, and the student that Canvas makes for trying things out.
_NO_STUDENTS = ("Points Possible", "Student, Test")
_UNIQUE = ("id", "email", "github", "sis_id", "login", "canvas_id", "moodle_id")
# `Participant 70001`, `Teilnehmer/in70001`, or the number alone; `ab123` is somebody's own id.
_MOODLE_ID = re.compile(r"(?:\D{6,}|\D+ )?(\d+)")
_WORDS = re.compile(r"[^\W_]+")


class Roster:
    """A class, in the order of its file; `fields` are those of Person that it has columns for."""

    def __init__(self, people: Iterable[Person], fields: Collection[str] = ()) -> None:
        self.people = tuple(people)
        self.fields = frozenset(fields)
        self._ids: dict[tuple[str, str], Person] = {}
        self._names: dict[str, list[Person]] = {}
        self._groups: dict[str, list[Person]] = {}
        for person in self.people:
            for field in _UNIQUE:
                self._ids.setdefault((field, _key(getattr(person, field))), person)
            for name in _name_keys(person.name):
                self._names.setdefault(name, []).append(person)
            if person.group:
                self._groups.setdefault(_key(person.group), []).append(person)

    def find(self, seen: Person) -> Person | None:
        """Return the one student of the class that a source means, or None if that is unclear.

        Ids come first, in the order in which they are hard to mistake; a name counts only when
        one student alone has it.
        """
        for field in ("canvas_id", "moodle_id", "sis_id", "github", "email", "login"):
            if found := self._by(field, getattr(seen, field)):
                return found
        for value in (seen.id, seen.sis_id, seen.email, seen.github):
            for field in ("id", "login", "sis_id", "github", "email"):
                if found := self._by(field, value):
                    return found
        alike = {
            person.id: person
            for name in _name_keys(seen.name or seen.id)
            for person in self._names.get(name, ())
        }
        return next(iter(alike.values())) if len(alike) == 1 else None

    def members(self, seen: Person) -> tuple[Person, ...]:
        """Return the students whom a source means, in the order of the class.

        Those of one group where it means one of them, or names their group; none if unclear.
        """
        found = self.find(seen)
        if found is not None:
            return tuple(self._groups[_key(found.group)]) if found.group else (found,)
        for name in (seen.group, seen.name, seen.id):
            if name and (group := self._groups.get(_key(name))):
                return tuple(group)
        return ()

    def _by(self, field: str, value: str) -> Person | None:
        return self._ids.get((field, _key(value))) if value else None


def read_roster(path: Path) -> Roster:
    """Return the class in a CSV file; UsageError lists every row that cannot be used."""
    table = open_sheet(path)
    columns = _columns(table, path)
    people: list[Person] = []
    problems: list[str] = []
    taken: dict[tuple[str, str], tuple[int, str]] = {}
    for row in table.body:
        if row.cells[0].strip().startswith(_NO_STUDENTS):
            continue
        cells = {
            field: row.cells[index].strip()
            for field, index in columns.items()
            if index < len(row.cells)
        }
        if not any(cells.values()):
            continue
        person, why = _person(cells)
        if person is None:
            problems.append(f"row {row.line}: {why}")
        else:
            problems += [f"row {row.line}: {same}" for same in _clashes(person, row.line, taken)]
            people.append(person)
    if problems:
        listed = "\n".join(problems[:30])
        raise UsageError(f"{path} cannot be used as a roster; mend these rows:\n{listed}")
    _log.info("%s: %d students, told apart by %s", path, len(people), ", ".join(columns))
    return Roster(tuple(people), columns)


def open_sheet(path: Path) -> CsvTable:
    """Return a CSV file of at most 20 MB; UsageError says what is wrong with it."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path} is larger than {MAX_BYTES // 1024**2} MiB; no class is.")
    try:
        table = read_csv_bytes(content)
    except CsvError as error:
        raise UsageError(f"{path}, line {error.line}: {error.message}.") from error
    if not table.header:
        raise UsageError(f"{path} is empty; a header row and a row for each student are expected.")
    return table


def _columns(table: CsvTable, path: Path) -> dict[str, int]:
    plain = [_plain(cell) for cell in table.header]
    columns: dict[str, int] = {}
    for field, names in _HEADERS.items():
        found = [index for index, cell in enumerate(plain) if cell in names]
        if len(found) > 1:
            both = " and ".join(f"'{shorten(table.header[index])}'" for index in found[:2])
            raise UsageError(f"{path} has two columns for the {field}: {both}. Keep one of them.")
        if found:
            columns[field] = found[0]
    if "sis login id" in plain and "section" in plain and "id" in columns:
        # A Canvas gradebook: its ID is Canvas's own number.
        columns["canvas_id"] = columns.pop("id")
    elif "bewertung" in plain and "id" in columns:
        # A German Moodle worksheet: its ID is the Identifier.
        columns["moodle_id"] = columns.pop("id")
    elif "identifier" in plain and "github username" in plain and "id" not in columns:
        # GitHub Classroom's roster: the identifier is what the course itself calls a student.
        columns["id"] = columns.pop("moodle_id")
    if not {"id", "email", "github", "sis_id", "login", "moodle_id"} & columns.keys():
        raise UsageError(
            f"{path} has no column that tells students apart. Its header is "
            f"'{shorten(', '.join(table.header), 120)}'; expected is one of id, email, github, "
            "sis id."
        )
    return columns


def _plain(header: str) -> str:
    return " ".join(_WORDS.findall(header.casefold()))


def _person(cells: Mapping[str, str]) -> tuple[Person | None, str]:
    name = cells.get("name") or f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    given = {field: cells.get(field, "") for field in _UNIQUE}
    identifier = given["moodle_id"]
    number = _MOODLE_ID.fullmatch(identifier)
    given["moodle_id"] = number[1] if number else ""
    if not number:
        given["id"] = given["id"] or identifier
    order = ("id", "login", "sis_id", "github", "email", "moodle_id", "canvas_id")
    chosen = next((given[field] for field in order if given[field]), "")
    if not chosen:
        return None, "it has no id"
    if why := bad_id(chosen):
        return None, f"the id '{shorten(chosen)}' cannot name a folder: {why}"
    due, at = cells.get("due", ""), cells.get("submitted_at", "")
    if due and not (_reads(parse_time, due) or _reads(parse_duration, due)):
        return None, (
            f"the extension '{shorten(due)}' is neither a date (2026-12-24T18:00) nor a time "
            "longer than the others have (2d, 12h)"
        )
    return Person(
        **{**given, "id": chosen},
        name=visible(name),
        due=due,
        submitted_at=at if _reads(parse_time, at) else "",
        group=visible(cells.get("group", "")),
    ), ""


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _clashes(
    person: Person, line: int, taken: dict[tuple[str, str], tuple[int, str]]
) -> Iterator[str]:
    """Yield what a student and one above cannot both have; upper and lower case are one."""
    for field in _UNIQUE:
        value = getattr(person, field)
        if not value:
            continue
        first, theirs = taken.setdefault((field, _key(value)), (line, value))
        if first != line:
            other = "" if value == theirs else f" as '{shorten(theirs)}'"
            label = field.replace("_", " ")
            yield f"the {label} '{shorten(value)}' stands in row {first} already{other}"


def _key(value: str) -> str:
    return folded(value.strip()) if value else ""


def _name_keys(name: str) -> set[str]:
    """Return the ways in which a name may be written: its words in every turn, run together.

    Canvas names files `doejohn`, Moodle folders `John Doe`, rosters may say `Doe, John`.
    """
    words = _WORDS.findall(unicodedata.normalize("NFKC", name).casefold())
    return {"".join(words[turn:] + words[:turn]) for turn in range(len(words))} - {""}
