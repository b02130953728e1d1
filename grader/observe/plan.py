"""Works out, before the first container starts, what the checks of a lab need to be observed."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from grader.spec.assignment import Aspect, Assignment
from grader.spec.notebook.cells import stub


@dataclass(frozen=True, slots=True)
class ObservationPlan:
    """What is observed for a lab; an observation that no check needs is not in it.

    `observations` says which aspects of each observation are needed, by its name in the spec.
    `paths` and `makes` are by the name of an image or an observation: the paths to look for in an
    image, and the paths of which it is asked which build step made them.
    """

    observations: Mapping[str, frozenset[Aspect]]
    paths: Mapping[str, frozenset[str]]
    makes: Mapping[str, frozenset[str]]


def make_plan(assignment: Assignment) -> ObservationPlan:
    """Return the plan for all checks of a lab together: what several need is observed once."""
    observations: dict[str, set[Aspect]] = defaultdict(set)
    paths: dict[str, set[str]] = defaultdict(set)
    makes: dict[str, set[str]] = defaultdict(set)
    for check in assignment.checks:
        for need in check.params.needs():
            if need.of in assignment.observe:
                observations[need.of].add(need.aspect)
            (makes if need.aspect is Aspect.STEPS else paths)[need.of].update(need.paths)
    names = (*assignment.images, *assignment.observe)
    return ObservationPlan(
        {name: frozenset(found) for name, found in observations.items()},
        {name: frozenset(paths[name]) for name in names},
        {name: frozenset(makes[name]) for name in names},
    )


def observed_digests(
    assignments: Iterable[Assignment], *, grader: str, faithful: bool
) -> Callable[[str], str]:
    """Return a function from a submission's digest to the digest of everything its facts rest on.

    That is a SHA-256, in hex, over the submission, the observing code (`grader`), and what of the
    labs' specs an observation depends on. While it stays the same, saved facts are as good as new
    ones. Titles, points and what only judges read are left out: they may change without a need to
    observe anything again.
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
