"""CSV as it was written: read as the csv module reads it, and given back byte for byte."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.csv_table import BOM, CsvError, read_csv, to_csv

CELLS = st.text(st.sampled_from('ab,;"\r\n\t \u00e9='), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(ROWS, st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]), st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_wrote_is_read_the_same(
    rows: list[list[str]], quoting: int, end: str
) -> None:
    """And comes out as it went in."""
    out = io.StringIO(newline="")
    head = [["one", "two"]]
    csv.writer(out, quoting=quoting, lineterminator=end).writerows(head + rows)  # type: ignore[arg-type]
    text = out.getvalue()

    table = read_csv(BOM + text)

    wanted = [row or [""] for row in csv.reader(io.StringIO(text, newline=""))]
    assert [list(row.cells) for row in table.rows] == wanted
    assert table.filled(0, {}) == BOM + text


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_what_we_write_the_csv_module_reads(rows: list[list[str]]) -> None:
    """Any cell, with line breaks and quotes in it."""
    text = to_csv(rows)

    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [row or [""] for row in read] == rows


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('a,;"\r\n'), max_size=30))
def test_any_text_is_a_sheet_or_a_line_where_it_is_none(text: str) -> None:
    """What is read is given back unchanged."""
    try:
        table = read_csv(text)
    except CsvError as error:
        assert 1 <= error.line <= 31  # noqa: PT017 - which line is all there is to it
        return
    assert table.filled(0, {}) == text


@pytest.mark.parametrize(
    ("text", "line"), [('a,"b', 1), ('a\nb,"c"d\n', 2), ('a\n"x\ny\n', 2), ('a\r\n\r\nb,"\r\n', 3)]
)
def test_the_line_of_a_stray_quote_is_named(text: str, line: int) -> None:
    """Where the cell begins or the text goes on."""
    with pytest.raises(CsvError) as raised:
        read_csv(text)

    assert raised.value.line == line
