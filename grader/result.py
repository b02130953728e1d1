"""Verdicts and grades: what judging and scoring produce and every renderer reads.

`Result` is the public `result.json` (`grader/result/v1`): others script against it, so fields
are only ever added.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from grader.core.models import Frozen
from grader.facts import Place


class Status(StrEnum):
    """The outcome of one check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    MANUAL = "manual"
    ERROR = "error"


class GradeStatus(StrEnum):
    """How the grading of a whole submission ended."""

    GRADED = "graded"
    NEEDS_REVIEW = "needs_review"
    NOT_GRADED = "not_graded"

    @property
    def has_score(self) -> bool:
        """Return whether there is a number to show: not where the engine failed, not even a 0."""
        return self is not GradeStatus.NOT_GRADED


class Verdict(Frozen):
    """What a judge says of one check: the words stand alone, the strings are short.

    `nothing`: it failed because there was nothing to look at, and not for what was seen.
    """

    status: Status
    reason: str
    expected: str = ""
    actual: str = ""
    hint: str = ""
    flags: tuple[str, ...] = ()
    place: Place | None = None
    evidence: str = ""
    nothing: bool = False


class CheckResult(Frozen):
    """One line of the report: a verdict with its points and how to see it oneself.

    `cause` is the id of the cause in the section that explains why it failed; it is empty where
    none was found, and then alone the check's own `hint` stands.

    While it waits for a person or a key (`manual`), its points are in `pending` and `max_score`
    is 0: what nobody has marked yet costs nothing, and totals stay sums.
    """

    id: str
    title: str
    part: str
    status: Status
    score: int
    max_score: int
    pending: int = 0
    reason: str
    expected: str
    actual: str
    hint: str
    reproduce: str
    flags: tuple[str, ...]
    after: str | None = None
    place: Place | None = None
    evidence: str = ""
    cause: str = ""


class CauseResult(Frozen):
    """Why checks of a part failed, said before them: a row of docs/causes.md with its evidence.

    - `id`, `title`, `why`, `direction`: the row's. `part`: the title of the part it stands in.
    - `seen`: a sentence on what was found, in a file of the student's; `place`: where.
    - `shows`: a command with which one sees the same, or empty.
    - `explains`: the ids of the failed checks that it explains, in the order of the spec.
    - `either`: whether what was seen fits the cause before this one as well: it is one of them.
    """

    id: str
    title: str
    part: str
    seen: str
    why: str
    direction: str
    shows: str = ""
    place: Place | None = None
    explains: tuple[str, ...] = ()
    either: bool = False


class SectionResult(Frozen):
    """One lab: its checks in the order of the spec, and the causes of those that failed.

    Causes are in the order of their parts, the most basic of a part first.
    """

    id: str
    title: str
    score: int
    max_score: int
    pending: int = 0
    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()
    causes: tuple[CauseResult, ...] = ()

    def with_checks(self, checks: tuple[CheckResult, ...], **changed: object) -> "SectionResult":
        """Return the lab with other checks, and the points that they come to."""
        points = {
            "score": sum(check.score for check in checks),
            "max_score": sum(check.max_score for check in checks),
            "pending": sum(check.pending for check in checks),
        }
        return self.model_copy(update={"checks": checks, **points, **changed})


class ByHand(Frozen):
    """A check of the lab `lab` for which a person gave points: its line as it was judged."""

    lab: str
    judged: CheckResult


class SubmissionRef(Frozen):
    """Whose work it is: the folder's name, and a SHA-256 over what was read from it."""

    id: str
    digest: str


class BaseRef(Frozen):
    """A base image that was used, and whether it only stands in for the real one."""

    id: str
    standin: bool


class Provenance(Frozen):
    """With what, when and how long.

    `inputs` is a SHA-256 over all that the result follows from: while it is the same, a new
    grading would say the same. `phases` are the seconds that the stages took. `same_as` names the
    submission of equal content that was observed in this one's place. `beside` has the SHA-256, by
    name, of the files that the result was written with and that lie beside it, "" for one that was
    not there; it is empty where the result lies in no folder. Where `distrust` says why the grading
    cannot be relied on, the status is not_graded.
    """

    grader: str
    spec: str
    engine: str
    bases: Mapping[str, BaseRef]
    graded_at: str
    seconds: float
    phases: Mapping[str, float] = {}
    inputs: str = ""
    same_as: str = ""
    beside: Mapping[str, str] = {}
    distrust: str = ""


class Result(Frozen):
    """The content of result.json.

    `changed` names files that were given and are not as they were given: no point is lost by it,
    a person should look. `by_hand` keeps, of each check for which a person gave points, what was
    judged.
    """

    format: Literal["grader/result/v1"] = Field(default="grader/result/v1", alias="schema")
    submission: SubmissionRef
    status: GradeStatus
    score: int
    max_score: int
    pending: int = 0
    sections: tuple[SectionResult, ...]
    changed: tuple[str, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    provenance: Provenance

    model_config = ConfigDict(populate_by_name=True)

    def with_sections(self, sections: tuple[SectionResult, ...], **changed: object) -> "Result":
        """Return the result with other sections, and the points that they come to."""
        points = {
            "score": sum(section.score for section in sections),
            "max_score": sum(section.max_score for section in sections),
            "pending": sum(section.pending for section in sections),
        }
        return self.model_copy(update={"sections": sections, **points, **changed})

    def lab_score(self, section: SectionResult) -> int | None:
        """Return a lab's points; None where the engine failed on it, or nothing here counts."""
        lost = any(check.status is Status.ERROR for check in section.checks)
        return None if lost or self.provenance.distrust else section.score

    def causes(self) -> tuple[str, ...]:
        """Return why nothing is graded here, each reason once and raw; () of what is graded."""
        if self.status.has_score:
            return ()
        checks = (check for section in self.sections for check in section.checks)
        reasons = [check.reason for check in checks if check.status is Status.ERROR]
        return tuple(dict.fromkeys(why for why in (self.provenance.distrust, *reasons) if why))

    def to_json(self) -> str:
        """Return result.json's text, one final newline included."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"
