"""fingerprint.json beside each result: made while the submission is there, compared later."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from grader.class_report.alike import Comparison
from grader.class_report.class_summary import Duplicates
from grader.class_report.fingerprint import Fingerprint, make_fingerprint
from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.facts import AnswerFacts, SubmissionFacts
from grader.results import store
from grader.spec.assignment import Assignment
from grader.spec.public import SPEC_FILE
from grader.submission.snapshot import Submission

FINGERPRINT = store.FINGERPRINT
_MOST_BYTES = 1024 * 1024
_IN_MEMORY = 256


def fingerprint(
    submission: Submission, labs: Sequence[Assignment], facts: SubmissionFacts | None = None
) -> Fingerprint:
    """Return a submission's fingerprint; `facts` has the answers of its notebooks."""
    return make_fingerprint(
        submission.id,
        submission.digest,
        {name: lab.files for name, lab in submission.labs.items()},
        {lab.id: given_files(lab.folder) for lab in labs},
        _answers(facts),
    )


def keep_fingerprints(
    results: Path,
    submissions: Iterable[tuple[str, Callable[[], Submission]]],
    labs: Sequence[Assignment],
) -> None:
    """Write fingerprint.json beside every result that has none of the same content and facts yet.

    Submissions are given by id, which is the name of their folder in RESULTS, and how to read
    them. One that has changed since it was graded is left for the next grading.
    """
    for name, read in submissions:
        folder = results / name
        digest = _graded_digest(folder / store.RESULT)
        kept, rests_on = _read(folder), store.digest_of(folder / store.FACTS)
        if digest is None or (kept and (kept.digest, kept.facts) == (digest, rests_on)):
            continue
        submission = read()
        if submission.digest != digest:
            continue
        try:
            facts = store.read_facts(folder / store.FACTS)
        except UsageError:
            continue  # its answers are in them; `rejudge` and the next run say what is wrong
        made = fingerprint(submission, labs, facts).model_copy(update={"facts": rests_on})
        write_text(folder / FINGERPRINT, made.to_json())


def _graded_digest(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_bytes())["submission"]["digest"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


@lru_cache(maxsize=32)
def given_files(folder: Path) -> Mapping[str, bytes]:
    """Return what a lab's folder gives to students, by name; its spec is no part of that."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != SPEC_FILE and path.stat().st_size <= _MOST_BYTES
    }


def compare(submissions: Iterable[tuple[str, str, Path]]) -> Duplicates:
    """Return what is alike among submissions, each given as id, digest and folder of its result.

    Texts are read once to be indexed, and once more where two of them may be alike.
    """
    comparison = Comparison()
    folders: list[Path] = []
    for submission, digest, folder in submissions:
        found = _read(folder)
        # A fingerprint of what was handed in before says nothing about what is there now.
        comparison.add(submission, digest, found if found and found.digest == digest else None)
        folders.append(folder)

    @lru_cache(maxsize=_IN_MEMORY)
    def load(place: int) -> Fingerprint | None:
        return _read(folders[place])

    return comparison.duplicates(load)


def _read(folder: Path) -> Fingerprint | None:
    try:
        return Fingerprint.model_validate_json((folder / FINGERPRINT).read_bytes())
    except (OSError, ValidationError):
        return None


def _answers(facts: SubmissionFacts | None) -> Mapping[str, Mapping[str, str]]:
    return {
        lab.lab: {
            question: answer.text
            for question, answer in lab.answers.items()
            if isinstance(answer, AnswerFacts)
        }
        for lab in (facts.labs if facts else ())
    }
