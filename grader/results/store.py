"""The files of RESULTS: their names, what of them belongs together, how they are read and written.

A submission's folder is one thing: the facts, the marks that people gave, and the result and the
page that are made of both. They are written one after the other and can be put back one by one, so
the result names the other three by content. What it names is what it was made with; where another
file lies beside it now, it is nobody's result until it is made again.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import ValidationError

from grader.core.errors import UsageError, first_problem
from grader.core.files import write_text
from grader.core.text import shorten
from grader.facts import SubmissionFacts
from grader.result import Result

RESULT, FACTS, REPORT, MARKS = "result.json", "facts.json", "report.html", "marks.json"
FINGERPRINT, ERROR_LOG = "fingerprint.json", "error.log"
RUN, CLASS_JSON, CLASS_PAGE, GRADES = "run.json", "class.json", "class.html", "grades.csv"
# What the grader itself writes into RESULTS, beside one folder for each submission.
RESERVED = frozenset({RUN, CLASS_JSON, CLASS_PAGE, GRADES})
BESIDE = (FACTS, MARKS, REPORT)  # what a result vouches for
_WHAT = {FACTS: "what was observed", MARKS: "the marks", REPORT: "the page"}
_UNREADABLE = "cannot be read"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex, "" where there is none.

    What this machine cannot read has a word for its digest, which no file has.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
    except OSError:
        return _UNREADABLE


def vouching(result: Result, beside: Mapping[str, str]) -> Result:
    """Return the result with the digests of the files that it is written with."""
    origin = result.provenance.model_copy(update={"beside": dict(beside)})
    return result.model_copy(update={"provenance": origin})


def differing(result: Result, folder: Path, names: Collection[str] = BESIDE) -> tuple[str, ...]:
    """Return the names of files in `folder` that are not those the result was made with.

    An older grader did not say what it made a result with: then there is nothing to compare.
    """
    beside = result.provenance.beside
    return tuple(
        name for name in names if beside and digest_of(folder / name) != beside.get(name, "")
    )


def read_whole(folder: Path) -> Result:
    """Return the result in a submission's folder if it is of the facts and marks beside it.

    ValueError says in a sentence why there is none, and what to do.
    """
    result = read_result(folder)
    others = differing(result, folder, (FACTS, MARKS))
    if others:
        what = " and ".join(f"{_WHAT[name]} ({name})" for name in others)
        raise ValueError(
            f"{RESULT} was made with other files than lie beside it now: {what}. Writing was cut "
            "off, or one of them was put back. `grader rejudge` makes it again."
        )
    return result


def read_result(folder: Path) -> Result:
    """Return the result in a submission's folder; ValueError says in a sentence why there is none.

    One that bears another name than its folder is nobody's: counted, it would count twice.
    """
    try:
        result = Result.model_validate_json((folder / RESULT).read_bytes())
    except OSError as error:
        raise ValueError(f"{RESULT} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise ValueError(
            f"{RESULT} is no result this grader can read ({first_problem(error)})."
        ) from error
    if result.submission.id != folder.name:
        raise ValueError(
            f"{RESULT} is another's ({shorten(result.submission.id)}): the folder was copied or "
            "renamed."
        )
    return result


def read_facts(path: Path) -> SubmissionFacts:
    """Return saved facts; UsageError when the file is missing or is something else."""
    try:
        return SubmissionFacts.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise UsageError(
            f"{path} holds no facts this grader can read ({first_problem(error)}). "
            "Grade the submission again to make new ones."
        ) from error


def facts_text(facts: SubmissionFacts) -> str:
    """Return facts as the text of facts.json: indented JSON, one final newline included."""
    return facts.model_dump_json(indent=1) + "\n"


def write_facts(path: Path, facts: SubmissionFacts) -> None:
    """Write facts as indented JSON."""
    write_text(path, facts_text(facts))


def stored(results: Path) -> list[Path]:
    """Return the folders of all submissions in RESULTS that have facts, in order of name."""
    return sorted(path.parent for path in results.glob(f"*/{FACTS}"))


def folders(results: Path) -> list[Path]:
    """Return the folders of RESULTS that hold anything of a submission, in order of name.

    Also those that lack the result: whoever counts a class has to name them.
    """
    found = {path.parent for name in (RESULT, FACTS, MARKS) for path in results.glob(f"*/{name}")}
    return sorted(found)


def torn(results: Path) -> list[str]:
    """Return the submissions in RESULTS whose result was made with other files than lie there."""
    found = []
    for folder in folders(results):
        try:
            result = read_result(folder)
        except ValueError:
            continue
        if differing(result, folder):
            found.append(folder.name)
    return found
