"""What can be said of a lab while it is still being observed: each check as its facts come in."""

from grader.facts import LabFacts
from grader.judge.context import NotObserved
from grader.judge.score import check_result
from grader.result import CheckResult
from grader.spec.assignment import Assignment


def decided(assignment: Assignment, facts: LabFacts) -> dict[str, CheckResult]:
    """Return the checks that these facts decide, by id, in the order of the spec.

    `facts` may lack images and observations. What is said here of a check is what all facts will
    say of it, but for the cause.
    """
    done: dict[str, CheckResult] = {}
    for check in assignment.checks:
        if any(name not in done for name in check.after):
            continue
        try:
            done[check.id] = check_result(assignment, facts, check, done)
        except NotObserved:
            continue
    return done
