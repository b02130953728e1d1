"""Reads reports as a student does, from the top: which cause or check is said first."""

import re
from collections.abc import Mapping
from html import unescape

from grader.judge.check_kinds import PARAMS
from grader.pipeline import Graded
from grader.render.annotations import render_annotations
from grader.render.html import render_html
from grader.render.markdown import render_markdown
from grader.render.terminal import render_text
from grader.result import Result, Status
from grader.spec.load import load_assignment
from tests.conftest import ROOT
from tests.render.runner import commands


def reports(graded: Graded) -> Mapping[str, str]:
    """Return the words of a grade's reports, by format, on one line each."""
    result = graded.result
    folders = {section.id: section.id for section in result.sections}
    labs = [load_assignment(ROOT / "assignments" / name, PARAMS) for name in folders]
    page = render_html(result, graded.facts, labs, ROOT / "templates")
    lines = commands("\n".join(render_annotations(result, folders)))
    return {
        "text": _plain(render_text(result, width=100_000)),
        "html": _plain(unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL))),
        "markdown": _plain(unescape(render_markdown(result)).replace("\u2060", "")),
        "annotations": _plain(
            " ".join(f"{line.properties.get('title', '')} {line.data}" for line in lines)
        ),
    }


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def first_said(text: str, result: Result) -> str:
    """Return the id of what comes first in a report: of a cause by its title, or of a check.

    A check is said where its reason is. Empty where neither is found.
    """
    words: dict[str, str] = {}
    for section in result.sections:
        for check in section.checks:
            if check.status is Status.FAILED:
                words[check.id] = _plain(check.reason)
        for cause in section.causes:
            words.setdefault(cause.id, _plain(cause.title))
    found = {name: text.find(said[:90]) for name, said in words.items()}
    said = {name: place for name, place in found.items() if place >= 0}
    return min(said, key=said.__getitem__, default="")
