"""How the commands that grade show a grade, and keep it in RESULTS."""

from collections.abc import Callable, Mapping
from pathlib import Path

from grader.cli.common import in_colour, say, terminal_width
from grader.core.errors import UsageError
from grader.judge.score import score_submission
from grader.marks.merge import with_marks, without_marks
from grader.pipeline import Graded
from grader.render.gradescope import render_gradescope
from grader.render.html import render_html
from grader.render.junit import render_junit
from grader.render.markdown import render_markdown
from grader.render.terminal import render_text
from grader.result import Result
from grader.results import store
from grader.results.marks_file import hold, read_marks
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import Key

Render = Callable[[], str]
_NO_KEYS: Mapping[str, Key] = {}


def rendered(graded: Graded, labs: tuple[Assignment, ...], fmt: str) -> str:
    """Return a grade as text in one of the formats of `grader check`."""
    render: dict[str, Render] = {
        "json": graded.result.to_json,
        "html": lambda: render_html(graded.result, graded.facts, labs, catalog.folder("templates")),
        "gradescope": lambda: render_gradescope(graded.result),
        "junit": lambda: render_junit(graded.result),
        "markdown": lambda: render_markdown(graded.result),
        "text": lambda: render_text(
            graded.result,
            width=terminal_width(),
            colour=in_colour(),
        ),
    }
    return render[fmt]()


def keep(
    results: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key] = _NO_KEYS,
    *,
    facts_too: bool = True,
) -> Result:
    """Write a grade's files into RESULTS/<submission>/; once result.json is there, all are.

    Return the result as it was written: with the marks that people gave.
    """
    folder = results / graded.result.submission.id
    with hold(results):
        return _write(folder, graded, labs, keys, facts_too=facts_too)


def remake(
    results: Path, name: str, labs: tuple[Assignment, ...], keys: Mapping[str, Key]
) -> Result:
    """Write the result and the page of a submission again, with its marks as they are now.

    What was judged automatically stays as it is.
    """
    folder = results / name
    with hold(results):
        facts = store.read_facts(folder / store.FACTS)
        try:
            result = store.read_result(folder)
        except ValueError:
            result = score_submission(facts, labs, keys)
        return _write(folder, Graded(facts, result), labs, keys, facts_too=False)


def _write(
    folder: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key],
    *,
    facts_too: bool,
) -> Result:
    result = _marked(folder, graded, labs, keys)
    page = rendered(Graded(graded.facts, result), labs, "html")
    if facts_too:
        (folder / store.RESULT).unlink(missing_ok=True)
        store.write_facts(folder / store.FACTS, graded.facts)
    store.write_text(folder / store.REPORT, page)
    store.write_text(folder / store.RESULT, result.to_json())
    return result


def _marked(
    folder: Path, graded: Graded, labs: tuple[Assignment, ...], keys: Mapping[str, Key]
) -> Result:
    try:
        marks = read_marks(folder)
    except UsageError as error:
        say(str(error))  # the work is graded all the same, and its result says what is missing
        return without_marks(graded.result)
    return with_marks(graded.result, graded.facts, labs, keys, marks)
