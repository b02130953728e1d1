"""Exports read back by somebody else's rules: totals agree everywhere, all else stays."""

import contextlib
import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest

from grader.cli.export import export
from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.core.import_record import RECORD, Clock, Imported, ImportRecord, Person
from grader.result import GradeStatus
from grader.results import store
from grader.results.class_files import write_class_files
from tests.builders.gradebook_results import (
    FULL,
    LABS,
    PEOPLE,
    RESULTS,
    TOTALS,
    result,
    write_class,
)
from tests.cli.lms import canvas_import, moodle_import
from tests.cost import steps

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Docker Labs (9001),Essay (9002),"
    "Final Score\r\n"
    ",,,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,,60.00,10.00,(read only)\r\n"
    '"Doe, ""Al"" Alice",511,1001,alice@x.org,"S1, S2","a\nb",,7.00,1\r\n'
    '"=HYPERLINK(""http://x"")",512,1002,bobby,S1,,12.50,,2\r\n'
    "\u00d6zt\u00fcrk Carl,513,1003,carl,S1,,,,\r\n"
    "-Dora,514,1004,dora,S1,,9.00,,\r\n"
    "Emil,515,1005,emil,S1,,EX,,\r\n"
    '"Student, Test",999,,8a7b,S1,,,,\r\n'
)
MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade",'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\n'
    '"Participant 70001","Alice Doe",alice@x.org,"Submitted for grading",,60.00,Yes,-,-,"a ""b"""\n'
    '"Participant 70002","=1+1",bob@x.org,"No submission",3.00,60.00,Yes,-,-,\n'
    '"Participant 70003",Carl,carl@x.org,,,60.00,Yes,-,-,\n'
    '"Participant 70004",Dora,dora@x.org,,9.00,60.00,Yes,-,-,\n'
    '"Participant 70005",Emil,emil@x.org,,,60.00,No,-,-,\n'
    '"Participant 70009",Zoe,zoe@x.org,,,60.00,Yes,-,-,\n'
)
# The German site's words; every cell in quotes and decimal commas.
MOODLE_DE = (
    '"ID","Vollst\u00e4ndiger Name","E-Mail-Adresse","Status","Bewertung","Bestwertung",'
    '"Bewertung kann ge\u00e4ndert werden","Zuletzt ge\u00e4ndert (Bewertung)"\r\n'
    '"Teilnehmer/in70001","Alice","","","","60,00","Ja","-"\r\n'
    '"Teilnehmer/in70002","Bob","","","","60,00","Ja","-"\r\n'
)


@dataclass(frozen=True, slots=True)
class _Done:
    returncode: int
    stdout: str
    stderr: str


def _export(results: Path, *args: object, code: int | None = None) -> _Done:
    """Run the command as the command line does, but in this process: starting one takes long."""
    out, err = io.StringIO(newline=""), io.StringIO()
    ended = 2
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            ended = export.main([str(results), *map(str, args)], standalone_mode=False) or 0
        except (UsageError, click.ClickException) as error:
            err.write(f"{error}\n")
    done = _Done(ended, out.getvalue(), err.getvalue())
    assert code is None or done.returncode == code, done.stderr
    return done


