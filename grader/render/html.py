"""Reports as self-contained pages: no script, nothing loaded, no student text unescaped."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.class_report.model import ClassSummary
from grader.facts import SubmissionFacts
from grader.model import Result
from grader.render.class_page import ClassPage, make_class_page
from grader.render.page import Page, make_page
from grader.spec.model import Assignment
from grader.text import visible

_REPORT, _CLASS = "report.html.j2", "class.html.j2"


def render_html(
    result: Result, facts: SubmissionFacts, assignments: Sequence[Assignment], templates: Path
) -> str:
    """Return the page; no student text reaches it unescaped."""
    return _render(_REPORT, templates, make_page(result, facts, assignments))


def render_class_html(summary: ClassSummary, templates: Path) -> str:
    """Return the page of a class; no student text reaches it unescaped."""
    return _render(_CLASS, templates, make_class_page(summary))


def _render(template: str, templates: Path, page: Page | ClassPage) -> str:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    return environment.get_template(template).render(page=page)


def _shown(value: object) -> object:
    """Return what an expression of the template puts out: text only ever in its visible form."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value, keep="\n\t")
