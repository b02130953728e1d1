"""GitHub Actions around a run of the grader: its files for outputs, its variables, its folders."""

import os
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from grader.core.errors import UsageError
from grader.core.text import visible
from grader.core.times import show_time
from grader.render.classroom50 import Identity

OUTPUT, SUMMARY = "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"
# A step's summary of more than this is refused whole.
SUMMARY_LIMIT = 1024 * 1024
# Times are written into the tag of a submission, with or without signs between.
_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d)[:-]?(\d\d)[:-]?(\d\d)Z?")
# The platform writes its own word for the type over ours; the file's schema knows two.
_TYPES: Mapping[str, Literal["individual", "group"]] = {
    "individual": "individual",
    "group": "group",
    "team": "group",
}


def running() -> bool:
    """Return whether a runner of GitHub Actions reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def output_entries(values: Mapping[str, str]) -> str:
    """Return step outputs as the runner reads them from its file.

    A value of several lines stands between marks that nobody could have put into it.
    """
    entries = []
    for name, value in values.items():
        if "\n" in value or "\r" in value:
            mark = f"end-{secrets.token_hex(16)}"
            entries.append(f"{name}<<{mark}\n{value}\n{mark}\n")
        else:
            entries.append(f"{name}={value}\n")
    return "".join(entries)


def given(variable: str) -> bool:
    """Return whether the runner gave a file under that name."""
    return bool(os.environ.get(variable))


def append(variable: str, text: str) -> None:
    """Append to the file that a variable of the runner's names, if it is set.

    Raises OSError where it cannot be written.
    """
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def room_for_summary() -> int:
    """Return how many bytes this step's summary can still take."""
    path = os.environ.get(SUMMARY)
    written = Path(path).stat().st_size if path and Path(path).is_file() else 0
    return SUMMARY_LIMIT - written


def lab_folders(path: Path, labs: Iterable[str]) -> dict[str, str]:
    """Return by lab its folder as GitHub names it, from the repository's root.

    Labs that lie outside of the repository are left out.
    """
    folder = path.resolve()
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    found = {}
    for lab in labs:
        alone = folder.name == lab and not (folder / lab).is_dir()
        place = folder if alone else folder / lab
        if place == root:
            found[lab] = ""
        elif place.is_relative_to(root):
            found[lab] = place.relative_to(root).as_posix()
    return found


def classroom50_wanted() -> bool:
    """Return whether Classroom 50's runner started us."""
    return all(os.environ.get(name) for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG"))


def classroom50_identity(graded_at: str) -> Identity:
    """Return whose submission Classroom 50 says it is; UsageError names what it does not say.

    The time is that of the submission's tag, so that it stays the same when it is graded again;
    `graded_at` stands in where the tag holds none.
    """
    env = {name: visible(value) for name, value in os.environ.items() if value}
    tag, owner = env.get("SUBMISSION_TAG", ""), env.get("OWNER") or env.get("USERNAME", "")
    server, repository = env.get("GITHUB_SERVER_URL", ""), env.get("GITHUB_REPOSITORY", "")
    home = f"{server}/{repository}" if server and repository else ""
    commit = env.get("COMMIT_URL") or (home and f"{home}/commit/{env.get('GITHUB_SHA', '')}")
    release = env.get("RELEASE_URL") or (home and f"{home}/releases/tag/{quote(tag, safe='')}")
    needed = {
        "CLASSROOM": env.get("CLASSROOM", ""),
        "ASSIGNMENT": env.get("ASSIGNMENT", ""),
        "SUBMISSION_TAG": tag,
        "OWNER": owner,
        "COMMIT_URL": commit,
        "RELEASE_URL": release,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise UsageError(
            f"Classroom 50's result needs {', '.join(missing)}, which the environment does not "
            "set. Run grader ci from Classroom 50's autograder, or without --classroom50."
        )
    if not tag.startswith("submit/"):
        raise UsageError(f"SUBMISSION_TAG is '{tag}'; Classroom 50's tags start with submit/.")
    kind = env.get("ASSIGNMENT_TYPE", "individual")
    if kind not in _TYPES:
        raise UsageError(f"ASSIGNMENT_TYPE is '{kind}'; it is one of {', '.join(_TYPES)}.")
    return Identity(
        classroom=needed["CLASSROOM"],
        assignment=needed["ASSIGNMENT"],
        assignment_type=_TYPES[kind],
        owner=owner,
        submission=tag,
        commit=commit,
        release=release,
        review=env.get("REVIEW_URL", commit),
        datetime=_time_of(tag) or graded_at,
    )


def _time_of(tag: str) -> str:
    found = _TIME.search(tag)
    if found is None:
        return ""
    try:
        when = datetime.strptime("".join(found.groups()) + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        return ""
    return show_time(when.timestamp())
