"""The content of class.json (`grader/class/v1`): fields are only ever added.

`submissions` holds a compact row for each; everything else refers to them by id.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, Field

from grader.core.models import Frozen
from grader.result import GradeStatus, Status

OUTCOMES: Mapping[Status, str] = {
    Status.PASSED: "P",
    Status.FAILED: "F",
    Status.SKIPPED: "S",
    Status.MANUAL: "M",
    Status.ERROR: "E",
}
NOT_HANDED_IN, NOT_CHECKED = "N", "-"


class SubmissionRow(Frozen):
    """One submission. `report` is the relative, percent-encoded address of its page.

    `labs` holds the points by lab: null where something of the lab was not graded. `outcomes` has
    one letter for each entry of the class's `checks`: P passed, F failed, S skipped, M waits to be
    marked, E not graded, N the lab was not handed in, - this check was not part of the grading.
    `waiting` counts the checks that wait for a person.
    """

    id: str
    report: str
    digest: str
    status: GradeStatus
    score: int
    max_score: int
    pending: int
    labs: Mapping[str, int | None]
    flags: int
    waiting: int
    seconds: float
    outcomes: str


class LabSummary(Frozen):
    """One lab. `mean` is of those who handed it in and were graded; null when nobody was."""

    id: str
    title: str
    max_score: int
    handed_in: int
    mean: float | None


class CheckSummary(Frozen):
    """How one check did.

    The six counts and `not_checked` add up to the number of submissions. `pass_rate` is passed of
    passed, failed and skipped, and `discrimination` the point-biserial correlation between passing
    and the points of all other checks, both over graded submissions that handed the lab in. They
    are null where there is none, or it is undefined, and `undefined` says why.
    """

    lab: str
    id: str
    title: str
    part: str
    max_score: int
    passed: int
    failed: int
    skipped: int
    manual: int
    error: int
    not_handed_in: int
    not_checked: int
    pass_rate: float | None
    discrimination: float | None
    undefined: str = ""


class Bin(Frozen):
    """How many submissions have `first` to `last` points, both included."""

    first: int
    last: int
    count: int


class Scores(Frozen):
    """The distribution of totals over graded submissions; `deviation` is of the population.

    Numbers are null when nobody was graded. Points that wait for a person are in no total.
    """

    count: int
    max_score: int
    lowest: int | None = None
    highest: int | None = None
    mean: float | None = None
    median: float | None = None
    deviation: float | None = None
    bins: tuple[Bin, ...] = ()


class SharedText(Frozen):
    """One text that several submissions share, for one check.

    Random words, numbers and long ids in it are replaced, so that the same cause is one text.
    `submissions` are ids in order: for reasons and causes the first few of `count`, for flags and
    what waits all of them.
    """

    lab: str
    check: str
    text: str
    count: int
    submissions: tuple[str, ...]


class NotGraded(Frozen):
    """A submission without a grade, and why: never a low score."""

    submission: str
    reasons: tuple[str, ...]


class Timing(Frozen):
    """The seconds that one phase, or one lab, took."""

    name: str
    submissions: int
    total: float
    median: float
    longest: float


class Slow(Frozen):
    """One of the submissions that took longest."""

    submission: str
    seconds: float


class Times(Frozen):
    """Where the time went."""

    whole: Timing | None = None
    phases: tuple[Timing, ...] = ()
    labs: tuple[Timing, ...] = ()
    slowest: tuple[Slow, ...] = ()


class Made(Frozen):
    """With what the class was graded, each with the number of submissions; first and last time."""

    graders: Mapping[str, int] = Field(default_factory=dict)
    specs: Mapping[str, int] = Field(default_factory=dict)
    engines: Mapping[str, int] = Field(default_factory=dict)
    standins: Mapping[str, int] = Field(default_factory=dict)
    first: str = ""
    last: str = ""


class Identical(Frozen):
    """Submissions of the same text; without `same_bytes` they differ in spaces or case.

    `own` is how many lines of theirs the starter does not have: with 0 they handed in what they
    were given. It is null where their text was not kept, and only bytes were compared.
    """

    digest: str
    submissions: tuple[str, ...]
    same_bytes: bool = True
    own: int | None = None


class SharedLine(Frozen):
    """A line that few in the class have. `near` means that theirs differ in a few characters."""

    text: str
    have_it: int
    near: bool = False


class Alike(Frozen):
    """Two files that share more rare text than chance explains: for a person to look at.

    `similarity` compares what is their own, 0 to 100; `bits` is how surprising the shared lines
    are and `needed` what it takes in a class of this size. `first_same` and `second_same` count
    further submissions of exactly the same bytes.
    """

    lab: str
    file: str
    first: str
    second: str
    similarity: int
    bits: float
    needed: float
    shared: int
    lines: tuple[SharedLine, ...]
    first_same: int = 0
    second_same: int = 0


class Duplicates(Frozen):
    """What looks the same. `compared` counts submissions whose text was there to compare."""

    compared: int = 0
    identical: tuple[Identical, ...] = ()
    alike: tuple[Alike, ...] = ()
    left_out: int = 0


class UnreadableResult(Frozen):
    """A folder of the results that could not be read, and why."""

    folder: str
    why: str


class ClassSummary(Frozen):
    """The content of class.json.

    `causes` counts the submissions that have a cause in a lab: `check` is its id, `text` its title.
    `sources` is a SHA-256 over all that the files about the class were made from, and `beside` has
    those of grades.csv and class.html, by name: others lie there only if writing was cut off.
    """

    format: Literal["grader/class/v1"] = Field(default="grader/class/v1", alias="schema")
    made: Made
    scores: Scores
    labs: tuple[LabSummary, ...]
    checks: tuple[CheckSummary, ...]
    submissions: tuple[SubmissionRow, ...]
    reasons: tuple[SharedText, ...]
    flags: tuple[SharedText, ...]
    waiting: tuple[SharedText, ...]
    causes: tuple[SharedText, ...] = ()
    not_graded: tuple[NotGraded, ...]
    times: Times
    duplicates: Duplicates
    unreadable: tuple[UnreadableResult, ...] = ()
    sources: str = ""
    beside: Mapping[str, str] = Field(default_factory=dict)

    model_config = ConfigDict(populate_by_name=True)

    def to_json(self) -> str:
        """Return class.json's text, one final newline included."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"
