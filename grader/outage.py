"""The grade of a submission that could not be graded at all: for those who must get an answer."""

from collections.abc import Sequence
from datetime import UTC, datetime

from grader.facts import EngineFacts, Fault, NotSeen, SubmissionFacts
from grader.judge.score import score_submission
from grader.observe.lab import not_submitted
from grader.pipeline import Graded, grader_version
from grader.result import SectionResult
from grader.spec.assignment import Assignment


def not_graded(
    submission: str, assignments: Sequence[Assignment], labs: Sequence[str], why: str
) -> Graded:
    """Return facts and a result that say only why there is no grade.

    `labs` are the ids of what should have been graded; where the specs of them could not be read
    (`assignments` is empty) a lab has no checks.
    """
    gone = NotSeen(fault=Fault.ENGINE, why=why)
    facts = SubmissionFacts(
        submission=submission,
        digest="",
        grader=grader_version(),
        engine=EngineFacts(name="no engine", version="-", api="-", local=True),
        graded_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=0.0,
        labs=tuple(not_submitted(assignment, gone) for assignment in assignments),
        distrust=why,
    )
    result = score_submission(facts, assignments)
    known = {section.id for section in result.sections}
    bare = [
        SectionResult(id=lab, title=lab, score=0, max_score=0, checks=())
        for lab in labs
        if lab not in known
    ]
    return Graded(facts, result.model_copy(update={"sections": (*result.sections, *bare)}))
