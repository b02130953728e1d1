"""ILIAS's download: a folder for each student, of teams one more above it."""

from pathlib import Path

from tests.importers.packing import LAB, zipped
from tests.importers.sources.import_zip import import_zip

WORK = zipped({f"{LAB}/Dockerfile-exec": b"FROM python:3.7\n"})


def test_submissions_are_their_students_by_login(tmp_path: Path) -> None:
    """Below the assignment's own folder, in either language; other files are said."""
    files = {
        "Blatt 1/Abgaben/Doe_Jane Ann_jdoe_1201/20261201180000_work.zip": WORK,
        f"Blatt 1/Abgaben/Roe_Bob_broe_1202/{LAB}/Dockerfile-exec": b"FROM b\n",
        "Blatt 1/Abgaben/note.txt": b"mine",
    }

    report, out, record = import_zip(tmp_path, files)

    assert (report.kind, report.unknown) == ("ilias", ("Abgaben/note.txt",))
    assert {name: entry.person.name for name, entry in record.items()} == {
        "jdoe": "Jane Ann Doe",
        "broe": "Bob Roe",
    }
    assert f"jdoe/{LAB}/Dockerfile-exec" in out
    assert f"broe/{LAB}/Dockerfile-exec" in out


def test_a_teams_work_says_whose_team_it_is(tmp_path: Path) -> None:
    """The roster, by its own column, says who else is credited."""
    report, _, record = import_zip(
        tmp_path, {"Sheet/Submissions/Team 7/Doe_Jane_jdoe_1201/work.zip": WORK}
    )

    assert report.kind == "ilias"
    assert record["jdoe"].person.group == "Team 7"