def test_the_command_line_gives_bytes_as_they_are(results: Path, tmp_path: Path) -> None:
    """Line ends and the byte order mark also through a pipe, and the exit code."""
    into = _file(tmp_path, MOODLE_DE.replace("Vollst", "\ufeffVollst"))
    command = [sys.executable, "-m", "grader", "export", str(results), "--format", "moodle"]

    done = subprocess.run(
        [*command, "--into", str(into)], capture_output=True, check=False, timeout=120
    )

    assert done.returncode == 3
    assert done.stdout.decode().count("\r\n") == 3
    assert done.stdout.decode().count("\ufeff") == 1


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return the results of five students: full, half, nothing, an outage, a mark that waits."""
    return write_class(tmp_path / "results")


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "exported.csv"
    path.write_bytes(text.encode())
    return path


def test_our_own_gradebook_says_everything_and_no_formula(results: Path) -> None:
    """Names keep commas, quotes and umlauts; what was not graded is empty, never 0."""
    done = _export(results, "--format", "csv", code=3)

    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout, newline=""))}
    assert {name: int(r["total"]) if r["total"] else None for name, r in rows.items()} == TOTALS
    assert rows["alice"]["name"] == 'Doe, "Al" Alice'
    assert rows["bob"]["name"].startswith("'=")
    assert rows["dora"]["name"] == "'-Dora"
    assert [rows["dora"][lab] for lab in LABS] == ["30", ""]
    assert rows["emil"]["pending"] == "10"
    assert rows["dora"]["status"] == "not_graded"
    assert "no zero was written for them (1):\n  dora" in done.stderr
    assert "wait for a person, and are not in the grade (1):\n  emil: 10 points" in done.stderr


def test_both_gradebooks_of_ours_agree(results: Path) -> None:
    """Cell by cell, also with flags, and where a whole grading is not to be relied on."""
    first, *others = RESULTS["alice"].sections
    check = first.checks[0].model_copy(update={"flags": ("one", "another")})
    odd = first.model_copy(update={"checks": (check, *first.checks[1:])})
    flagged = RESULTS["alice"].model_copy(update={"sections": (odd, *others)})
    write_text(results / "alice" / store.RESULT, flagged.to_json())
    fine = result("fred", FULL, FULL)
    origin = fine.provenance.model_copy(update={"distrust": "The machine was wrong."})
    doubted = fine.model_copy(update={"status": GradeStatus.NOT_GRADED, "provenance": origin})
    write_text(results / "fred" / store.RESULT, doubted.to_json())
    write_class_files(results, [])

    done = _export(results, "--format", "csv", code=3)

    exported = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    written = (results / "grades.csv").read_text("utf-8-sig")
    summed_up = list(csv.DictReader(io.StringIO(written, newline="")))
    same = (*LABS, "total", "max", "pending", "status", "flags")
    assert [row["id"] for row in exported] == [row["submission"] for row in summed_up]
    assert [[r[key] for key in same] for r in exported] == [
        [r[key] for key in same] for r in summed_up
    ]
    assert [exported[-1][lab] for lab in LABS] == ["", ""]


def test_canvas_takes_back_exactly_the_totals(results: Path, tmp_path: Path) -> None:
    """An outage's cell, an excused one and everything else stay; nobody is added."""
    into = _file(tmp_path, CANVAS)

    done = _export(results, "--format", "canvas", "--into", into, "--column", "Docker Labs", code=3)

    before, after = canvas_import(CANVAS), canvas_import(done.stdout)
    title = "Docker Labs (9001)"
    assert {user: row[title] for user, row in after.scores.items()} == {
        "511": "60",
        "512": "50",
        "513": "0",
        "514": "9.00",
        "515": "EX",
        "999": "",
    }
    for user, row in after.scores.items():
        assert {**row, title: ""} == {**before.scores[user], title: ""}
    changed = [
        (one, two)
        for one, two in zip(CANVAS.split("\r\n"), done.stdout.split("\r\n"), strict=True)
        if one != two
    ]
    assert len(changed) == 3
    assert "3 grades were filled into exported.csv." in done.stderr
    assert "1 of them replace another mark" in done.stderr
    assert "Rows of exported.csv without a result (1):\n  line 10: Student, Test" in done.stderr
    assert "emil: excused in Canvas" in done.stderr
    assert "dora: not graded" in done.stderr


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_files_own_dialect_is_kept(
    results: Path, tmp_path: Path, delimiter: str, bom: str, end: str
) -> None:
    """Delimiter, byte order mark, line ends, quotes, and a missing last line end."""
    lines = [
        ["LastName", "FirstName", "ID", "SIS Login ID", "Section", "Labs (1)", "Final Score"],
        [
            "    Points Possible",
            "",
            "",
            "",
            "",
            "60,00" if delimiter == ";" else "60",
            '"(read only)"',
        ],
        ["Doe", "Alice", '"511"', '"alice@x.org"', "S", '""', "x"],
        ["X", "", "", "bobby", "S", "", '"y"'],
    ]
    text = bom + end.join(delimiter.join(line) for line in lines)

    done = _export(results, "--format", "canvas", "--into", _file(tmp_path, text))

    lines[2][5], lines[3][5] = '"60"', "50"
    assert done.stdout == bom + end.join(delimiter.join(line) for line in lines)
    if not bom:
        taken = canvas_import(done.stdout).scores
        assert {user: row["Labs (1)"] for user, row in taken.items()} == {"511": "60", "": "50"}


