"""Reports as self-contained pages: nothing loaded, no student text unescaped.

The class's page has one script, of ours, which the page's policy names by its digest; no other
could run there. A submission's page has none.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.class_report.class_summary import ClassSummary
from grader.core.text import visible
from grader.facts import SubmissionFacts
from grader.render.class_page import make_class_page
from grader.render.page import make_page
from grader.result import Result
from grader.spec.assignment import Assignment

_REPORT, _CLASS, _SCRIPT = "report.html.j2", "class.html.j2", "class.js"


def render_html(
    result: Result, facts: SubmissionFacts, assignments: Sequence[Assignment], templates: Path
) -> str:
    """Return the report page of one submission; no student text reaches it unescaped."""
    page = make_page(result, facts, assignments)
    return _environment(templates).get_template(_REPORT).render(page=page)


def class_html_parts(summary: ClassSummary, templates: Path) -> Iterator[str]:
    """Yield the page of a class piece by piece: that of a thousand students is large.

    No student text reaches it unescaped.
    """
    environment = _environment(templates)
    script = Markup(environment.get_template(_SCRIPT).render())  # noqa: S704 - our own file
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    yield from environment.get_template(_CLASS).generate(
        page=make_class_page(summary), script=script, script_digest=digest
    )


@cache
def _environment(templates: Path) -> Environment:
    """Return the template environment, made once: reading a template takes longer than using it."""
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )


def _shown(value: object) -> object:
    """Return the value of a template's expression; in a text, invisible characters are escaped."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value, keep="\n\t")
