"""CSV as it was written: every cell keeps its own text, so that a file can be changed in one place.

Gradebooks go back to where they came from. What is not changed comes out byte for byte: quotes,
delimiter, line ends, the byte order mark.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOM = "\ufeff"
MAX_CHARACTERS = 20_000_000
DELIMITERS = ",;\t"
_NOT_TEXT = (
    "it is not UTF-8 text; save it as 'CSV UTF-8' (Excel), or choose UTF-8 as its character set "
    "(LibreOffice)"
)


class CsvError(Exception):
    """The text is not CSV; `line` is where it stops being it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One record: the cells' own text, quotes included, the line it begins on, and its end."""

    line: int
    raw: tuple[str, ...]
    end: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Return what the cells mean."""
        return tuple(_value(raw) for raw in self.raw)

    @property
    def blank(self) -> bool:
        """Return whether nothing stands here."""
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file; its first row that is not blank is the header."""

    bom: bool
    delimiter: str
    rows: tuple[CsvRow, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """Return the header's cells without the spaces around them; empty for an empty file."""
        return next((tuple(c.strip() for c in r.cells) for r in self.rows if not r.blank), ())

    @property
    def body(self) -> tuple[CsvRow, ...]:
        """Return the rows below the header that are not blank."""
        return tuple(row for row in self.rows if not row.blank)[1:]

    def filled(self, column: int, values: Mapping[int, str]) -> str:
        """Return the file's text with new values in one column, given by the rows' lines."""
        text = []
        for row in self.rows:
            raw = list(row.raw)
            if row.line in values:
                raw += [""] * (column + 1 - len(raw))
                raw[column] = _written(values[row.line], self.delimiter, like=raw[column])
            text.append(self.delimiter.join(raw) + row.end)
        return BOM * self.bom + "".join(text)


def read_csv_bytes(data: bytes) -> CsvTable:
    """Return the table in a file's bytes, in whichever encoding a spreadsheet saved it.

    UTF-8 with or without its mark, UTF-16 with one (Excel's "Unicode Text"), or Windows-1252
    (Excel's plain "CSV" in western Europe): text that is no UTF-8 and has no mark can hardly be
    anything else. A line `sep=;` above the header, which Excel writes for itself, is left out. A
    table that was not UTF-8 comes out as UTF-8 with a mark. CsvError says what cannot be read.
    """
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if wide else "utf-8")
        other = wide
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        if wide or b"\0" in data:
            raise CsvError(line, _NOT_TEXT) from error
        other = True
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise CsvError(line, _NOT_TEXT) from error
    mark = BOM * (other or text.startswith(BOM))
    rest, found = re.subn(r'\A"?sep=.?"?\r?\n', "", text.removeprefix(BOM), flags=re.IGNORECASE)
    return read_csv((BOM if found else mark) + rest)


def read_csv(text: str) -> CsvTable:
    """Return the sheet in `text`; CsvError says where the text is no CSV."""
    if len(text) > MAX_CHARACTERS:
        raise CsvError(1, f"it is larger than {MAX_CHARACTERS // 1_000_000} million characters")
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    delimiter = _delimiter(text)
    return CsvTable(bom, delimiter, tuple(_rows(text, delimiter)))


def to_csv(rows: Sequence[Sequence[str]]) -> str:
    """Return comma-separated text with the line ends of RFC 4180 (CR and LF).

    A cell with any delimiter in it is quoted: where a spreadsheet expects semicolons, one within a
    name would otherwise begin a cell of its own, which may be a formula.
    """
    return "".join(",".join(_written(cell, DELIMITERS) for cell in row) + "\r\n" for row in rows)


def _written(value: str, delimiter: str, like: str = "") -> str:
    if like.startswith('"') or re.search(f'["\r\n{re.escape(delimiter)}]', value):
        return '"' + value.replace('"', '""') + '"'
    return value


def _value(raw: str) -> str:
    return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw


def _delimiter(text: str) -> str:
    """Return the delimiter that the first line that is not empty holds most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*(?:""[^"]*)*"', "", first)
    return max(DELIMITERS, key=bare.count)


def _rows(text: str, delimiter: str) -> list[CsvRow]:
    cell = re.compile(rf'("[^"]*(?:""[^"]*)*"|[^"\r\n{delimiter}][^\r\n{delimiter}]*|)')
    end = re.compile(r"\r\n|\r|\n|\Z")
    rows: list[CsvRow] = []
    place, line = 0, 1
    while place < len(text):
        begin, raw = line, list[str]()
        while True:
            found = cell.match(text, place)
            raw.append(found[0] if found else "")
            place += len(raw[-1])
            line += _breaks(raw[-1])
            if text.startswith(delimiter, place):
                place += 1
                continue
            stop = end.match(text, place)
            if stop is None:
                raise CsvError(line, _complaint(text, place))
            break
        place = stop.end()
        line += bool(stop[0])
        rows.append(CsvRow(begin, tuple(raw), stop[0]))
    return rows


def _breaks(raw: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", raw))


def _complaint(text: str, place: int) -> str:
    if text[place] == '"' and (place == 0 or text[place - 1] != '"'):
        return "a quote opens here and never closes"
    return "a closing quote is followed by more text"
