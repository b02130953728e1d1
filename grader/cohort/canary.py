"""Work whose grade is known: while it is graded as it must be, the machine can be trusted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import EngineError
from grader.model import Result, Status
from grader.solutions import Expected, assemble, expected, has_model, overlays
from grader.spec.model import Assignment
from grader.submission import Submission, read_submission

_SHOWN = 6


class CanaryError(EngineError):
    """Work whose grade is known was graded otherwise: results here cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A submission and what it has to lose in each lab: nothing where it is a model solution."""

    submission: Submission
    loses: dict[str, Expected | None]


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


def could_not(result: Result) -> bool:
    """Return whether the engine failed on the canary: that says nothing about grades."""
    return any(check.status is Status.ERROR for s in result.sections for check in s.checks)


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