def test_a_column_is_only_guessed_where_one_alone_can_be_meant(
    results: Path, tmp_path: Path
) -> None:
    """An unknown title would become a new assignment in Canvas."""
    into = _file(tmp_path, CANVAS)

    unsure = _export(results, "--format", "canvas", "--into", into, code=2)
    assert "'Docker Labs (9001)', 'Essay (9002)'" in unsure.stderr
    for wanted in ("Nosuch", "Final Score", "Notes"):
        wrong = _export(results, "--format", "canvas", "--into", into, "--column", wanted, code=2)
        assert f"no column '{wanted}' to fill" in wrong.stderr
        assert wrong.stdout == ""


def test_another_maximum_is_said(results: Path, tmp_path: Path) -> None:
    """The points are written as they are all the same."""
    into = _file(tmp_path, CANVAS.replace("60.00", "100.00"))

    done = _export(results, "--format", "canvas", "--into", into, "--column", "Docker Labs (9001)")

    assert "The file's maximum is 100, that of the grades 60" in done.stderr


def test_moodle_takes_back_exactly_the_totals(results: Path, tmp_path: Path) -> None:
    """Participants are found by their number; what cannot be changed is left."""
    done = _export(results, "--format", "moodle", "--into", _file(tmp_path, MOODLE), code=3)

    taken = moodle_import(
        done.stdout, "Identifier", "Grade", "Last modified (grade)", "Participant "
    )
    assert taken == {
        "70001": "60",
        "70002": "50",
        "70003": "0",
        "70004": "9.00",
        "70005": "",
        "70009": "",
    }
    assert done.stdout.startswith('\ufeffIdentifier,"Full name"')
    assert '"a ""b"""' in done.stdout
    assert "emil: Moodle says that this grade cannot be changed" in done.stderr
    assert "Zoe" in done.stderr


def test_a_german_worksheet_is_filled_as_well(results: Path, tmp_path: Path) -> None:
    """Its columns are known by what stands in them; others without a row are listed."""
    done = _export(results, "--format", "moodle", "--into", _file(tmp_path, MOODLE_DE), code=3)

    taken = moodle_import(
        done.stdout, "ID", "Bewertung", "Zuletzt ge\u00e4ndert (Bewertung)", "Teilnehmer/in"
    )
    assert taken == {"70001": "60", "70002": "50"}
    assert done.stdout == MOODLE_DE.replace('"Alice","","",""', '"Alice","","","60"').replace(
        '"Bob","","",""', '"Bob","","","50"'
    )
    assert "Results without a row in exported.csv (3):" in done.stderr
    assert "maximum" not in done.stderr


def test_moodles_gradebook_is_matched_by_address_and_number(results: Path, tmp_path: Path) -> None:
    """Without Identifier; the column has to be named, as its title is the assignment's."""
    text = (
        "First name,Surname,ID number,Email address,Assignment: Labs (Real)\n"
        "Alice,Doe,1001,ALICE@x.org,-\nBob,B,,bob@x.org,-\nCarl,C,1003,,-\n"
    )

    done = _export(
        results, "--format", "moodle", "--into", _file(tmp_path, text),
        "--column", "Assignment: Labs (Real)",
    )  # fmt: skip

    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert [row[-1] for row in rows[1:]] == ["60", "50", "0"]
    assert "replace another mark" not in done.stderr


def test_ids_that_contradict_one_another_fill_nothing(results: Path, tmp_path: Path) -> None:
    """One row with two students' ids, one student in two rows: a person has to look."""
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Labs (1)\n"
        "A,511,1002,,S,\n"
        "C,513,,,S,\nC again,,1003,,S,\n"
        "B,512,1002,bobby,S,\n"
    )

    done = _export(results, "--format", "canvas", "--into", _file(tmp_path, text))

    assert [row[-1] for row in csv.reader(io.StringIO(done.stdout))] == [
        "Labs (1)",
        "",
        "",
        "",
        "50",
    ]
    assert "line 2: its ids belong to alice, bob" in done.stderr
    assert "carl: stands in line 3 and in line 4" in done.stderr


def test_a_number_that_is_somebody_elses_canvas_id_is_no_match(tmp_path: Path) -> None:
    """A submission called by an SIS number, without a record of who is who."""
    results = tmp_path / "results"
    write_text(results / "511" / store.RESULT, result("511", FULL, FULL).to_json())
    text = "Student,ID,SIS User ID,SIS Login ID,Section,Labs (1)\nA,511,77,a,S,\nB,9,511,b,S,\n"

    done = _export(results, "--format", "canvas", "--into", _file(tmp_path, text), code=0)

    assert [row[-1] for row in csv.reader(io.StringIO(done.stdout))] == ["Labs (1)", "", "60"]


