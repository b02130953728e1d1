"""Reads a pasted process table: what ps, BusyBox's ps or `docker top` printed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.judge.answers.wording import compatible

_COMMANDS = {"CMD", "COMMAND", "ARGS"}
# How rows without a heading are read: as `ps -ef` and as `ps aux` print them.
_FULL = ("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD")
_WIDE = ("USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND")
_FOREST = re.compile(r"^((?:[ |`]|\\(?!_))*)\\_\s*")
_FIRST = 1
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One process. `parent` is None where the table does not say; `depth` counts a forest's."""

    pid: int
    parent: int | None
    command: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """The processes in the order of the table."""

    rows: tuple[Row, ...]

    def first(self) -> Row | None:
        """Return the container's first process: PID 1, or seen from the host the one on top."""
        for row in self.rows:
            if row.pid == _FIRST:
                return row
        pids = {row.pid for row in self.rows}
        tops = [row for row in self.rows if row.parent is not None and row.parent not in pids]
        return min(tops, key=lambda row: row.pid, default=None)

    def parent(self, row: Row) -> Row | None:
        """Return the parent of a process, if the table shows it."""
        return next((other for other in self.rows if other.pid == row.parent), None)


def read_table(text: str) -> Table | str:
    """Return the one table in a text, or why there is none."""
    columns: tuple[str, ...] | None = None
    rows: list[Row] = []
    for line in _lines(text):
        words = line.split()
        if heading := _heading(words):
            if columns and rows:
                return "there is more than one table"
            columns = heading
            continue
        row = _row(words, line, columns or _guess(words))
        if row:
            columns = columns or _guess(words)
            rows.append(row)
        elif rows and not _prompt(line):
            # A long line that the terminal or an editor broke.
            rows[-1] = replace(rows[-1], command=f"{rows[-1].command} {line.strip()}")
        if len(rows) > _MOST_ROWS:
            return f"the table has more than {_MOST_ROWS} rows"
    if not rows:
        return "there is no row of a process table, with a PID and a command"
    if len({row.pid for row in rows}) != len(rows):
        return "a PID stands in the table twice"
    return Table(tuple(_as_forest(rows)))


def _lines(text: str) -> Iterator[str]:
    for raw in compatible(text).split("\n"):
        line = raw.replace("\t", " ").strip()
        if line.startswith("|") and line.endswith("|"):
            line = line.strip("|").replace(" | ", "  ").strip()
        line = re.sub(r"^(?:[>#]\s*)+(?=\S)", "", line)
        if line and not re.fullmatch(r"[-|:=+ `~]+|(?:```|~~~)\w*", line):
            yield line


def _heading(words: Sequence[str]) -> tuple[str, ...] | None:
    upper = tuple(word.upper().strip("|") for word in words if word != "|")
    return upper if "PID" in upper and upper[-1] in _COMMANDS else None


def _guess(words: Sequence[str]) -> tuple[str, ...] | None:
    if len(words) >= len(_FULL) and all(word.isdecimal() for word in words[1:4]):
        return _FULL
    if len(words) >= len(_WIDE) and words[1].isdecimal() and "." in words[2]:
        return _WIDE
    return None


def _row(words: Sequence[str], line: str, columns: tuple[str, ...] | None) -> Row | None:
    if columns is None or len(words) < len(columns):
        return None
    cells = dict(zip(columns, line.split(maxsplit=len(columns) - 1), strict=False))
    pid, parent = cells["PID"], cells.get("PPID")
    if not _number(pid) or (parent is not None and not _number(parent)):
        return None
    command = cells[columns[-1]].strip()
    return Row(int(pid), None if parent is None else int(parent), command)


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < len("4194304") + 3


def _prompt(line: str) -> bool:
    """Return whether a line is a shell's prompt below the table."""
    return re.match(r"[^\s]*[$%]\s|[^\s]+@[^\s]+[#$]|\$$", line) is not None


def _as_forest(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows, the lines of a drawn tree (`ps -ejH`, `ps axf`) made into parents."""
    above: list[Row] = []
    for row in rows:
        drawn = _FOREST.match(row.command)
        if drawn is None:
            above = [row]
            yield row
            continue
        depth = len(drawn[1]) + 1
        above = [other for other in above if other.depth < depth]
        parent = row.parent if row.parent is not None or not above else above[-1].pid
        command = row.command[drawn.end() :]
        found = replace(row, parent=parent, command=command, depth=depth)
        above.append(found)
        yield found
