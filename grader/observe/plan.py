"""What has to be observed for a lab: derived from its checks before the first container starts."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from grader.spec.model import Aspect, Assignment


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
