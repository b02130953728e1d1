"""Work whose grade is known: while it is graded as it must be, the machine can be trusted."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.batch.solutions import Expected, assemble, expected, has_model, overlays
from grader.core.errors import EngineError, EngineFault
from grader.observe.session import Session
from grader.pipeline import grade_one
from grader.result import Result, Status
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.submission.snapshot import Submission, read_submission

_SHOWN = 6
_TRIES = 4
NO_CANARIES = (
    "There are no solutions here to check this machine with: an installed grader has none, and "
    "neither has a lab of your own. In the grader's checkout there are."
)


class CanaryError(EngineError):
    """Work whose grade is known was graded otherwise: results here cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A submission and what it has to lose in each lab: nothing where it is a model solution."""

    submission: Submission
    loses: dict[str, Expected | None]


def gather_canaries(labs: Sequence[Assignment]) -> tuple[Canary, ...]:
    """Return the canaries of those labs whose solutions are here and whose spec is ours."""
    ours = catalog.folder("assignments")
    known = [lab for lab in labs if lab.folder.resolve() == (ours / lab.id).resolve()]
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        return make_canaries(known, Path(folder))


def prove(
    session: Session,
    canaries: Iterable[Canary],
    labs: Sequence[Assignment],
    note: Callable[[str], None],
) -> list[str]:
    """Grade the canaries; return in words what differs from what they must get.

    Raises EngineFault when the engine fails on one again and again.
    """
    found: list[str] = []
    for canary in canaries:
        chosen = [lab for lab in labs if lab.id in canary.loses]
        why = ""
        for _ in range(_TRIES):
            result = grade_one(session, canary.submission, chosen).result
            if session.cancelled.is_set():
                return []
            why = could_not(result)
            if not why:
                break
            note(f"The engine failed on a solution of known grade: {why}")
        else:
            raise EngineFault(
                f"The engine failed again and again on solutions whose grade is known ({why}), so "
                "nothing more is graded now. See to it (`grader doctor`) and run the same command "
                "again."
            )
        found += differences(canary, result)
    return found


def make_canaries(labs: Sequence[Assignment], folder: Path) -> tuple[Canary, ...]:
    """Return the model of all `labs` that have one, and a wrong solution of each.

    They are put together in `folder`, which is not needed afterwards.
    """
    with_model = [lab.id for lab in labs if has_model(lab.id)]
    if not with_model:
        return ()
    wrong = {lab: found for lab in with_model if (found := _wrong(lab))}
    for lab in with_model:
        assemble(folder / "canary-model", lab)
    for lab, (overlay, _) in wrong.items():
        assemble(folder / "canary-wrong", lab, overlay)
    made = [Canary(read_submission(folder / "canary-model", with_model), dict.fromkeys(with_model))]
    if wrong:
        submission = read_submission(folder / "canary-wrong", wrong)
        made.append(Canary(submission, {lab: want for lab, (_, want) in wrong.items()}))
    return tuple(made)


def differences(canary: Canary, result: Result) -> list[str]:
    """Return in words what was judged otherwise than it must be; the first few of it."""
    found = []
    for section in result.sections:
        want = canary.loses.get(section.id)
        for check in section.checks:
            must = _must(check.id, want)
            if check.status not in {must, Status.MANUAL}:
                found.append(
                    f"{section.id}, {check.id}: {check.status.value}, must be {must.value} "
                    f"({check.reason})"
                )
    return found[:_SHOWN]


def could_not(result: Result) -> str:
    """Return why the engine failed on the canary, which says nothing about grades; "" if not."""
    checks = [check for section in result.sections for check in section.checks]
    return next((check.reason for check in checks if check.status is Status.ERROR), "")


def complain(found: Iterable[str]) -> CanaryError:
    """Return the error that ends a run."""
    return CanaryError(
        "This machine does not grade as it should: solutions whose grade is known came out "
        "otherwise.\n  " + "\n  ".join(found) + "\nWhat was graded since they last came out right "
        "is marked as not graded. Mend the machine (`grader doctor`; is it overloaded?), then run "
        "the same command again."
    )


def _must(check: str, want: Expected | None) -> Status:
    if want and check in want.failed:
        return Status.FAILED
    return Status.SKIPPED if want and check in want.skipped else Status.PASSED


def _wrong(lab: str) -> tuple[Path, Expected] | None:
    """Return the wrong solution that loses least: it shows best that nothing else is lost."""
    found = [(overlay, expected(overlay)) for overlay in overlays(lab, "wrong")]
    found = [entry for entry in found if entry[1].failed and not entry[1].flags]
    order = sorted(found, key=lambda e: (len(e[1].failed) + len(e[1].skipped), e[0].name))
    return order[0] if order else None
