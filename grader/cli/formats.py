"""The formats in which `grader check` and `grader ci` show a grade, by the name of --format."""

from collections.abc import Callable

from grader.cli.command_name import called_by_starter, command_name
from grader.cli.common import in_colour, terminal_width
from grader.pipeline import Graded
from grader.render.gradescope import render_gradescope
from grader.render.html import render_html
from grader.render.junit import render_junit
from grader.render.markdown import render_markdown
from grader.render.terminal import Typed, render_text
from grader.spec import catalog
from grader.spec.assignment import Assignment

Render = Callable[[Graded, tuple[Assignment, ...]], str]


def show_text(graded: Graded, folder: str = "") -> str:
    """Return the report for this terminal; `folder` is the submission's where it is another."""
    name = command_name()
    typed = Typed(name, name if called_by_starter() else f"{name} check", folder)
    return render_text(graded.result, width=terminal_width(), colour=in_colour(), typed=typed)


def _html(graded: Graded, labs: tuple[Assignment, ...]) -> str:
    return render_html(graded.result, graded.facts, labs, catalog.folder("templates"))


FORMATS: dict[str, Render] = {
    "text": lambda graded, _: show_text(graded),
    "json": lambda graded, _: graded.result.to_json(),
    "junit": lambda graded, _: render_junit(graded.result),
    "markdown": lambda graded, _: render_markdown(graded.result),
    "html": _html,
    "gradescope": lambda graded, _: render_gradescope(graded.result),
}
