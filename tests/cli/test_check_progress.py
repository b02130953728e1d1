"""What a person sees while one submission is graded: on a terminal, and where there is none."""

import io
import re

import pytest
from rich.console import Console

from grader.cli.check_progress import CheckProgress, SteadyConsole, watching
from grader.facts import LabFacts
from grader.observe.lab import not_submitted
from grader.observe.lab_so_far import LabSoFar
from grader.results.store import read_facts
from grader.spec.assignment import Assignment
from tests.conftest import ROOT


@pytest.fixture
def facts() -> LabFacts:
    """Return what was observed of a work with mistakes."""
    return read_facts(ROOT / "tests" / "recorded" / "mixed.json").labs[0]


def _play(progress: CheckProgress, facts: LabFacts) -> None:
    """Tell what observing that work told: images first, then what ran."""
    bare: dict[str, object] = {"images": {}, "observations": {}, "bases": {}}
    so_far = LabSoFar(progress, facts.model_copy(update=bare))
    so_far.built(facts.bases)
    for name, image in facts.images.items():
        with so_far.doing("build", name):
            so_far.image(name, image)
    for name, seen in facts.observations.items():
        so_far.observation(name, seen)


def _console(screen: io.StringIO, *, terminal: bool) -> Console:
    return SteadyConsole(file=screen, force_terminal=terminal, width=80, legacy_windows=False)


def test_each_check_is_a_plain_line_where_there_is_no_terminal(
    lab: Assignment, facts: LabFacts
) -> None:
    """Once, with its word and title, and nothing that a log would show as an escape."""
    screen = io.StringIO()
    with watching([lab], _console(screen, terminal=False)) as progress:
        _play(progress, facts)

    lines = screen.getvalue().splitlines()
    assert len(lines) == len(lab.checks)
    assert "\x1b" not in screen.getvalue()
    assert "passed: 04 Dockerfile-exec builds from an allowed base" in lines
    assert "FAILED: 04 ENTRYPOINT is written in exec form" in lines
    assert {line.partition(":")[0] for line in lines} == {"passed", "FAILED", "skipped"}


def test_a_terminal_shows_what_is_under_way_and_keeps_its_cursor(
    lab: Assignment, facts: LabFacts
) -> None:
    """However the run ends, nobody has to give the cursor back."""
    screen = io.StringIO()
    with watching([lab], _console(screen, terminal=True)) as progress:
        assert "asking the Docker engine" in progress.live().plain
        progress.begins(lab.id, "build", "exec")
        progress.begins(lab.id, "run", "shell-words")
        live = progress.live().plain
        progress.ends(lab.id, "build", "exec")
        progress.ends(lab.id, "run", "shell-words")
        _play(progress, facts)

    assert live == "0/27 checks, 0 s: 04 builds Dockerfile-exec (0 s, mostly 2), +1"
    drawn = screen.getvalue()
    assert "\x1b[?25l" not in drawn
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert max(map(len, re.split(r"[\r\n]+", plain))) <= 80
    assert "✗ FAILED  04 ENTRYPOINT is written in exec form" in plain


def test_a_lab_that_is_not_there_is_one_line(lab: Assignment) -> None:
    """Not one for each of its checks."""
    screen = io.StringIO()
    with watching([lab], _console(screen, terminal=False)) as progress:
        progress.known(not_submitted(lab))

    (line,) = screen.getvalue().splitlines()
    assert line.startswith(f"FAILED: 04 all {len(lab.checks)} checks: {lab.id} was not submitted")


def test_what_fails_in_showing_fails_nothing(lab: Assignment, facts: LabFacts) -> None:
    """A screen that cannot be written to is not the student's mistake, nor the end of grading."""

    class Broken(CheckProgress):
        def known(self, facts: LabFacts) -> None:
            raise OSError(facts.lab)

    _play(Broken([lab], _console(io.StringIO(), terminal=False)), facts)
