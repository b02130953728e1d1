"""What Canvas and Moodle do with a file that comes back: their importers' rules, written anew.

Read with Python's csv module, not with the grader's own reader.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CanvasImport:
    """What Canvas would take from a file: scores by its own user number, maxima by title."""

    scores: dict[str, dict[str, str]]
    maxima: dict[str, str]


def canvas_import(text: str) -> CanvasImport:
    """Read a gradebook by the rules of Canvas's importer; AssertionError where it would refuse."""
    first = text.splitlines()[:3]
    counts = {}
    for delimiter in ";,":
        sizes = {len(next(csv.reader([line], delimiter=delimiter), [])) for line in first}
        counts[delimiter] = sizes.pop() if len(sizes) == 1 else 0
    delimiter = ";" if counts[";"] > counts[","] else ","
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    header = rows[0]
    names = 2 if header[0] == "LastName" else 1
    assert len(header) > 3
    assert "Student" in header[0] or header[:2] == ["LastName", "FirstName"]
    assert "ID" in header[names]
    last = header.index("Section")
    titles = {
        index: title
        for index, title in enumerate(header)
        if index > last and not re.search("Current|Final|Override", title)
    }
    scores: dict[str, dict[str, str]] = {}
    maxima: dict[str, str] = {}
    for row in rows[1:]:
        if "Points Possible" in row[0]:
            maxima = {title: row[index] for index, title in titles.items()}
        elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c) for c in row):
            scores[row[names]] = {title: row[index].strip() for index, title in titles.items()}
    return CanvasImport(scores, maxima)


def moodle_import(
    text: str, identifier: str, grade: str, modified: str, word: str
) -> dict[str, str]:
    """Read a worksheet by the rules of Moodle's importer: UTF-8, comma, its own language's words.

    Rows whose identifier is no participant are passed over without a word, as Moodle does.
    """
    text = text.removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    header = rows[0]
    assert {identifier, grade, modified} <= set(header)
    found: dict[str, str] = {}
    for row in rows[1:]:
        number = row[header.index(identifier)][len(word) :]
        if number.strip().isdigit():
            found[number.strip()] = row[header.index(grade)]
    return found


def moodle_feedback(files: Iterable[str], participants: Collection[str]) -> dict[str, set[str]]:
    """Return the feedback files that Moodle's importer takes from a zip, by participant.

    `participants` are the assignment's numbers. What does not fit is skipped without a word.
    """
    found: dict[str, set[str]] = {}
    for name in files:
        if name.rsplit("/", 1)[-1].startswith((".", "~")):
            continue
        parts = ["import", *name.split("/")]
        while parts:
            info = parts.pop(0).split("_", 4)
            if len(info) < 4 or not info[1].isdecimal() or info[1] not in participants:
                continue
            if (info[2], info[3]) not in {("assignfeedback", "file"), ("assignsubmission", "file")}:
                continue
            own = "/".join([info[4] if len(info) > 4 else "", *parts])
            found.setdefault(info[1], set()).add(own)
            break
    return found


def canvas_comments(
    files: Iterable[str], handed_in: Mapping[str, Collection[str]]
) -> tuple[dict[str, set[str]], list[str]]:
    """Return the files that become comments by user when Canvas takes a zip, and those ignored.

    `handed_in` are the numbers of the files that each user handed in.
    """
    found: dict[str, set[str]] = {}
    ignored: list[str] = []
    for path in files:
        name = path.rsplit("/", 1)[-1]
        words = name.split("_")
        user, attachment, *_ = [*filter(str.isdecimal, words), "", ""]
        link = words[-1].startswith("link") or name.startswith("._")
        if link or attachment not in handed_in.get(user, ()):
            ignored.append(path)
        else:
            found.setdefault(user, set()).add(name)
    return found, ignored
