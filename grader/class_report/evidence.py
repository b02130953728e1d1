"""What two texts share, and how surprising it is that they do."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from grader.class_report.class_summary import SharedLine
from grader.class_report.fingerprint import FileText, line_key
from grader.core.text import shorten

RUN = 5  # words of prose that are compared together
_SHOWN, _SHOWN_WIDTH = 8, 160
_NEAR = 88  # of 100: lines that differ in a name or two
_NEAR_LENGTH = 16  # shorter lines are near to anything
_NEAR_WEIGHT, _ARRANGED_WEIGHT = 0.5, 0.25
_COMPARED = 20_000  # characters
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What two texts share that few have.

    `bits` is how surprising that is; `share` how much of the smaller one's own text it is, 0 to 1;
    `similarity` compares the two whole, 0 to 100; `shared` counts lines (or phrases).
    """

    bits: float
    share: float
    similarity: int
    shared: int
    lines: tuple[SharedLine, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A shared line or phrase: `have_it` submissions have its rarest part."""

    text: str
    have_it: int
    bits: float
    near: bool = False


def units(text: FileText) -> Iterator[str]:
    """Yield what is compared of a text: its lines, or of prose every run of five words."""
    if text.kind == "code":
        yield from map(line_key, text.lines)
        return
    words = _words(text)
    for place in range(len(words) - RUN + 1):
        yield " ".join(words[place : place + RUN])


def own_words(text: FileText) -> set[str]:
    """Return the words of code, which show what lines depend on each other; of prose none."""
    return set(_words(text)) if text.kind == "code" else set()


def find_evidence(
    first: FileText,
    second: FileText,
    have_it: Callable[[str], int],
    common: frozenset[str],
    count: int,
    limit: int,
) -> Evidence:
    """Return what two files of a class share.

    `have_it` says how many of `count` have a unit, `limit` up to how many make it rare; `common`
    are the words that many use.
    """

    def surprise(unit: str) -> float:
        return math.log2((count + 1) / max(1, have_it(unit)))

    if first.kind == "code":
        pieces = _lines(first, second, have_it, common, count, limit)
    else:
        pieces = _phrases(first, second, have_it, count, limit)
    ours, theirs = set(units(first)), set(units(second))
    smaller = min(sum(map(surprise, ours)), sum(map(surprise, theirs)))
    both = sum(map(surprise, ours & theirs))
    both += sum(piece.bits for piece in pieces if piece.near)
    shown = sorted(pieces, key=lambda piece: (-piece.bits, -len(piece.text)))[:_SHOWN]
    return Evidence(
        bits=sum(piece.bits for piece in pieces),
        share=min(1.0, both / smaller) if smaller else 0.0,
        similarity=round(fuzz.ratio(_joined(first), _joined(second))),
        shared=len(pieces),
        lines=tuple(
            SharedLine(
                text=shorten(piece.text, _SHOWN_WIDTH), have_it=piece.have_it, near=piece.near
            )
            for piece in shown
        ),
    )


def _lines(
    first: FileText,
    second: FileText,
    have_it: Callable[[str], int],
    common: frozenset[str],
    count: int,
    limit: int,
) -> list[_Piece]:
    """Return the rare lines that both have.

    One decision shows in several lines: where a line has no rare word that was not counted yet,
    it follows from the others, or only arranges what all use, and counts a quarter.
    """
    theirs = {line_key(line): line for line in second.lines}
    known: set[str] = set()
    pieces: list[_Piece] = []
    left: list[str] = []
    for key, line in {line_key(line): line for line in first.lines}.items():
        number = have_it(key)
        if number > limit:
            continue
        if key not in theirs:
            left.append(line)
            continue
        pieces.append(_piece(line, key, number, known, common, count))
    rest = {
        key: line
        for key, line in theirs.items()
        if have_it(key) <= limit and all(piece.text != line for piece in pieces)
    }
    if pieces:
        pieces += _near(left, rest, known, common, count)
    return pieces


def _piece(
    line: str, key: str, number: int, known: set[str], common: frozenset[str], count: int
) -> _Piece:
    rare = set(_WORD.findall(key)) - common
    weight = 1.0 if rare - known else _ARRANGED_WEIGHT
    known |= rare
    return _Piece(line, number, weight * math.log2((count + 1) / max(1, number)))


def _near(
    left: Sequence[str],
    rest: dict[str, str],
    known: set[str],
    common: frozenset[str],
    count: int,
) -> list[_Piece]:
    """Return the lines that have one of nearly the same text on the other side."""
    pieces = []
    open_keys = [key for key in rest if len(key) >= _NEAR_LENGTH]
    for line in left:
        key = line_key(line)
        if len(key) < _NEAR_LENGTH or not open_keys:
            continue
        best = process.extractOne(key, open_keys, scorer=fuzz.ratio, score_cutoff=_NEAR)
        if best is None:
            continue
        open_keys.remove(best[0])
        rare = (set(_WORD.findall(key)) & set(_WORD.findall(best[0]))) - common
        weight = _NEAR_WEIGHT if rare - known else _NEAR_WEIGHT * _ARRANGED_WEIGHT
        known |= rare
        pieces.append(_Piece(line, 2, weight * math.log2((count + 1) / 2), near=True))
    return pieces


def _phrases(
    first: FileText, second: FileText, have_it: Callable[[str], int], count: int, limit: int
) -> list[_Piece]:
    """Return the runs of words that both have and few others: five words count once."""
    theirs = set(units(second))
    words = _words(first)
    pieces: list[_Piece] = []
    place = 0
    while place <= len(words) - RUN:
        numbers: list[int] = []
        while place + len(numbers) <= len(words) - RUN:
            begin = place + len(numbers)
            run = " ".join(words[begin : begin + RUN])
            if run not in theirs or have_it(run) > limit:
                break
            numbers.append(have_it(run))
        if not numbers:
            place += 1
            continue
        end = place + len(numbers) + RUN - 1
        bits = sum(math.log2((count + 1) / max(1, number)) for number in numbers[::RUN])
        pieces.append(_Piece(" ".join(words[place:end]), min(numbers), bits))
        place = end
    return pieces


def _words(text: FileText) -> list[str]:
    return _WORD.findall(line_key(" ".join(text.lines)))


def _joined(text: FileText) -> str:
    return "\n".join(map(line_key, text.lines))[:_COMPARED]
