"""Blackboard's download: attempts put together, and nobody's work taken for another's."""

from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.core.times import parse_time, show_time
from tests.importers.packing import LAB, zipped
from tests.importers.sources.import_zip import import_zip

WORK = zipped({f"{LAB}/Dockerfile-exec": b"FROM python:3.7\n"})
NOTE = "Name: Jane (J) Doe (j_doe)\r\nAssignment: Lab_1\r\nDate Submitted: Monday\r\n"
FIRST, LATER = "2026-11-30-10-00-00", "2026-12-01-18-00-01"
FILES = {
    f"Lab_1_j_doe_attempt_{FIRST}.txt": NOTE.encode(),
    f"Lab_1_j_doe_attempt_{FIRST}_work.zip": WORK,
    f"Lab_1_bob_attempt_{LATER}.txt": b"Name: Bob Roe (bob)\n",
    # What a student calls a file is the student's own, whatever it looks like.
    f"Lab_1_bob_attempt_{LATER}_x_j_doe_attempt_{FIRST}.txt": b"Name: Jane (j_doe)\n",
    f"Lab_1_bob_attempt_{LATER}_work.zip": WORK,
}


def test_attempts_are_their_students_with_name_login_and_time(tmp_path: Path) -> None:
    """The login may hold an underscore, as the assignment's name may."""
    report, out, record = import_zip(tmp_path, FILES)

    assert (report.kind, report.unknown) == ("blackboard", ())
    assert set(record) == {"j_doe", "bob"}
    assert f"j_doe/{LAB}/Dockerfile-exec" in out
    jane = record["j_doe"]
    assert (jane.person.name, jane.person.login) == ("Jane (J) Doe", "j_doe")
    assert jane.submitted_at == show_time(parse_time("2026-11-30T10:00:00"))
    assert (jane.time_from, record["bob"].person.name) == ("source", "Bob Roe")


def test_without_notes_the_login_is_what_differs(tmp_path: Path) -> None:
    """Some sites leave them out."""
    files = {name: data for name, data in FILES.items() if name.endswith("work.zip")}

    report, _, record = import_zip(tmp_path, files)

    assert report.kind == "blackboard"
    assert set(record) == {"j_doe", "bob"}


def test_numbers_in_names_do_not_make_it_canvas(tmp_path: Path) -> None:
    """`Lab_1_20123_attempt_...` could be a file that a user 1 called so in Canvas."""
    names = (f"Lab_1_{number}_attempt_{FIRST}_work.zip" for number in (20123, 20124))

    report, _, record = import_zip(tmp_path, dict.fromkeys(names, WORK))

    assert report.kind == "blackboard"
    assert set(record) == {"20123", "20124"}


def test_of_several_attempts_one_has_to_be_chosen(tmp_path: Path) -> None:
    """By hand, or the latest by Blackboard's own clock."""
    more = {f"Lab_1_j_doe_attempt_{LATER}_work.zip": WORK}

    with pytest.raises(UsageError, match="more than one submission"):
        import_zip(tmp_path, {**FILES, **more})
    _, _, record = import_zip(tmp_path, {**FILES, **more}, latest=True)

    assert record["j_doe"].submitted_at == show_time(parse_time("2026-12-01T18:00:01"))
