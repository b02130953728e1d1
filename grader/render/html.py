"""The report as a self-contained page: no script, nothing loaded, no student text unescaped."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.facts import SubmissionFacts
from grader.model import Result
from grader.render.page import make_page
from grader.spec.model import Assignment
from grader.text import visible

_TEMPLATE = "report.html.j2"


def render_html(
    result: Result, facts: SubmissionFacts, assignments: Sequence[Assignment], templates: Path
) -> str:
    """Return the page; no student text reaches it unescaped."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    page = make_page(result, facts, assignments)
    return environment.get_template(_TEMPLATE).render(page=page)


def _shown(value: object) -> object:
    """Return what an expression of the template puts out: text only ever in its visible form."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value, keep="\n\t")