def test_submissions_called_by_addresses_are_found_in_moodle(tmp_path: Path) -> None:
    """Without a record of who is who, the folder's name is all there is."""
    results = tmp_path / "results"
    write_text(results / "alice@x.org" / store.RESULT, result("alice@x.org", FULL, FULL).to_json())

    done = _export(results, "--format", "moodle", "--into", _file(tmp_path, MOODLE), code=0)

    words = ("Identifier", "Grade", "Last modified (grade)", "Participant")
    before, after = moodle_import(MOODLE, *words), moodle_import(done.stdout, *words)
    assert after == {**before, "70001": "60"}


def test_the_roster_tells_who_is_who_without_an_import(tmp_path: Path) -> None:
    """Results of folders that somebody made by hand; who has none is in our own gradebook."""
    results = write_class(tmp_path / "results", record=False)
    roster = tmp_path / "roster.csv"
    rows = "".join(f"{p.id};{p.email};{p.sis_id}\r\n" for p in PEOPLE.values())
    roster.write_text(f"\ufeffid;email;SIS ID\r\n{rows}zoe;zoe@x.org;1009\r\n", newline="")
    into = _file(tmp_path, CANVAS)

    done = _export(
        results, "--format", "canvas", "--into", into, "--column", "Docker Labs", "--roster", roster
    )
    assert canvas_import(done.stdout).scores["511"]["Docker Labs (9001)"] == "60"

    done = _export(results, "--format", "csv", "--roster", roster)
    assert "zoe,,zoe@x.org,,1009" in done.stdout
    assert "Without a result (1):\n  zoe" in done.stderr


def test_one_labs_points_can_be_exported_alone(results: Path, tmp_path: Path) -> None:
    """An outage in the other lab does not hold them back."""
    into = _file(tmp_path, CANVAS)

    done = _export(
        results, "--format", "canvas", "--into", into, "--column", "Docker Labs",
        "--section", LABS[0], code=0,
    )  # fmt: skip

    scores = canvas_import(done.stdout).scores
    assert [scores[user]["Docker Labs (9001)"] for user in ("511", "512", "514")] == [
        "30",
        "20",
        "30",
    ]
    assert "that of the grades 30" in done.stderr


def test_being_late_is_priced_at_export_from_raw_scores(results: Path, tmp_path: Path) -> None:
    """A moved date prices everything anew; nothing of it is stored."""
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}

    def points(*args: str) -> dict[str, tuple[str, str]]:
        done = _export(results, "--format", "csv", *args)
        rows = csv.DictReader(io.StringIO(done.stdout, newline=""))
        return {row["id"]: (row["penalty"], row["points"]) for row in rows}

    due = ("--due", "2026-03-01T12:00Z")
    assert points(*due, "--penalty", "10%/day") == {
        "alice": ("0", "60"),
        "bob": ("12", "38"),
        "carl": ("48", "0"),
        "dora": ("0", ""),
        "emil": ("0", "50"),
    }
    assert points("--due", "2026-03-10", "--penalty", "10%/day")["bob"] == ("0", "50")
    assert points(*due, "--penalty", "2/hour, max 20")["bob"] == ("20", "30")
    into = _file(tmp_path, CANVAS)
    done = _export(
        results, "--format", "canvas", "--into", into, "--column", "Docker Labs",
        *due, "--penalty", "10%/day, max 50%",
    )  # fmt: skip
    assert canvas_import(done.stdout).scores["512"]["Docker Labs (9001)"] == "38"
    assert "taken as in time (1):\n  emil" in done.stderr
    assert "bob: 1 d 0 h 1 min, -12 points" in done.stderr
    assert {path: path.read_bytes() for path in results.rglob("*") if path.is_file()} == before


def test_a_column_of_words_is_not_written_over(results: Path, tmp_path: Path) -> None:
    """Somebody named the wrong one: names and words are no marks."""
    into = _file(tmp_path, "First name,ID number,Note\nAlice,1001,-\nBob,1002,12\n")

    words = _export(results, "--format", "moodle", "--into", into, "--column", "First name", code=3)
    marks = _export(results, "--format", "moodle", "--into", into, "--column", "Note", code=3)

    assert words.stdout == into.read_text()
    assert "alice: the cell holds 'Alice', which is no mark" in words.stderr
    assert marks.stdout == "First name,ID number,Note\nAlice,1001,60\nBob,1002,50\n"


