"""Whole reports of recorded facts, in every format, as they lie in `tests/golden/`.

A change of a report shows there as a difference to read. `pytest tests/render/test_golden.py
--renew-golden` writes the files anew; look at what git says has changed before it is committed.
"""

from collections.abc import Callable, Mapping
from functools import cache

import pytest

from grader.facts import SubmissionFacts
from grader.judge.check_kinds import PARAMS
from grader.judge.score import score_submission
from grader.render.gradescope import render_gradescope
from grader.render.html import render_html
from grader.render.junit import render_junit
from grader.render.markdown import render_markdown
from grader.render.terminal import render_text
from grader.result import Result
from grader.spec import catalog
from grader.spec.assignment import Assignment
from tests.conftest import ROOT

GOLDEN, RECORDED = ROOT / "tests" / "golden", ROOT / "tests" / "recorded"
# The model of lab 04, the same with mistakes, a script, scenes, and scenes beside runs.
NAMES = ("model", "mixed", "02-installation", "05-volumes", "07-final-lab")
Render = Callable[[Result, SubmissionFacts], str]


@cache
def _labs() -> tuple[Assignment, ...]:
    return catalog.load_assignments(ROOT / "assignments", PARAMS)


def _html(result: Result, facts: SubmissionFacts) -> str:
    return render_html(result, facts, _labs(), ROOT / "templates")


# By the end of the file's name.
FORMATS: Mapping[str, Render] = {
    "txt": lambda result, _: render_text(result, width=80, colour=False),
    "md": lambda result, _: render_markdown(result),
    "xml": lambda result, _: render_junit(result),
    "json": lambda result, _: result.to_json(),
    "gradescope.json": lambda result, _: render_gradescope(result),
    "html": _html,
}


def _recorded(name: str) -> tuple[Result, SubmissionFacts]:
    """Return recorded facts and their result, without what changes with every commit."""
    facts = SubmissionFacts.model_validate_json((RECORDED / f"{name}.json").read_bytes())
    result = score_submission(facts, _labs())
    # Digests over whole specs, and over the grader's own code: every edit changes them.
    fixed = {"grader": "recorded", "spec": "as in the checkout", "inputs": "0" * 64}
    provenance = result.provenance.model_copy(update=fixed)
    return result.model_copy(update={"provenance": provenance}), facts


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_reports_are_as_they_were_read(name: str, ending: str, pytestconfig: pytest.Config) -> None:
    """To the last byte."""
    path = GOLDEN / f"{name}.{ending}"
    report = FORMATS[ending](*_recorded(name)).encode()
    if pytestconfig.getoption("renew_golden"):
        path.write_bytes(report)
    assert path.read_bytes() == report, f"{path.name} differs; --renew-golden writes it anew"


def test_every_golden_file_belongs_to_a_report() -> None:
    """One that no test compares would tell of reports that are no more."""
    wanted = {f"{name}.{ending}" for name in NAMES for ending in FORMATS}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
