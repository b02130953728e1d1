"""The class's list: our own, and what GitHub, Canvas and Moodle call one."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.core.errors import UsageError
from grader.core.import_record import Person
from grader.importers.roster import Roster, read_roster


def _roster(tmp_path: Path, text: str) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(errors="surrogateescape"))
    return read_roster(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "id,name,email,github,sis id\nal,Al Doe,al@x.org,al-gh,77\n",
            Person(id="al", name="Al Doe", email="al@x.org", github="al-gh", sis_id="77"),
        ),
        (
            '\ufeffID;Name;E-Mail\r\nal;"Doe; Al";al@x.org\r\n;;\r\n',
            Person(id="al", name="Doe; Al", email="al@x.org"),
        ),
        (
            (
                "assignment_name,github_username,roster_identifier,submission_timestamp\n"
                "lab,al-gh,al,2026-03-01 10:00:00 UTC\n"
            ),
            Person(id="al", github="al-gh", submitted_at="2026-03-01 10:00:00 UTC"),
        ),
        (
            "username,first_name,last_name,email,section,github_id\nal-gh,Al,Doe,,A,99\n",
            Person(id="al-gh", login="al-gh", name="Al Doe"),
        ),
        (
            (
                "Student,ID,SIS User ID,SIS Login ID,Section,Lab (1)\n    Points Possible,,,,,10\n"
                '"Doe, Al",511,77,al,S,3\n"Student, Test",9,,0ab,S,\n'
            ),
            Person(id="al", name="Doe, Al", canvas_id="511", sis_id="77", login="al"),
        ),
        (
            (
                "Identifier,Full name,ID number,Email address,Grade\n"
                "Participant 70001,Al Doe,77,al@x.org,\n"
            ),
            Person(id="77", name="Al Doe", moodle_id="70001", sis_id="77", email="al@x.org"),
        ),
        (
            (
                "ID,Vollst\u00e4ndiger Name,E-Mail-Adresse,Bewertung\n"
                "Teilnehmer/in70001,Al,al@x.org,\n"
            ),
            Person(id="al@x.org", name="Al", moodle_id="70001", email="al@x.org"),
        ),
        ("github,extension\nal-gh,2d\n", Person(id="al-gh", github="al-gh", due="2d")),
        (
            '"identifier","github_username","github_id","name"\n"ab123","al-gh","1","Al"\n',
            Person(id="ab123", github="al-gh", name="Al"),
        ),
        (
            '"identifier","github_username","github_id","name"\n"ab124","","",""\n',
            Person(id="ab124"),
        ),
        ("identifier,email\nab123,al@x.org\n", Person(id="ab123", email="al@x.org")),
        ("sep=;\r\nid;name\r\nal;Al\r\n", Person(id="al", name="Al")),
    ],
    ids=[
        *("own", "excel", "gh", "classroom50", "canvas", "moodle", "german", "extension"),
        *("gh-roster", "gh-without-account", "own-identifier", "sep"),
    ],
)
def test_every_list_of_a_class_is_read(tmp_path: Path, text: str, expected: Person) -> None:
    """By its header, whatever its delimiter."""
    assert _roster(tmp_path, text).people == (expected,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_way_in_which_excel_saves_a_table_is_read(tmp_path: Path, encoding: str) -> None:
    """Its "CSV", its "CSV UTF-8" and its "Unicode Text"."""
    path = tmp_path / "roster.csv"
    path.write_bytes("id;name\r\nal;J\u00f6rg M\u00fcller\r\n".encode(encoding))

    assert read_roster(path).people == (Person(id="al", name="J\u00f6rg M\u00fcller"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,name\nal,A\nbo,B\nal,C\n", "row 4: the id 'al' stands in row 2 already"),
        ("id\nAl\nal\n", "row 3: the id 'al' stands in row 2 already as 'Al'"),
        ("id,email\na,x@y\nb,X@Y\n", "row 3: the email 'X@Y' stands in row 2"),
        ("id,name\n,A\n", "row 2: it has no id"),
        ("id\na/b\n", "row 2: the id 'a/b' cannot name a folder: it holds a slash"),
        ("id\n..\n", "it begins with a full stop"),
        ("id\n-rf\n", "it begins with a full stop or a hyphen"),
        ("id\na\u202eb\n", "characters that are not plain text"),
        (f"id\n{'x' * 100}\n", "longer than 80 characters"),
        ("id,extension\na,soon\n", "the extension 'soon' is neither a date"),
        ("name\nA\n", "no column that tells students apart"),
        ("id,ID\na,b\n", "two columns for the id: 'id' and 'ID'"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ('id\n"a\n', "line 2: a quote opens here"),
        ("id\n\udc81\n", "line 2: it is not UTF-8"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_row(tmp_path: Path, text: str, words: str) -> None:
    """All rows at once, so that they are mended at once."""
    with pytest.raises(UsageError) as raised:
        _roster(tmp_path, text)

    assert words in str(raised.value)


def test_line_breaks_in_cells_do_not_shift_the_rows(tmp_path: Path) -> None:
    """A row is counted by the line it begins on, as an editor shows it."""
    with pytest.raises(UsageError, match="row 4: the id 'a' stands in row 2 already"):
        _roster(tmp_path, 'id,name\na,"x\ny"\na,z\n')


def test_a_student_is_found_by_ids_first_and_by_name_only_if_it_is_theirs_alone() -> None:
    """Two of one name are nobody's."""
    roster = Roster(
        [
            Person(id="a", name="Doe, Alice", github="al", canvas_id="5"),
            Person(id="b", name="Bob van der Berg", email="bob@x.org"),
            Person(id="c", name="Kim Lee"),
            Person(id="d", name="Lee, Kim"),
        ]
    )

    def found(**seen: str) -> str | None:
        person = roster.find(Person(**{"id": "?", **seen}))
        return person.id if person else None

    assert found(canvas_id="5") == "a"
    assert found(github="AL") == "a"
    assert found(name="doealice") == "a"
    assert found(name="Alice Doe") == "a"
    assert found(name="van der Berg, Bob") == "b"
    assert found(id="BOB@x.org") == "b"
    assert found(name="Kim Lee") is None
    assert found(name="Doe") is None


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.sampled_from('id,nameil;\n"/.\u202e '), max_size=60))
def test_any_text_is_a_roster_or_a_message(tmp_path: Path, text: str) -> None:
    """Never another exception."""
    with contextlib.suppress(UsageError):
        _roster(tmp_path, f"id,name\n{text}")
