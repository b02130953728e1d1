"""Every kind of observation has its row in each table, and every lab shows what was observed."""

import pytest

from grader.facts import LabFacts
from grader.judge.score import score_submission
from grader.observe.probes import PROBES
from grader.render.observation_views import VIEWS
from grader.spec.catalog import folder
from grader.spec.observation_kinds import OBSERVATIONS
from tests.render.test_html import LABS, facts_of, page_of, read

RECORDED = ["01-microservices", "02-installation", "03-post-install", "05-volumes", "07-final-lab"]


def test_the_tables_hold_the_same_kinds() -> None:
    """A kind that one of them lacks fails here and not while a class is graded."""
    templates = {
        path.name.removesuffix(".html.j2") for path in folder("templates/observed").iterdir()
    }
    kinds = set(OBSERVATIONS)
    assert set(PROBES) == set(VIEWS) == templates == kinds


def test_facts_carry_the_word_of_their_kind() -> None:
    """By it the page finds the view: what is recorded has the kind that the spec names."""
    words = {
        str(seen["kind"])
        for name in (*RECORDED, "model")
        for seen in facts_of(name).labs[0].model_dump()["observations"].values()
    }
    assert words == set(OBSERVATIONS)


@pytest.mark.parametrize("name", RECORDED)
def test_each_observation_has_a_figure_that_its_checks_lead_to(name: str) -> None:
    """Also those that are no run: scenes and scripts."""
    facts = facts_of(name)
    reader = read(page_of(facts))
    figures = {figure["id"] for figure in reader.all_of("figure")}
    targets = {(link["href"] or "")[1:] for link in reader.all_of("a")}

    lab: LabFacts = facts.labs[0]
    assert figures == {f"{lab.lab}-seen-{observation}" for observation in lab.observations}
    for figure in figures:
        assert any(target == figure or target.startswith(f"{figure}-") for target in targets)


def test_an_observation_of_another_kind_than_the_spec_names_is_not_shown() -> None:
    """Facts can be older than the spec: what they hold is not what it describes."""
    facts, other = facts_of("05-volumes"), facts_of("model")
    lab = facts.labs[0]
    run = other.labs[0].observations["exec-default"]
    changed = lab.model_copy(update={"observations": {**lab.observations, "new": run}})

    judged = score_submission(facts, LABS)
    page = page_of(facts.model_copy(update={"labs": (changed,)}), judged)

    assert 'id="05-volumes-seen-new"' not in page
    assert 'id="05-volumes-seen-sharing"' in page
