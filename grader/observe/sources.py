"""Keeps the text of what a student wrote by hand, for those who look for causes in it."""

from collections.abc import Mapping

from grader.spec.assignment import Assignment
from grader.spec.public import NOTEBOOK
from grader.submission.snapshot import LabFiles

# Bytes of one file, and files: more than anybody writes by hand for a lab.
MOST_BYTES = 16 * 1024
MOST_FILES = 20


def observe_sources(assignment: Assignment, files: LabFiles) -> Mapping[str, str]:
    """Return the text of a lab's files by path: those it asks for first, then those beside them.

    What was given out, notebooks and what is no text are left out, and so is all beyond the bounds.
    What is no UTF-8 has a replacement character there; line ends are as they were written.
    """
    asked = assignment.submission.files
    others = sorted(name for name in files.files if name not in asked)
    found: dict[str, str] = {}
    for name in (*asked, *others):
        content = files.files.get(name)
        if content is None or len(content) > MOST_BYTES or len(found) == MOST_FILES:
            continue
        if b"\0" in content or name.endswith(NOTEBOOK[-6:]):
            continue
        if assignment.provided.get(name) != content and assignment.given.get(name) != content:
            found[name] = content.decode(errors="replace")
    return found
