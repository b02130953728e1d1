"""What is said of a lab while it is observed is what its report says in the end."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.facts import LabFacts
from grader.judge.score import score_lab
from grader.judge.so_far import decided
from grader.results.store import read_facts
from grader.spec.assignment import Assignment
from tests.conftest import ROOT

RECORDED = sorted((ROOT / "tests" / "recorded").glob("*.json"))


def _coming_in(facts: LabFacts) -> Iterator[LabFacts]:
    """Yield a lab's facts as they grow, in an order of its own each time, to the whole."""
    order = [("images", name) for name in facts.images]
    order += [("observations", name) for name in facts.observations]
    random.shuffle(order)
    known: dict[str, dict[str, object]] = {"images": {}, "observations": {}}
    yield facts.model_copy(update={"images": {}, "observations": {}})
    for kind, name in order:
        known[kind][name] = getattr(facts, kind)[name]
        yield facts.model_copy(update={kind: dict(found) for kind, found in known.items()})


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_nothing_that_was_said_is_taken_back(path: Path, labs: tuple[Assignment, ...]) -> None:
    """Each check is decided once, as in the end, whatever comes in first; in the end all are."""
    by_id = {lab.id: lab for lab in labs}
    for facts in read_facts(path).labs:
        lab = by_id[facts.lab]
        wanted = {check.id: check.status for check in score_lab(lab, facts).checks}
        said: dict[str, object] = {}
        steps = list(_coming_in(facts))
        for known in steps:
            found = {name: check.status for name, check in decided(lab, known).items()}
            assert found.keys() >= said.keys()
            assert found.items() <= wanted.items()
            said = {**found}
        assert said.keys() == {check.id for check in lab.checks}
        assert not decided(lab, steps[0]) or facts.missing