def test_an_extension_in_the_roster_moves_a_students_own_date(
    results: Path, tmp_path: Path
) -> None:
    """So much longer, or a date."""
    roster = tmp_path / "roster.csv"
    roster.write_text("id,extension\nbob,2d\ncarl,2026-03-08T12:00:00Z\n")

    done = _export(
        results, "--format", "csv", "--roster", roster,
        "--due", "2026-03-01T12:00Z", "--penalty", "5/day",
    )  # fmt: skip

    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout, newline=""))}
    assert (rows["bob"]["penalty"], rows["carl"]["penalty"]) == ("0", "5")


@pytest.mark.parametrize("format_", ["gradescope", "junit"])
def test_a_file_for_each_submission(results: Path, tmp_path: Path, format_: str) -> None:
    """The same totals again; an outage has no score in them, and is said as everywhere."""
    done = _export(results, "--format", format_, "--output", tmp_path / "out", code=3)

    assert "5 files" in done.stderr
    assert "no zero was written for them (1):\n  dora" in done.stderr
    totals: dict[str, int | None] = {}
    for name in RESULTS:
        if format_ == "gradescope":
            read = json.loads((tmp_path / "out" / name / "results.json").read_text())
            totals[name] = read.get("score")
        else:
            root = ET.parse(tmp_path / "out" / name / "junit.xml").getroot()  # noqa: S314
            outage = int(root.get("errors", "0")) > 0
            totals[name] = None if outage else _junit_score(root)
    assert totals == TOTALS


def _junit_score(root: ET.Element) -> int:
    values = root.iterfind("testsuite/properties/property[@name='score']")
    return sum(int(value.get("value", "0")) for value in values)


def test_a_class_in_one_junit_document(results: Path, tmp_path: Path) -> None:
    """Each suite under its submission; the sums are the class's."""
    _export(results, "--format", "junit", "--output", tmp_path / "class.xml", code=3)

    root = ET.parse(tmp_path / "class.xml").getroot()  # noqa: S314
    assert len(root) == 10
    assert root[0].get("name") == f"alice/{LABS[0]}"
    assert root.get("tests") == str(sum(int(suite.get("tests", "0")) for suite in root)) == "20"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--format", "canvas"], "name it with --into"),
        (["--format", "csv", "--into", "x"], "belong to canvas and moodle"),
        (["--format", "junit"], "say where, --output"),
        (["--format", "csv", "--penalty", "1/day"], "--due"),
        (["--format", "csv", "--due", "tomorrow"], "'tomorrow' is no date"),
        (["--format", "csv", "--due", "2026-02-30"], "is no date"),
        (["--format", "csv", "--due", "2026-03-01", "--penalty", "lots"], "is not understood"),
        (["--format", "csv", "--due", "2026-03-01", "--penalty", "1/0h"], "is not understood"),
        (["--format", "csv", "--due", "2026-03-01", "--penalty", "1/d, foo"], "not understood"),
        (["--format", "gradescope", "--output", "x", "--due", "2026-03-01"], "not for gradescope"),
        (["--format", "csv", "--roster", "/nosuch"], "/nosuch cannot be read"),
        (["--format", "csv", "--section", "nosuch"], "no lab 'nosuch'"),
        (["--format", "csv", "--section", "06-networks"], "is about 06-networks"),
        (["--format", "junit", "--output", "x", "--section", LABS[0]], "junit has all"),
        (["--format", "canvas", "--into", "/nosuch"], "/nosuch cannot be read"),
        (["--format", "canvas", "--into", "/dev/null"], "is empty"),
    ],
)
def test_wrong_use_is_one_message(
    results: Path, tmp_path: Path, args: list[str], words: str
) -> None:
    """Exit 2, and nothing written."""
    done = _export(results, *args, code=2)

    assert words in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('Student,ID,Section,"Labs (1)\nA,1,S,\n', "a quote opens here and never closes"),
        ('Student,ID,"Sec"tion,Labs (1)\n', "a closing quote is followed by more text"),
        ("a,b,c,d\n1,2,3,4\n", "not a gradebook that Canvas exported"),
        ("Student,ID,SIS Login ID,Labs (1)\n", "not a gradebook that Canvas exported"),
        ("Student,ID,Section,Labs (1)\nJos\udc81,1,S,\n", "line 2: it is not UTF-8"),
    ],
)
def test_a_file_that_is_no_gradebook_is_one_message(
    results: Path, tmp_path: Path, text: str, words: str
) -> None:
    """With the line where it can be known."""
    into = tmp_path / "exported.csv"
    into.write_bytes(text.encode(errors="surrogateescape"))

    done = _export(results, "--format", "canvas", "--into", into, code=2)

    assert words in " ".join(done.stderr.split())


