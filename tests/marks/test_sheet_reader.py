"""Sheets of answers: whatever a spreadsheet makes of one, no mark is guessed and none is lost."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.core.errors import UsageError
from grader.marks.free_answers import FreeAnswer, alias
from grader.marks.mark_history import Mark
from grader.marks.mark_state import state_of_mark
from grader.marks.sheet_reader import MarkSheet, read_sheet
from grader.marks.sheet_writer import COLUMNS, digest_cell, guard, unguard, write_sheet
from grader.spec.questions import Free, Question
from tests.builders.marked_course import answer

LAB = "04-images-and-containers"
QUESTION = Question("why", "Why?", 3, "Explain.", "free", Free())
Rows = list[dict[str, str]]


def _mark(points: int | None = 2, *, text: str = "text of alice", **other: object) -> Mark:
    content: dict[str, object] = {
        "lab": LAB,
        "question": "why",
        "points": points,
        "of": 3,
        "comment": "good",
        "by": "anna",
        "when": "2026-11-23T10:00:00Z",
        "answer": answer(text).sha256,
    }
    return Mark.model_validate(content | other)


def _answer(name: str, *marks: Mark, text: str | None = None) -> FreeAnswer:
    seen = answer(text if text is not None else f"text of {name}")
    last = marks[-1] if marks else None
    mark = last if last and last.points is not None else None
    finding = state_of_mark(mark, answer=seen.sha256, points=3, rubric="")
    return FreeAnswer(name, LAB, QUESTION, seen, None, mark, marks, finding)


def _rows(*answers: FreeAnswer) -> Rows:
    text = write_sheet(answers, lambda one: one.submission)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def _data(rows: Rows, separator: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def _read(rows: Rows, *answers: FreeAnswer) -> MarkSheet:
    return read_sheet(_data(rows), answers)


def _points_and_comment(sheet: MarkSheet) -> list[tuple[str, int, str]]:
    assert not sheet.problems
    return [(one.answer.submission, one.points, one.comment) for one in sheet.given]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n", '"sep={}"\n'])
def test_however_a_spreadsheet_writes_csv(encoding: str, separator: str, first: str) -> None:
    """Separators, encodings, Excel's own first line."""
    rows = _rows(_answer("alice", text='a;b,c\td "e"\nf'), _answer("bob"))
    rows[0] |= {"points": "2,0", "comment": "so; là"}
    text = first.format(separator) + _data(rows, separator).decode()

    sheet = read_sheet(
        text.encode(encoding), [_answer("alice", text='a;b,c\td "e"\nf'), _answer("bob")]
    )

    assert _points_and_comment(sheet) == [("alice", 2, "so; là")]
    assert sheet.blank == 1


