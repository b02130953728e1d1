"""A student's report as other systems take it back: which files, and what they are called.

What the readers do (the names below are read back in tests by these rules):

- Moodle's assignment page, *Upload multiple feedback files in a zip* (moodle/moodle,
  `mod/assign/feedback/file/importziplib.php`): a name is cut at its first four underscores into
  name, participant's number, kind, plug-in and the file's own name; what does not fit is skipped
  without a word, and so is a name that begins with `.` or `~`.
- Canvas's gradebook, *Re-Upload Submissions* (instructure/canvas-lms,
  `app/models/abstract_assignment.rb`): the first two of a name's parts between underscores that are
  numbers are the user and one of the files that this user handed in; the file becomes a comment.
- Classroom 50: `release-body.md` is the text of the Release, further files its assets
  (foundation50/classroom50, `release_assets`). A pull request's comment holds 65,536 characters.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.core.import_record import Imported
from grader.core.text import visible

PAGE, TEXT, BODY, COMMENT = "report.html", "feedback.txt", "release-body.md", "comment.md"
# GitHub counts characters, which are no more than bytes: 65,536 of a comment, 125,000 of a Release.
COMMENT_BYTES, BODY_BYTES = 60_000, 120_000
_NAME = 80
_UNFIT = re.compile(r"[^\w .,'()-]|_")
# What Canvas puts before the name of a student's own file, as importers/sources/canvas.py reads it.
_CANVAS = re.compile(
    r"\w*?(?:_LATE)?_(?P<user>\d+)_\d+_|(?:\w*?_)?(?:LATE_)?anon_[A-Za-z0-9]+_\d+_"
)


class UnaddressedError(Exception):
    """There is no telling the other system whose feedback it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a student is given: the report as a page, as text, and as Markdown of two lengths."""

    known: Imported
    page: str
    text: str
    body: str
    comment: str


def moodle_files(feedback: Feedback) -> dict[str, str]:
    """Return the files of Moodle's zip by name; UnaddressedError without a participant's number."""
    person = feedback.known.person
    if not person.moodle_id:
        raise UnaddressedError(
            "Moodle's number of the participant is not known; import Moodle's download, or name "
            "its grading worksheet with --roster"
        )
    name = " ".join(_UNFIT.sub(" ", visible(person.name or person.id)).split()).strip(" .")[:_NAME]
    prefix = f"{name or 'Participant'}_{person.moodle_id}_assignfeedback_file_"
    return {f"{prefix}{PAGE}": feedback.page, f"{prefix}{TEXT}": feedback.text}


def canvas_files(feedback: Feedback) -> dict[str, str]:
    """Return the files of Canvas's zip by name; UnaddressedError if no file handed in is known."""
    known = feedback.known
    found = _CANVAS.match(known.entry) if known.source == "canvas" else None
    if found is None:
        raise UnaddressedError(
            "Canvas's number of a file that was handed in is not known; import Canvas's download"
        )
    if found["user"] and found["user"] != known.person.canvas_id:
        raise UnaddressedError("the file was handed in by another of the group; Canvas tells all")
    return {f"{found[0]}{PAGE}": feedback.page, f"{found[0]}{TEXT}": feedback.text}


def folder_files(feedback: Feedback) -> dict[str, str]:
    """Return the files of a student's folder by path."""
    who = feedback.known.person.id
    return {f"{who}/{PAGE}": feedback.page, f"{who}/{TEXT}": feedback.text}


def github_files(feedback: Feedback) -> dict[str, str]:
    """Return the texts of a Release and of a comment, and the page, by path."""
    person = feedback.known.person
    who = person.github or person.id
    return {
        f"{who}/{BODY}": feedback.body,
        f"{who}/{COMMENT}": feedback.comment,
        f"{who}/{PAGE}": feedback.page,
    }


Files = Callable[[Feedback], dict[str, str]]
# By the word of --format: the files, and whether they are packed into one zip.
FEEDBACK_FORMATS: Mapping[str, tuple[Files, bool]] = {
    "moodle": (moodle_files, True),
    "canvas": (canvas_files, True),
    "folder": (folder_files, False),
    "github": (github_files, False),
}
