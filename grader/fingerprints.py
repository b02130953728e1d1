"""fingerprint.json beside each result: made while the submission is there, compared later."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from grader import store
from grader.class_report.alike import Comparison
from grader.class_report.fingerprint import Fingerprint, make_fingerprint
from grader.class_report.model import Duplicates
from grader.facts import SubmissionFacts
from grader.spec.model import Assignment
from grader.spec.public import SPEC_FILE
from grader.submission import Submission

FINGERPRINT = "fingerprint.json"
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


def keep_fingerprint(
    results: Path,
    submission: Submission,
    labs: Sequence[Assignment],
    facts: SubmissionFacts | None = None,
) -> None:
    """Write RESULTS/<submission>/fingerprint.json."""
    made = fingerprint(submission, labs, facts)
    store.write_text(results / submission.id / FINGERPRINT, made.to_json())


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
    found: dict[str, dict[str, str]] = {}
    for lab in facts.labs if facts else ():
        answers: Mapping[str, object] = getattr(lab, "answers", {})
        texts = {name: str(getattr(answer, "text", "")) for name, answer in answers.items()}
        found[lab.lab] = {name: text for name, text in texts.items() if text}
    return found
