"""Brightspace's download: folders or files, each with name and time."""

from pathlib import Path

import pytest

from grader.core.times import parse_time, show_time
from tests.importers.packing import LAB, zipped
from tests.importers.sources.import_zip import import_zip

INNER = {f"{LAB}/Dockerfile-exec": b"FROM python:3.7\n"}
JANE = "12345-678 - Jane - Ann Doe- Dec 1, 2026 1259 AM"
BOB = "12346-678 - Bob \u00d6zt\u00fcrk - Nov 30, 2026 101 PM"
AS_FOLDERS = {f"{JANE}/work.zip": zipped(INNER), f"{BOB}/{LAB}/Dockerfile-exec": b"FROM b\n"}
# The second name is one that a student chose to look like another's.
AS_FILES = {f"{JANE} - work.zip": zipped(INNER), f"{BOB} - {JANE} - work.zip": zipped(INNER)}


@pytest.mark.parametrize("files", [AS_FOLDERS, AS_FILES], ids=["folders", "files"])
def test_submissions_are_their_students_with_name_and_time(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    """Midnight is 12 AM; the list of the download is nobody's."""
    report, out, record = import_zip(tmp_path, {**files, "index.html": b"<html>"})

    assert (report.kind, report.unknown) == ("brightspace", ())
    times = {entry.person.name: entry.submitted_at for entry in record.values()}
    assert times == {
        "Jane - Ann Doe": show_time(parse_time("2026-12-01T00:59:00")),
        "Bob \u00d6zt\u00fcrk": show_time(parse_time("2026-11-30T13:01:00")),
    }
    assert sum(name.endswith(f"{LAB}/Dockerfile-exec") for name in out) == 2


def test_a_name_without_a_possible_date_is_said(tmp_path: Path) -> None:
    """Nothing is guessed of the thirty-second of a month."""
    odd = "12347-678 - Eve - Dec 32, 2026 1259 AM/x"

    report, _, _ = import_zip(tmp_path, {**AS_FOLDERS, odd: b"x"})

    assert report.unknown == (odd.removesuffix("/x"),)
