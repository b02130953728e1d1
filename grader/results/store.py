"""The files of RESULTS: their names, and how a result and its facts are read and written."""

from pathlib import Path

from pydantic import ValidationError

from grader.core.errors import UsageError, first_problem
from grader.core.files import write_text
from grader.core.text import shorten
from grader.facts import SubmissionFacts
from grader.result import Result

RESULT, FACTS, REPORT = "result.json", "facts.json", "report.html"
FINGERPRINT, CLASS_PAGE = "fingerprint.json", "class.html"
# What the grader itself writes into RESULTS, beside one folder for each submission.
RESERVED = frozenset({"class.json", CLASS_PAGE, "grades.csv", "run.json"})


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


def write_facts(path: Path, facts: SubmissionFacts) -> None:
    """Write facts as indented JSON."""
    write_text(path, facts.model_dump_json(indent=1) + "\n")


def stored(results: Path) -> list[Path]:
    """Return the folders of all submissions in RESULTS, in order of name."""
    return sorted(path.parent for path in results.glob(f"*/{FACTS}"))


def class_is_current(results: Path) -> bool:
    """Return whether all that is made from RESULTS was made after every result in it."""
    try:
        made = (results / CLASS_PAGE).stat().st_mtime_ns
        for path in results.glob(f"*/{RESULT}"):
            graded = path.stat().st_mtime_ns
            read = path.with_name(FINGERPRINT).stat().st_mtime_ns
            if not graded <= read < made:
                return False
    except OSError:
        return False
    return True
