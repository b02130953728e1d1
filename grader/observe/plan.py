"""What has to be observed for a lab: derived from its checks before the first container starts."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from grader.spec.assignment import Aspect, Assignment
from grader.spec.notebook.cells import stub


@dataclass(frozen=True, slots=True)
class Plan:
    """Aspects by observation; by name the paths to look at and those to follow through steps."""

    observations: Mapping[str, frozenset[Aspect]]
    paths: Mapping[str, frozenset[str]]
    makes: Mapping[str, frozenset[str]]


def make_plan(assignment: Assignment) -> Plan:
    """Return the plan that serves every check once; what no check needs is not in it."""
    observations: dict[str, set[Aspect]] = defaultdict(set)
    paths: dict[str, set[str]] = defaultdict(set)
    makes: dict[str, set[str]] = defaultdict(set)
    for check in assignment.checks:
        for need in check.params.needs():
            if need.of in assignment.observe:
                observations[need.of].add(need.aspect)
            (makes if need.aspect is Aspect.STEPS else paths)[need.of].update(need.paths)
    names = (*assignment.images, *assignment.observe)
    return Plan(
        {name: frozenset(found) for name, found in observations.items()},
        {name: frozenset(paths[name]) for name in names},
        {name: frozenset(makes[name]) for name in names},
    )


def observed_digests(
    assignments: Iterable[Assignment], *, grader: str, faithful: bool
) -> Callable[[str], str]:
    """Return what makes, of a submission's digest, a SHA-256 over all that its facts rest on.

    Titles, points and what judges alone read are not in it: they can change without a new look.
    """
    same = {
        "grader": grader,
        "faithful": faithful,
        "labs": [_looked_at(assignment) for assignment in assignments],
    }

    def observed(submission: str) -> str:
        rests_on = same | {"submission": submission}
        return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()

    return observed


def _looked_at(assignment: Assignment) -> Mapping[str, object]:
    plan = make_plan(assignment)
    return {
        "id": assignment.id,
        "bases": assignment.bases,
        "submission": assignment.submission.model_dump(mode="json"),
        "provided": {name: assignment.provided_digest(name) for name in assignment.provided},
        "images": {name: image.model_dump() for name, image in assignment.images.items()},
        "words": dict(assignment.words),
        "questions": [(question.id, stub(question)) for question in assignment.questions],
        "observe": {
            name: {"kind": spec.kind} | spec.model_dump(mode="json")
            for name, spec in assignment.observe.items()
        },
        "plan": [
            {name: sorted(found) for name, found in part.items()}
            for part in (plan.observations, plan.paths, plan.makes)
        ],
    }
