"""What `gh teacher download` of Classroom 50 leaves: clones and `scores.csv`.

The folder holds `<classroom>-<assignment>-<username>` for each member of the class's team and a
`scores.csv` with username, names, email, datetime and late, joined from the teacher's own
repository (foundation50/classroom50, `cli/gh-teacher/internal/download`). A clone's
`.classroom50.yaml` names its owner too, but the student can write to it; the folder's name and
scores.csv are not theirs to change.
"""

from collections.abc import Mapping
from dataclasses import replace

from grader.core.csv_table import CsvError, read_csv
from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.core.times import parse_time
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.roster import MAX_BYTES
from grader.importers.source_tree import Tree
from grader.importers.sources.github import clone_of, prefix_of

SCORES = "scores.csv"
_COLUMNS = {"username", "datetime", "submission_tag", "late"}
Scores = Mapping[str, Mapping[str, str]]


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    del asked
    if tree.path is None or SCORES not in tree.files:
        return False
    try:
        return bool(_scores(tree))
    except UsageError:
        return False


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    scores = _scores(tree) if SCORES in tree.files else {}
    found: list[FoundSubmission] = []
    unknown = [name for name in tree.files if name != SCORES]
    prefix = "" if scores else prefix_of(tree.name, tree.folders, asked)
    for name in tree.folders:
        user = _user(name, scores, prefix)
        if user:
            found.append(_told(clone_of(tree, name, user), scores.get(user.lower(), {})))
        else:
            unknown.append(name)
    if tree.folders and not found:
        raise UsageError(
            f"No folder's name ends with a user of {SCORES}. Say what stands before the users' "
            "names: --prefix classroom-assignment-"
        )
    return Findings(tuple(found), tuple(unknown))


def _user(name: str, scores: Scores, prefix: str) -> str:
    """Return the user at the end of a repository's name: the longest that fits."""
    if prefix:
        return name[len(prefix) :] if name.lower().startswith(prefix.lower()) else ""
    fits = [user for user in scores if name.lower().endswith(f"-{user}")]
    return name[-len(max(fits, key=len)) :] if fits else ""


def _told(found: FoundSubmission, row: Mapping[str, str]) -> FoundSubmission:
    """Return a submission with what scores.csv says of it."""
    name = f"{row.get('first_name', '')} {row.get('last_name', '')}".strip()
    person = found.person.model_copy(update={"name": name, "email": row.get("email", "")})
    late = {"true": True, "false": False}.get(row.get("late", "").lower())
    found = replace(found, person=person, late=late)
    try:
        return replace(found, submitted_at=parse_time(row["datetime"]), time_from="source")
    except (KeyError, ValueError):
        return found


def _scores(tree: Tree) -> Scores:
    """Return scores.csv by user in lower case; UsageError when it is another file."""
    try:
        table = read_csv(tree.text(SCORES, MAX_BYTES))
    except CsvError as error:
        raise UsageError(f"{SCORES}, line {error.line}: {error.message}.") from error
    if not set(table.header) >= _COLUMNS:
        raise UsageError(
            f"{SCORES} has the columns '{shorten(', '.join(table.header))}'; Classroom 50 writes "
            f"{', '.join(sorted(_COLUMNS))} among others."
        )
    rows = (dict(zip(table.header, row.cells, strict=False)) for row in table.body)
    return {row.get("username", "").strip().lower(): row for row in rows if row.get("username")}


SYSTEM = SourceSystem("a download of Classroom 50", _claims, _find)
