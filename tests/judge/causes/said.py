"""A case of recorded facts in which one check failed for a reason that is given."""

from collections.abc import Mapping
from functools import cache

from grader.facts import ImageFacts, LabFacts, NotSeen, SubmissionFacts, WrittenInstruction
from grader.judge.causes.all_causes import CAUSES
from grader.judge.causes.cause import Case, Finding
from grader.judge.check_kinds import PARAMS
from grader.judge.context import JudgeContext
from grader.judge.score import score_lab
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.spec.load import load_assignment
from tests.conftest import ROOT


@cache
def _recorded(name: str) -> tuple[Assignment, LabFacts]:
    path = ROOT / "tests" / "recorded" / f"{name}.json"
    facts = SubmissionFacts.model_validate_json(path.read_bytes()).labs[0]
    return load_assignment(ROOT / "assignments" / facts.lab, PARAMS), facts


def found(
    cause: str,
    check: str,
    reason: str,
    *,
    sources: Mapping[str, str],
    lines: tuple[WrittenInstruction, ...] | None = None,
    name: str = "05-volumes",
    unbuilt: NotSeen | None = None,
    cmd: tuple[str, ...] | None = None,
) -> Finding | None:
    """Return what a cause finds where `check` of the recorded lab failed with `reason`.

    `lines` are the image's instructions and `cmd` its CMD, the recorded ones where None; an
    `unbuilt` image has none.
    """
    lab, facts = _recorded(name)
    spec = next(one for one in lab.checks if one.id == check)
    result = next(one for one in score_lab(lab, facts).checks if one.id == check)
    failed = result.model_copy(
        update={"status": Status.FAILED, "reason": reason, "score": 0, "evidence": ""}
    )
    subject = next(
        (name for name in lab.images if _is_about(spec.params.images(), name)),
        next(iter(lab.observe)),
    )
    images = dict(facts.images)
    if isinstance(image := images.get(subject), ImageFacts):
        written = image.written if lines is None else lines
        changes = {"written": written, "cmd": image.cmd if cmd is None else cmd}
        images[subject] = unbuilt or image.model_copy(update=changes)
    varied = facts.model_copy(update={"sources": sources, "images": images})
    case = Case(JudgeContext(lab, varied), subject, ((spec, failed),), {check: failed})
    return next(row for row in CAUSES if row.id == cause).look(case)


def _is_about(images: tuple[str, ...], name: str) -> bool:
    return not images or name in images
