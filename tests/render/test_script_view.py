"""A script on the page: what it called on each machine, and what it left there."""

import re

from grader.facts import SubmissionFacts
from grader.facts.scripts import ScriptFacts
from tests.render.test_html import facts_of, page_of, read


def _figure(of: str | SubmissionFacts) -> str:
    page = page_of(facts_of(of) if isinstance(of, str) else of)
    found = re.search(r'<figure class="run".*?</figure>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_each_machine_says_how_every_run_ended() -> None:
    """And what was called, by whom, with which exit code."""
    figure = _figure("02-installation")
    assert (
        "jammy: jammy, amd64, umask 022, started as cituwfdf: exit code 0, then exit code 0"
        in figure
    )
    assert "noble: noble, arm64, umask 027, started as kfrxuieo: exit code 0" in figure
    assert "install -m 0755 -d /etc/apt/keyrings root 0" in figure
    assert "dpkg --print-architecture cituwfdf 0" in figure


def test_sudo_is_not_listed_beside_what_it_started() -> None:
    """The command is there once, as root's."""
    assert "sudo" not in _figure("02-installation").split("The engine")[0]


def test_the_machine_is_shown_as_it_was_left() -> None:
    """Modes as ls and chmod write them."""
    figure = _figure("02-installation")
    assert "/etc/apt/keyrings, mode 0755, owner root" in figure
    assert "/etc/apt/keyrings/docker.gpg, mode 0644, binary, Docker&#39;s key" in figure
    assert "Groups docker: nobody" in figure
    assert "root:docker, mode 0660" in figure
    assert "through sudo" in _figure("03-post-install")


def test_each_step_that_was_made_to_fail_is_a_row() -> None:
    """With how the script ended and what it did nevertheless."""
    figure = _figure("02-installation")
    assert "apt-get update jammy exit code 100 nothing" in figure
    assert "curl jammy exit code 2 gpg --dearmor --yes -o /etc/apt/keyrings/docker.gpg" in figure


def test_its_tables_have_captions_and_scopes() -> None:
    """A screen reader says what a table is about."""
    reader = read(page_of(facts_of("02-installation")))
    assert len(reader.all_of("caption")) == len(reader.all_of("table"))
    assert all("scope" in heading for heading in reader.all_of("th"))


def test_what_happened_in_reality_stands_before_what_the_points_are_for() -> None:
    """Each machine says which of the two it is, and what all are made from."""
    facts = facts_of("02-installation")
    (lab,) = facts.labs
    ((name, script),) = lab.observations.items()
    assert isinstance(script, ScriptFacts)
    world = script.worlds["jammy"]
    worlds = {**script.worlds, "jammy": world.model_copy(update={"lenient": True})}
    changed = {"worlds": worlds, "strict": {"jammy": world}, "machine": "ubuntu:24.04"}
    observations = {name: script.model_copy(update={**changed, "standin": True})}
    lab = lab.model_copy(update={"observations": observations})

    figure = _figure(facts.model_copy(update={"labs": (lab,)}))

    assert "On 2 machines made from a stand-in for ubuntu:24.04; where a step failed" in figure
    real, lenient = (figure.index(f"started as cituwfdf{end}") for end in (":", ", passing over"))
    assert real < lenient
