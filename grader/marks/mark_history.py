"""What people gave, for answers and for checks, and its history: the content of marks.json."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import ConfigDict, Field

from grader.core.models import Frozen
from grader.result import Status

MAX_COMMENT, MAX_NAME = 5_000, 100
_ID_LENGTH = 12
_WHOLE = re.compile(r"0*([0-9]{1,6})(?:[.,]0*)?")


class Mark(Frozen):
    """What a person gave for an answer; `points` is None where a mark was taken back.

    `of` is what the question was worth then, `answer` the SHA-256 of the answer that was read,
    `rubric` that of the rubric it was marked by (empty where there was none at hand), `when` a
    time in UTC.
    """

    lab: str
    question: str
    points: int | None = Field(ge=0)
    of: int = Field(ge=1)
    comment: str = Field(default="", max_length=MAX_COMMENT)
    by: str = Field(min_length=1, max_length=MAX_NAME)
    when: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
    answer: str
    rubric: str = ""

    @property
    def id(self) -> str:
        """Return a short name that no other mark of the same submission has.

        It begins with letters, so that a spreadsheet does not take it for a number.
        """
        content = self.model_dump_json().encode()
        return f"mark-{hashlib.sha256(content).hexdigest()[:_ID_LENGTH]}"

    def fits(self, possible: int) -> bool:
        """Return whether the points can be given for a question worth `possible`."""
        return self.points is not None and self.points <= possible

    def text(self) -> str:
        """Return the points as they are said to a person: `2 of 3`."""
        return f"{self.points} of {self.of}"


class Override(Frozen):
    """What a person gave for a check; `points` is None where that was taken back.

    `of` is what the check was worth then, `status` and `score` how it had been judged, `digest` a
    SHA-256 over the work. `when` is a time in UTC.
    """

    lab: str
    check: str
    points: int | None = Field(ge=0)
    of: int = Field(ge=1)
    status: Status
    score: int = Field(ge=0)
    digest: str
    reason: str = Field(min_length=1, max_length=MAX_COMMENT)
    by: str = Field(min_length=1, max_length=MAX_NAME)
    when: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def text(self) -> str:
        """Return the points as they are said to a person: `2 of 3`."""
        return f"{self.points} of {self.of}"


class MarkHistory(Frozen):
    """All that was given to one submission, in that order; nothing is ever taken out."""

    format: Literal["grader/marks/v1"] = Field(default="grader/marks/v1", alias="schema")
    submission: str
    marks: tuple[Mark, ...] = ()
    overrides: tuple[Override, ...] = ()

    model_config = ConfigDict(populate_by_name=True)

    def to_json(self) -> str:
        """Return marks.json's text, one final newline included."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


def current_marks(marks: Iterable[Mark]) -> dict[tuple[str, str], Mark]:
    """Return by lab and question the mark that was given last, those taken back left out."""
    last = {(mark.lab, mark.question): mark for mark in marks}
    return {place: mark for place, mark in last.items() if mark.points is not None}


def rubric_digest(rows: Sequence[tuple[int, str]]) -> str:
    """Return a SHA-256 over a rubric's rows of points and text; empty for no rubric."""
    if not rows:
        return ""
    return hashlib.sha256(json.dumps([list(row) for row in rows]).encode()).hexdigest()


def whole_points(text: str) -> int | None:
    """Return points as a person or a spreadsheet writes them: `2`, `2.0` and `2,0` are 2.

    None for anything but a whole number.
    """
    found = _WHOLE.fullmatch(text.strip())
    return int(found[1]) if found else None