@pytest.mark.parametrize(
    ("cell", "points"),
    [("2", 2), ("2,0", 2), ("2.00", 2), (" 3 ", 3), ("0", 0), ("03", 3), ("1.", 1)],
)
def test_whole_points_as_people_write_them(cell: str, points: int) -> None:
    """A comma or a point with zeros behind it changes nothing."""
    rows = _rows(_answer("alice"))
    rows[0]["points"] = cell

    assert [one.points for one in _read(rows, _answer("alice")).given] == [points]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": "2.5"}, "'2.5' is not a whole number"),
        ({"points": "2,5"}, "'2,5' is not a whole number"),
        ({"points": "-1"}, "'-1' is not a whole number"),
        ({"points": "two"}, "'two' is not a whole number"),
        ({"points": "²"}, "is not a whole number"),
        ({"points": "٢"}, "is not a whole number"),
        ({"points": "1e0"}, "is not a whole number"),
        ({"points": "=1+1"}, "is not a whole number"),
        ({"points": "9" * 400}, "is not a whole number"),
        ({"points": "4"}, "4 points are more than the 3 possible"),
        ({"points": "1", "points_possible": "5"}, "worth 3 points now"),
        (
            {"points": "1", "submission": "alicia"},
            "no submission 'alicia' to mark; did you mean 'alice'?",
        ),
        ({"points": "1", "submission": "../alice"}, "there is no submission"),
        ({"points": "1", "submission": "x\x1b[31m"}, r"there is no submission 'x\x1b[31m'"),
        ({"points": "1", "lab": "05-volumes"}, "there is no question"),
        ({"points": "1", "question": "pick"}, "there is no question 'pick'"),
        ({"points": "1", "answer": "I know it all."}, "the answer here is not the student's"),
        ({"answer": "I know it all."}, "the answer here is not the student's"),
        ({"points": "1", "answer_digest": "sha256:0"}, "the answer has changed since"),
        ({"comment": "well done"}, "there is a comment, but no points"),
        ({"points": "1", "comment": "x" * 5001}, "longer than 5000 characters"),
        ({"points": "1", "by": "x" * 101}, "by is longer than 100"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(changes: dict[str, str], said: str) -> None:
    """With the row's number, the head being row 1; other rows are read all the same."""
    rows = _rows(_answer("alice"), _answer("bob"))
    rows[1]["points"] = "1"
    rows[0] |= changes

    sheet = _read(rows, _answer("alice"), _answer("bob"))

    assert [problem.row for problem in sheet.problems] == [2]
    assert said in sheet.problems[0].text
    assert not re.search(r"[\x00-\x1f]", sheet.problems[0].text)
    assert [one.answer.submission for one in sheet.given] == ["bob"]


def test_rows_that_stand_there_twice_are_both_refused() -> None:
    """Whichever was meant."""
    rows = _rows(_answer("alice"))
    rows[0]["points"] = "1"
    other = rows[0] | {"points": "2"}
    hidden = rows[0] | {"submission": alias("alice")}

    sheet = _read([*rows, other, hidden], _answer("alice"))

    assert not sheet.given
    assert [problem.text for problem in sheet.problems] == [
        "the same answer stands in row 3, 4 as well",
        "the same answer stands in row 2, 4 as well",
        "the same answer stands in row 2, 3 as well",
    ]


def test_columns_sorted_apart_give_nobody_anothers_points() -> None:
    """The answer beside the points has to be the student's."""
    answers = [_answer("alice"), _answer("bob")]
    rows = _rows(*answers)
    rows[0]["points"], rows[1]["points"] = "3", "0"
    names = ("submission", "lab", "question")
    for name in names:
        rows[0][name], rows[1][name] = rows[1][name], rows[0][name]

    sheet = _read(rows, *answers)

    assert not sheet.given
    assert len(sheet.problems) == 2


def test_a_sheet_that_nobody_changed_gives_no_mark() -> None:
    """Neither right after its export nor after somebody marked or the answer changed."""
    first, later = _mark(), _mark(3, when="2026-11-23T11:00:00Z")
    rows = _rows(_answer("alice", first), _answer("bob"))

    for now in (
        _answer("alice", first),
        _answer("alice", first, later),
        _answer("alice", first, _mark(None)),
        _answer("alice", first, text="another text"),
    ):
        sheet = _read(rows, now, _answer("bob"))
        assert not sheet.given
        assert not sheet.problems
        assert (sheet.unchanged, sheet.blank) == (1, 1)


def test_a_newer_mark_is_never_covered_up() -> None:
    """Not by a change of an older one, and not by a first one; the same points are no conflict."""
    first, later = _mark(), _mark(3, by="ben", when="2026-11-23T11:00:00Z")
    changed = _rows(_answer("alice", first))
    changed[0]["points"] = "1"
    new = _rows(_answer("alice"))
    new[0]["points"] = "1"
    agreeing = _rows(_answer("alice"))
    agreeing[0] |= {"points": "3", "comment": "good"}

    for rows in (changed, new):
        sheet = _read(rows, _answer("alice", first, later))
        assert not sheet.given
        assert "ben gave 3 of 3 on 2026-11-23T11:00:00Z, after this sheet" in sheet.problems[0].text
    assert _read(changed, _answer("alice", first)).given[0].points == 1
    assert _read(agreeing, _answer("alice", first, later)).unchanged == 1


def test_a_stale_mark_has_to_be_given_again() -> None:
    """Its points are not in the sheet; the same ones written anew count."""
    stale = _answer("alice", _mark(text="what it was"))
    rows = _rows(stale)
    assert rows[0]["points"] == ""
    assert rows[0]["state"].startswith("stale: the answer has changed since anna gave 2 of 3")
    assert _read(rows, stale).blank == 1

    rows[0]["points"] = "2"

    assert _points_and_comment(_read(rows, stale)) == [("alice", 2, "good")]


def test_who_gave_a_mark_is_never_guessed_from_the_one_before() -> None:
    """A name that was not written by whoever changed the row is not theirs."""
    answers = [_answer("alice", _mark()), _answer("bob")]
    rows = _rows(*answers)
    rows[0]["points"], rows[1]["points"] = "1", "1"
    rows[1]["by"] = "carl"

    assert [one.by for one in _read(rows, *answers).given] == ["", "carl"]
    rows[0]["by"] = "carl"
    assert [one.by for one in _read(rows, *answers).given] == ["carl", "carl"]


def test_numbers_of_students_survive_a_spreadsheet() -> None:
    """It takes leading zeros away; two who then look alike are not confused."""
    rows = _rows(_answer("0042"))
    rows[0] |= {"submission": "42", "points": "1"}

    assert _points_and_comment(_read(rows, _answer("0042"))) == [("0042", 1, "")]
    assert _read(rows, _answer("0042"), _answer("042")).problems
    assert _read(rows, _answer("0042"), _answer("42")).problems


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "lacks submission"),
        (b"\x81", "not UTF-8"),
        ("submission;é".encode("latin-1"), "lacks lab"),
        (b"\xff\xfea", "not UTF-8"),
        (b"PK\x03\x04 a spreadsheet's own format", "lacks submission"),
        (b"a,b\n1,2\n", "lacks submission, lab, question"),
        (",".join(COLUMNS).encode() + b'\n"x', "Line 2 of the sheet is not CSV"),
        ((",".join(COLUMNS) + ",points\n").encode(), "has points twice"),
        (b"\x00" * 1000, "lacks submission"),
    ],
)
def test_what_is_no_such_sheet_is_one_message(data: bytes, said: str) -> None:
    """Before any row is looked at."""
    with pytest.raises(UsageError, match=re.escape(said)):
        read_sheet(data, [_answer("alice")])


