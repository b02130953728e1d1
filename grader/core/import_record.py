"""Who handed in what: the students of a class, and the record that an import leaves behind.

The record (`.grader-import.json`, `grader/import/v1`) lies beside the submissions. Exports read
it to find a student in a gradebook, so it holds every id by which another system knows them.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, Field

from grader.core.models import Frozen

RECORD = ".grader-import.json"
# What is placed is noted here first; it is there only while an import is at work, or was cut off.
JOURNAL = ".grader-import.journal"


class Person(Frozen):
    """A student by every name that a roster or another system gives them; "" is unknown.

    `moodle_id` is the number in a worksheet's "Participant 12345". `due` is an own due date, or
    how much longer than the class this student has (`2d`). A `group` hands in once, together.
    """

    id: str
    name: str = ""
    email: str = ""
    github: str = ""
    sis_id: str = ""
    login: str = ""
    canvas_id: str = ""
    moodle_id: str = ""
    due: str = ""
    submitted_at: str = ""
    group: str = ""


Clock = Literal["", "source", "roster", "commit"]


class Imported(Frozen):
    """One student's submission: where it came from and what was taken.

    `digest` is a SHA-256 over what was written. `late` is what the source said, if it did.
    `time_from` says whose clock `submitted_at` is from: a commit's date is the student's own.
    """

    person: Person
    source: str
    entry: str = ""
    submitted_at: str = ""
    time_from: Clock = ""
    late: bool | None = None
    digest: str = ""
    labs: tuple[str, ...] = ()
    left_out: Mapping[str, str] = Field(default_factory=dict)
    problems: tuple[str, ...] = ()
    missing: bool = False


def handed_in(at: str, clock: Clock, person: Person) -> tuple[str, Clock]:
    """Return when a student handed in, and by whose clock: the one rule for all who ask.

    `at` is what the source says, by that clock, "" where it says nothing. A system that received
    the work knows best; then the roster, which a person wrote; a commit's date is the student's
    own.
    """
    if person.submitted_at and (not at or clock in {"", "commit", "roster"}):
        return person.submitted_at, "roster"
    return at, clock if at else ""


class ImportRecord(Frozen):
    """The content of `.grader-import.json`, in order of id."""

    format: Literal["grader/import/v1"] = Field(default="grader/import/v1", alias="schema")
    submissions: tuple[Imported, ...] = ()

    model_config = ConfigDict(populate_by_name=True)

    def to_json(self) -> str:
        """Return the file's text."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"
