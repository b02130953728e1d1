"""Writes the files of one grade into RESULTS/<submission>/, with the marks that people gave."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.files import write_together
from grader.facts import SubmissionFacts
from grader.judge.context import NotObserved
from grader.marks.mark_history import MarkHistory
from grader.marks.merge import with_marks, without_marks
from grader.marks.overrides import with_overrides
from grader.pipeline import Graded, judge_facts, result_inputs
from grader.render.html import render_html
from grader.result import Result
from grader.results import store
from grader.results.marks_file import hold, read_history
from grader.spec import catalog
from grader.spec.assignment import Assignment
from grader.spec.keys import Key

_log = logging.getLogger(__name__)

_NO_KEYS: Mapping[str, Key] = {}
_FACTS = (store.FACTS,)


def keep(
    results: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key] = _NO_KEYS,
    *,
    warn: Callable[[str], object],
    facts_too: bool = True,
) -> Result:
    """Write a grade's files into RESULTS/<submission>/; result.json, the last, vouches for them.

    Return the result as it was written: with the marks that people gave. Without `facts_too`,
    facts.json stays as it is. `warn` gets a sentence for a person when marks.json cannot be read;
    the grade is written all the same, and its result says which marks are missing.
    """
    folder = results / graded.result.submission.id
    with hold(results):
        marked = _marked(folder, graded, labs, keys, warn)
        facts = store.facts_text(marked.facts).encode() if facts_too else None
        return _write(folder, marked, labs, facts)


def rewrite_result(
    results: Path,
    name: str,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key],
    *,
    warn: Callable[[str], object],
) -> Result:
    """Write the result and the page of a submission again, with its marks as they are now.

    What was judged automatically stays as it is, unless there is no result of these facts: then
    they are judged. `warn` is as in `keep`. UsageError where the facts do not hold what is asked
    now.
    """
    folder = results / name
    with hold(results):
        facts = store.read_facts(folder / store.FACTS)
        result = _kept(folder)
        again = result is not None
        if result is None:
            result = _judged(name, facts, labs, keys)
        graded = _marked(folder, Graded(facts, result), labs, keys, warn, again=again)
        return _write(folder, _as_far_as_known(graded, labs, keys), labs)


def renew_torn(
    results: Path,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key],
    *,
    warn: Callable[[str], object],
) -> tuple[str, ...]:
    """Make again each result in RESULTS whose marks or page are not those it was made with.

    Return whose they are. What has to be judged for it is left to those who judge: `grader grade`
    and `grader rejudge`.
    """
    known = {lab.id for lab in labs}
    renewed = []
    for name in store.torn(results):
        folder = results / name
        sections = {section.id for section in store.read_result(folder).sections}
        if sections <= known and not store.differing(store.read_result(folder), folder, _FACTS):
            try:
                rewrite_result(results, name, labs, keys, warn=warn)
            except UsageError as error:  # its facts; whoever needs them says so, too
                warn(str(error))
            else:
                renewed.append(name)
    return tuple(renewed)


def _kept(folder: Path) -> Result | None:
    """Return the result that lies in a folder if it is of the facts there."""
    try:
        result = store.read_result(folder)
    except ValueError:
        return None
    return None if store.differing(result, folder, _FACTS) else result


def _as_far_as_known(
    graded: Graded, labs: tuple[Assignment, ...], keys: Mapping[str, Key]
) -> Graded:
    """Return a grade that claims to follow from all its inputs only if the marks are laid by them.

    A rubric that is not at hand says nothing against a mark; a result that was judged with it and
    is marked without it is not what a new grading would say.
    """
    result = graded.result
    observed = {lab.lab for lab in graded.facts.labs}
    inputs = result_inputs(graded.facts.observed, [lab for lab in labs if lab.id in observed], keys)
    if result.provenance.inputs == inputs:
        return graded
    origin = result.provenance.model_copy(update={"inputs": ""})
    return replace(graded, result=result.model_copy(update={"provenance": origin}))


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


def _write(
    folder: Path, graded: Graded, labs: tuple[Assignment, ...], facts: bytes | None = None
) -> Result:
    """Write a grade so that its result vouches for the rest; `facts` only where they are new."""
    page = render_html(graded.result, graded.facts, labs, catalog.folder("templates")).encode()
    beside = {
        store.FACTS: store.digest_of(folder / store.FACTS) if facts is None else _sha256(facts),
        store.MARKS: store.digest_of(folder / store.MARKS),
        store.REPORT: _sha256(page),
    }
    result = store.vouching(graded.result, beside)
    files = [(folder / store.REPORT, [page]), (folder / store.RESULT, [result.to_json().encode()])]
    if facts is not None:
        files.insert(0, (folder / store.FACTS, [facts]))
    write_together(files)
    _log.debug("wrote %s", folder / store.RESULT)
    return result


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _marked(
    folder: Path,
    graded: Graded,
    labs: tuple[Assignment, ...],
    keys: Mapping[str, Key],
    warn: Callable[[str], object],
    *,
    again: bool = False,
) -> Graded:
    """Return a grade with the marks that lie in its folder, `again` where it may have had some."""
    try:
        history, trouble = read_history(folder), ""
    except UsageError as error:
        history, trouble = MarkHistory(submission=folder.name), str(error)
    marks = history.marks
    result = with_marks(graded.result, graded.facts, labs, keys, marks, again=again)
    keyed = bool(marks or keys)
    result = with_overrides(result, graded.facts, history.overrides, keyed=keyed)
    if trouble:
        warn(trouble)
        result = without_marks(result)
    return Graded(graded.facts, result)