def test_more_and_fewer_cells_than_the_head() -> None:
    """Columns of one's own, and columns left out, are fine; cells beyond the head are not."""
    rows = [row | {"mine": "x"} for row in _rows(_answer("alice"))]
    rows[0]["points"] = "1"
    for name in ("title", "state", "answer", "by", "points_possible", "rubric_digest"):
        del rows[0][name]
    data = _data(rows)
    assert _points_and_comment(read_sheet(data, [_answer("alice")])) == [("alice", 1, "")]

    sheet = read_sheet(data.rstrip() + b",and,more\r\n,,\r\n", [_answer("alice")])
    assert [problem.text for problem in sheet.problems] == [
        "it has more cells than the first row; are quotes missing?"
    ]


_FORMULAS = (
    '=HYPERLINK("http://evil.example";"x")',
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",  # noqa: RUF001
    "x;=1+1",
    'x",=1+1',
    "x\n=cmd|' /C calc'!A0",
    "'=1",
    "''=1",
)


@pytest.mark.parametrize("text", _FORMULAS)
def test_no_answer_is_a_formula_whatever_the_separator(text: str) -> None:
    """Also where a spreadsheet goes by another separator, and does not know the quotes."""
    rows = _rows(_answer("alice", text=text))
    sheet = write_sheet([_answer("alice", text=text)], lambda one: one.submission)

    for cell in re.split(r"[,;\t\r\n]", sheet.removeprefix("\ufeff")):
        assert not re.match(r"[=+\-@＝]", cell.lstrip('"')), cell  # noqa: RUF001
    rows[0]["points"] = "1"
    assert _points_and_comment(_read(rows, _answer("alice", text=text))) == [("alice", 1, "")]
    rows[0]["answer"] = unguard(rows[0]["answer"])  # as a spreadsheet may write it back
    assert _points_and_comment(_read(rows, _answer("alice", text=text))) == [("alice", 1, "")]


@given(st.text(alphabet="=+-@\t\r\n,;'\"x ＝") | st.text())  # noqa: RUF001
@example("'\t=")
def test_what_guards_a_cell_can_be_taken_away(text: str) -> None:
    """Comments come back as they were."""
    assert unguard(guard(text)) == text
    assert not re.match(r"[=+\-@\t\r\n]", guard(text))


@given(st.lists(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode())))
def test_any_bytes_are_a_sheet_or_one_message(parts: list[bytes]) -> None:
    """Never an exception of another kind."""
    answers = [_answer("alice")]
    for data in (b"".join(parts), (",".join(COLUMNS) + "\n").encode() + b"".join(parts)):
        try:
            sheet = read_sheet(data, answers)
        except UsageError:
            continue
        assert all(0 <= one.points <= 3 for one in sheet.given)


@given(
    st.lists(st.text(max_size=30), min_size=1, max_size=4),
    st.sampled_from([",", ";"]),
    st.text(max_size=40),
)
def test_an_export_that_comes_back_gives_what_was_written(
    texts: Sequence[str], separator: str, comment: str
) -> None:
    """For any answers and comments, through a real CSV writer."""
    answers = [_answer(f"s{n}", text=f"x{text}") for n, text in enumerate(texts) if _plain(text)]
    if not answers:
        return
    called: Callable[[FreeAnswer], str] = lambda one: one.submission  # noqa: E731
    text = write_sheet(answers, called, "," if separator == "," else ";")
    rows = list(
        csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    )
    wanted = comment.replace("\r\n", "\n").replace("\r", "\n").strip() if _plain(comment) else ""
    for row in rows:
        row |= {"points": "3", "comment": guard(wanted)}

    sheet = read_sheet(_data(rows, separator), answers)

    assert _points_and_comment(sheet) == [(one.submission, 3, wanted) for one in answers]


def _plain(text: str) -> bool:
    """Return whether a text can be written to a UTF-8 file at all."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def test_a_long_answer_fits_a_cell() -> None:
    """A spreadsheet's cell holds 32,767 characters; the rest is left out, and said."""
    long = _answer("alice", text="=" + "a=\n" * 100_000)
    rows = _rows(long)

    assert "more characters are not shown here" in rows[0]["answer"]
    rows[0]["points"] = "1"
    assert _points_and_comment(_read(rows, long)) == [("alice", 1, "")]


def test_digests_are_never_numbers_to_a_spreadsheet() -> None:
    """`12e4…` would be one."""
    rows = _rows(replace(_answer("alice", _mark())))

    assert rows[0]["mark"].startswith("mark-")
    assert rows[0]["answer_digest"] == digest_cell(answer("text of alice").sha256)
    assert rows[0]["answer_digest"].startswith("sha256:")
