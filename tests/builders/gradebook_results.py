"""Builds results as a run leaves them, without an engine."""

from pathlib import Path

from grader.core.files import write_text
from grader.core.import_record import RECORD, Imported, ImportRecord, Person
from grader.result import (
    CheckResult,
    GradeStatus,
    Provenance,
    Result,
    SectionResult,
    Status,
    SubmissionRef,
)
from grader.results import store
from tests.builders.sections import result_of, section_of

LABS = ("04-images-and-containers", "05-volumes")


def check(number: int, status: Status, points: int) -> CheckResult:
    """Return one check of so many points."""
    manual = status is Status.MANUAL
    return CheckResult(
        id=f"check-{number}",
        title="a check",
        part="part",
        status=status,
        score=points if status is Status.PASSED else 0,
        max_score=0 if manual else points,
        pending=points if manual else 0,
        reason="reason",
        expected="",
        actual="",
        hint="",
        reproduce="",
        flags=(),
    )


def section(lab: str, statuses: list[tuple[Status, int]]) -> SectionResult:
    """Return one lab with checks of these outcomes and points."""
    checks = tuple(check(n, status, points) for n, (status, points) in enumerate(statuses))
    return section_of(lab, lab, checks)


def result(name: str, *labs: list[tuple[Status, int]]) -> Result:
    """Return a submission's result, one list of outcomes for each lab."""
    sections = tuple(section(lab, outcomes) for lab, outcomes in zip(LABS, labs, strict=False))
    nothing = Result(
        submission=SubmissionRef(id=name, digest="0" * 64),
        status=GradeStatus.GRADED,
        score=0,
        max_score=0,
        sections=(),
        provenance=Provenance(
            grader="1", spec="s", engine="e", bases={}, graded_at="2026-03-01T00:00:00Z", seconds=1
        ),
    )
    return result_of(sections, nothing)


FULL = [(Status.PASSED, 20), (Status.PASSED, 10)]
HALF = [(Status.PASSED, 20), (Status.FAILED, 10)]
NONE = [(Status.FAILED, 20), (Status.SKIPPED, 10)]
OUTAGE = [(Status.PASSED, 20), (Status.ERROR, 10)]
WAITING = [(Status.PASSED, 20), (Status.MANUAL, 10)]
PEOPLE = {
    "alice": Person(
        id="alice", name='Doe, "Al" Alice', email="alice@x.org", sis_id="1001",
        canvas_id="511", moodle_id="70001", github="alice-gh",
    ),
    "bob": Person(
        id="bob", name='=HYPERLINK("http://x")', email="bob@x.org", sis_id="1002",
        canvas_id="512", moodle_id="70002", login="bobby",
    ),
    "carl": Person(
        id="carl", name="\u00d6zt\u00fcrk\nCarl", email="carl@x.org", sis_id="1003",
        canvas_id="513", moodle_id="70003",
    ),
    "dora": Person(
        id="dora", name="-Dora", email="dora@x.org", sis_id="1004", canvas_id="514",
        moodle_id="70004",
    ),
    "emil": Person(
        id="emil", name="Emil", email="emil@x.org", sis_id="1005", canvas_id="515",
        moodle_id="70005",
    ),
}  # fmt: skip
RESULTS = {
    "alice": result("alice", FULL, FULL),
    "bob": result("bob", HALF, FULL),
    "carl": result("carl", NONE, NONE),
    "dora": result("dora", FULL, OUTAGE),
    "emil": result("emil", WAITING, FULL),
}
TOTALS = {"alice": 60, "bob": 50, "carl": 0, "dora": None, "emil": 50}
SUBMITTED = {
    "alice": "2026-03-01T12:00:00Z",
    "bob": "2026-03-02T12:00:01Z",
    "carl": "2026-03-09T12:00:00Z",
    "dora": "2026-03-01T11:00:00Z",
    "emil": "",
}


def write_class(folder: Path, *, record: bool = True) -> Path:
    """Write the five students' results, and what an import would have recorded of them."""
    for name, one in RESULTS.items():
        write_text(folder / name / store.RESULT, one.to_json())
    entries = tuple(
        Imported(person=person, source="canvas", submitted_at=SUBMITTED[name])
        for name, person in PEOPLE.items()
    )
    if record:
        write_text(folder / RECORD, ImportRecord(submissions=entries).to_json())
    return folder
