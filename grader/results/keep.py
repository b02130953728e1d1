"""Writes the files of one grade into RESULTS/<submission>/, with the marks that people gave."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.facts import SubmissionFacts
from grader.judge.context import NotObserved
from grader.marks.merge import with_marks, without_marks
from grader.pipeline import Graded, judge_facts
from grader.render.html import render_html
from grader.result import Result
from grader.results import store
from grader.results.marks_file import hold, read_marks
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import Key

_log = logging.getLogger(__name__)

_NO_KEYS: Mapping[str, Key] = {}


def keep(
    results: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key] = _NO_KEYS,
    *,
    warn: Callable[[str], object],
    facts_too: bool = True,
) -> Result:
    """Write a grade's files into RESULTS/<submission>/; once result.json is there, all are.

    Return the result as it was written: with the marks that people gave. Without `facts_too`,
    facts.json stays as it is. `warn` gets a sentence for a person when marks.json cannot be read;
    the grade is written all the same, and its result says which marks are missing.
    """
    folder = results / graded.result.submission.id
    with hold(results):
        marked = _marked(folder, graded, labs, keys, warn)
        if facts_too:
            (folder / store.RESULT).unlink(missing_ok=True)
            store.write_facts(folder / store.FACTS, graded.facts)
        return _write(folder, marked, labs)


def rewrite_result(
    results: Path,
    name: str,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key],
    *,
    warn: Callable[[str], object],
) -> Result:
    """Write the result and the page of a submission again, with its marks as they are now.

    What was judged automatically stays as it is; `warn` is as in `keep`. UsageError where there is
    no result and the facts do not hold what is asked now.
    """
    folder = results / name
    with hold(results):
        facts = store.read_facts(folder / store.FACTS)
        try:
            result = store.read_result(folder)
        except ValueError:
            result = _judged(name, facts, labs, keys)
        return _write(folder, _marked(folder, Graded(facts, result), labs, keys, warn), labs)


def _judged(
    name: str, facts: SubmissionFacts, labs: tuple[Assignment, ...], keys: Mapping[str, Key]
) -> Result:
    try:
        return judge_facts(facts, labs, keys).result
    except NotObserved as error:
        raise UsageError(
            f"{name} has no result, and its facts do not hold what is asked now: {error}. Grade it "
            "again; marks that were given are kept."
        ) from error


def _write(folder: Path, graded: Graded, labs: tuple[Assignment, ...]) -> Result:
    page = render_html(graded.result, graded.facts, labs, catalog.folder("templates"))
    write_text(folder / store.REPORT, page)
    write_text(folder / store.RESULT, graded.result.to_json())
    _log.debug("wrote %s", folder / store.RESULT)
    return graded.result


def _marked(
    folder: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key],
    warn: Callable[[str], object],
) -> Graded:
    """Return a grade with the marks that lie in its folder."""
    try:
        marks = read_marks(folder)
    except UsageError as error:
        warn(str(error))
        result = without_marks(graded.result)
    else:
        result = with_marks(graded.result, graded.facts, labs, keys, marks)
    return Graded(graded.facts, result)
