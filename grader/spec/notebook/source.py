"""Takes a notebook's bytes apart into cells. Whatever the bytes are, the worst is Unreadable.

nbformat is not used for this: it lets duplicate keys, NaN and cells of a wrong shape pass, fails
with a different exception for each kind of nonsense, and is slow on what is merely large.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from grader.core.text import shorten

MOST_BYTES = 2 * 1024 * 1024  # without pictures
# A picture, pasted into an answer or printed by a cell: base64 behind its type, in one string or in
# a list of lines. No answer is, for in an answer the quotes are escaped. It is left out before
# anything is parsed, so that screenshots cost nothing.
_PICTURE = re.compile(
    rb'("image/[a-z.+-]{2,20}"\s*:\s*)'
    rb'(?:"[A-Za-z0-9+/=\\n]*"|\[\s*(?:"[A-Za-z0-9+/=\\n]*"[\s,]*)*\])'
)
MOST_CELLS = 2000
_FORMAT = 4
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# A string without an end reaches to the end of the text, so that the search stays linear.
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*(?:"|\Z)|[{}\[\]:,]|-?Infinity|NaN')
_AGAIN = "Open it in Jupyter or VS Code, put your answers into a fresh copy, and save that."


class Unreadable(Exception):  # noqa: N818 - a state of the file
    """There are no cells to be had: why, on which line, and what to do."""

    def __init__(self, why: str, line: int | None = None, hint: str = _AGAIN) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `number` counts from 1, `name` is its grade_id for nbgrader.

    `problem` says why `source`, then empty, could not be read; `id` is "" where there is none,
    `bad_id` is one that no tool writes, shortened.
    """

    number: int
    kind: str
    source: str
    id: str = ""
    bad_id: str = ""
    name: str = ""
    problem: str = ""


class _DuplicateKeyError(ValueError):
    pass


def read_cells(content: bytes) -> tuple[Cell, ...]:
    """Return the notebook's cells; Unreadable if it is not a notebook that can be read."""
    document = _json(_text(content))
    if not isinstance(document, dict):
        raise Unreadable(f"it is {_named(document)}, not a notebook")
    major = document.get("nbformat")
    if isinstance(major, bool) or not isinstance(major, int):
        raise Unreadable(f"its nbformat is {_named(major)}, not a number")
    if major != _FORMAT:
        hint = "Open it in a current Jupyter, which converts it, and save it."
        raise Unreadable(f"its nbformat is {shorten(str(major), 20)}, not {_FORMAT}", hint=hint)
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise Unreadable(f"its cells are {_named(cells)}, not a list")
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"it has {len(cells)} cells; at most {MOST_CELLS} are read")
    return tuple(_cell(number, cell) for number, cell in enumerate(cells, 1))


def _text(content: bytes) -> str:
    content = _PICTURE.sub(rb'\1""', content)
    if len(content) > MOST_BYTES:
        hint = "Clear all outputs (Edit, or the command palette), and save."
        size = f"{len(content) / 1024 / 1024:.1f} MiB"
        raise Unreadable(f"it is {size} large; at most {MOST_BYTES >> 20} are read", hint=hint)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(
            "it is not UTF-8 text", line, "Save it with the encoding UTF-8."
        ) from error
    if not text.strip():
        raise Unreadable("it is empty")
    if text.startswith("version https://git-lfs"):
        raise Unreadable("it is a pointer of Git LFS", 1, "Hand in the file itself: git lfs pull.")
    return text


def _json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except _DuplicateKeyError as error:
        key, line = _duplicate(text)
        raise Unreadable(f"the key '{key}' stands twice in one object", line) from error
    except json.JSONDecodeError as error:
        conflict = re.search(r"^(?:<{7}|={7}|>{7})(?: |$)", text, flags=re.MULTILINE)
        if conflict:
            line = text.count("\n", 0, conflict.start()) + 1
            hint = "Settle the merge: keep one side of each conflict, or take your own version."
            raise Unreadable("it holds the marks of a merge conflict", line, hint) from error
        raise Unreadable(f"it is not JSON ({error.msg.lower()})", error.lineno) from error
    except RecursionError as error:
        raise Unreadable("it is nested too deeply to be a notebook") from error
    except ValueError as error:
        raise Unreadable(*_odd_number(text)) from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


def _constant(name: str) -> object:
    raise ValueError(name)


def _duplicate(text: str) -> tuple[str, int | None]:
    """Return the first key that stands twice in one object, and the line of the second time."""
    seen: list[set[str] | None] = []
    last: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            seen.append(set() if sign == "{" else None)
        elif sign in "}]":
            seen.pop()
        elif sign == ":" and last is not None and seen and (keys := seen[-1]) is not None:
            key = str(json.loads(last[0], strict=False))
            if key in keys:
                return shorten(key, 40), text.count("\n", 0, last.start()) + 1
            keys.add(key)
        last = token
    return "?", None


def _odd_number(text: str) -> tuple[str, int | None]:
    """Return what is wrong with a number in valid JSON, and its line."""
    for token in _TOKEN.finditer(text):
        if token[0][-1] in "yN":
            line = text.count("\n", 0, token.start()) + 1
            return f"{token[0]} is no number that JSON knows", line
    return "it holds a number with thousands of digits", None


def _cell(number: int, raw: object) -> Cell:
    if not isinstance(raw, dict):
        return Cell(number, "", "", problem=f"is {_named(raw)}, not an object")
    kind = raw.get("cell_type")
    given = raw.get("id")
    valid = isinstance(given, str) and _CELL_ID.fullmatch(given) is not None
    source, problem = _source(raw.get("source"))
    if not isinstance(kind, str) or kind not in {"markdown", "code", "raw"}:
        source, problem = "", "is neither Markdown nor code nor plain text"
    return Cell(
        number=number,
        kind=kind if isinstance(kind, str) else "",
        source=source,
        id=str(given) if valid else "",
        bad_id="" if given is None or valid else shorten(str(given), 40),
        name=_grade_id(raw.get("metadata")),
        problem=problem,
    )


def _source(raw: object) -> tuple[str, str]:
    if isinstance(raw, list) and all(isinstance(line, str) for line in raw):
        raw = "".join(raw)
    if not isinstance(raw, str):
        return "", f"has a source that is {_named(raw)}, not text"
    try:
        raw.encode()
    except UnicodeEncodeError:
        return "", "holds half a character (a lone surrogate), which cannot be written down"
    return raw.replace("\r\n", "\n").replace("\r", "\n"), ""


def _grade_id(metadata: object) -> str:
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) and _CELL_ID.fullmatch(name) else ""


def _named(value: object) -> str:
    names = {type(None): "nothing", dict: "an object", list: "a list", str: "text", bool: "a truth"}
    return names.get(type(value), "a number")