def test_a_torn_result_is_said_and_not_passed_over(results: Path) -> None:
    """Nobody's grade goes missing without a word."""
    (results / "alice" / store.RESULT).write_text("{")
    (results / "copy").mkdir()
    (results / "copy" / store.RESULT).write_text(RESULTS["bob"].to_json())

    done = _export(results, "--format", "csv", code=3)

    assert "grade these again (2)" in done.stderr
    assert "alice: result.json is no result this grader can read" in done.stderr
    assert "copy: result.json is another's (bob)" in done.stderr


def _export_of(folder: Path, size: int) -> Callable[[], None]:
    results = folder / "results"
    people = [Person(id=f"s{n}", canvas_id=str(n), sis_id=f"x{n}") for n in range(size)]
    for person in people:
        text = result(person.id, FULL, FULL).to_json()
        (results / person.id).mkdir(parents=True)
        (results / person.id / store.RESULT).write_text(text)
    body = "".join(f"N{p.id},{p.canvas_id},{p.id},,S,\n" for p in people)
    into = _file(folder, "Student,ID,SIS User ID,SIS Login ID,Section,Labs (1)\n" + body)

    def work() -> None:
        done = _export(results, "--format", "canvas", "--into", into, code=0)
        assert done.stdout.count(",60\n") == size

    return work


def test_work_grows_with_the_class_and_no_faster(tmp_path: Path) -> None:
    """Matching is by table, not by looking everybody through."""
    small, large = _export_of(tmp_path / "small", 75), _export_of(tmp_path / "large", 300)

    assert steps(large) < 4.5 * steps(small)


def _bob(results: Path, record: Imported, roster: Path | None) -> dict[str, str]:
    write_text(results / RECORD, ImportRecord(submissions=(record,)).to_json())
    more = ("--roster", roster) if roster else ()
    done = _export(
        results, "--format", "csv", *more, "--due", "2026-03-01T12:00Z", "--penalty", "5/day"
    )
    rows = csv.DictReader(io.StringIO(done.stdout, newline=""))
    return next(row for row in rows if row["id"] == "bob")


@pytest.mark.parametrize(
    ("clock", "submitted"),
    [
        ("commit", "2026-03-01T13:00:00Z"),
        ("", "2026-03-01T13:00:00Z"),
        ("source", "2026-02-28T00:00:00Z"),
    ],
)
def test_the_time_is_the_sources_else_the_rosters_else_the_commits(
    results: Path, tmp_path: Path, clock: Clock, submitted: str
) -> None:
    """A commit's date is the student's own clock."""
    roster = tmp_path / "roster.csv"
    roster.write_text("id,submitted\nbob,2026-03-01T13:00:00Z\n")
    person = Person(id="bob")
    record = Imported(
        person=person, source="x", submitted_at="2026-02-28T00:00:00Z", time_from=clock
    )

    assert _bob(results, record, roster)["submitted_at"] == submitted


def test_an_extension_that_the_roster_does_not_give_any_more_is_none(
    results: Path, tmp_path: Path
) -> None:
    """An empty cell says so; a roster without that column says nothing of it."""
    roster = tmp_path / "roster.csv"
    record = Imported(
        person=Person(id="bob", due="7d"),
        source="x",
        submitted_at="2026-03-02T11:00:00Z",
        time_from="source",
    )
    assert _bob(results, record, None)["penalty"] == "0"
    roster.write_text("id,name\nbob,Bob\n")
    assert _bob(results, record, roster)["penalty"] == "0"
    roster.write_text("id,extension\nbob,\n")
    assert _bob(results, record, roster)["penalty"] == "5"


def test_what_stands_beside_the_grade_of_a_gradebook_is_no_maximum(
    results: Path, tmp_path: Path
) -> None:
    """Moodle's own export ends with the second at which it was made."""
    text = (
        "First name,ID number,Labs,Last downloaded from this course\n"
        "Alice,1001,-,1732780000\nBob,1002,-,1732780000\n"
    )
    into = _file(tmp_path, text)
    done = _export(results, "--format", "moodle", "--into", into, "--column", "Labs", code=3)

    assert "maximum" not in done.stderr
