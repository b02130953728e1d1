"""Grades solutions of known grade: while they get it, this machine's grades can be trusted."""

import logging
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

_log = logging.getLogger(__name__)

_SHOWN = 6
_TRIES = 4
NO_SOLUTIONS = (
    "There are no solutions here to check this machine with: an installed grader has none, and "
    "neither has a lab of your own. In the grader's checkout there are."
)


class SelfCheckError(EngineError):
    """Work whose grade is known was graded otherwise: results here cannot be trusted."""


@dataclass(frozen=True, slots=True)
class KnownSolution:
    """A submission and what it has to lose in each lab: nothing where it is a model solution."""

    submission: Submission
    loses: dict[str, Expected | None]


def gather_solutions(labs: Sequence[Assignment]) -> tuple[KnownSolution, ...]:
    """Return what to check this machine with: the known solutions of labs whose spec is ours."""
    ours = catalog.folder("assignments")
    known = [lab for lab in labs if lab.folder.resolve() == (ours / lab.id).resolve()]
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        return make_solutions(known, Path(folder))


def self_check(
    session: Session,
    self_check: Iterable[KnownSolution],
    labs: Sequence[Assignment],
    note: Callable[[str], None],
) -> list[str]:
    """Grade the known solutions; return in words what differs from what they must get.

    Raises EngineFault when the engine fails on one again and again.
    """
    found: list[str] = []
    for solution in self_check:
        chosen = [lab for lab in labs if lab.id in solution.loses]
        _log.info("grading %s, whose grade is known", solution.submission.id)
        why = ""
        for _ in range(_TRIES):
            result = grade_one(session, solution.submission, chosen).result
            if session.cancelled.is_set():
                return []
            why = engine_failure(result)
            if not why:
                break
            note(f"The engine failed on a solution of known grade: {why}")
        else:
            raise EngineFault(
                f"The engine failed again and again on solutions whose grade is known ({why}), so "
                "nothing more is graded now. See to it (`grader doctor`) and run the same command "
                "again."
            )
        differs = differences(solution, result)
        level = logging.ERROR if differs else logging.INFO
        _log.log(level, "%s: %s", solution.submission.id, "; ".join(differs) or "as it must be")
        found += differs
    return found


def make_solutions(labs: Sequence[Assignment], folder: Path) -> tuple[KnownSolution, ...]:
    """Return the model of all `labs` that have one, and a wrong solution of each.

    They are put together in `folder`, which is not needed afterwards.
    """
    with_model = [lab.id for lab in labs if has_model(lab.id)]
    if not with_model:
        return ()
    wrong = {lab: found for lab in with_model if (found := _wrong(lab))}
    for lab in with_model:
        assemble(folder / "solution-model", lab)
    for lab, (overlay, _) in wrong.items():
        assemble(folder / "solution-wrong", lab, overlay)
    made = [
        KnownSolution(
            read_submission(folder / "solution-model", with_model), dict.fromkeys(with_model)
        )
    ]
    if wrong:
        submission = read_submission(folder / "solution-wrong", wrong)
        made.append(KnownSolution(submission, {lab: want for lab, (_, want) in wrong.items()}))
    return tuple(made)


def differences(solution: KnownSolution, result: Result) -> list[str]:
    """Return in words what was judged otherwise than it must be; the first few of it."""
    found = []
    for section in result.sections:
        want = solution.loses.get(section.id)
        for check in section.checks:
            must = _must(check.id, want)
            if check.status not in {must, Status.MANUAL}:
                found.append(
                    f"{section.id}, {check.id}: {check.status.value}, must be {must.value} "
                    f"({check.reason})"
                )
    return found[:_SHOWN]


def engine_failure(result: Result) -> str:
    """Return why the engine failed on a solution, which says nothing about grades; "" if not."""
    checks = [check for section in result.sections for check in section.checks]
    return next((check.reason for check in checks if check.status is Status.ERROR), "")


def complain(found: Iterable[str]) -> SelfCheckError:
    """Return the error that ends a run."""
    return SelfCheckError(
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
