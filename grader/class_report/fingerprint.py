"""What is kept of a submission's text, to find work that is alike: the content of fingerprint.json.

Files lose the lines that the lab gave out: nobody is alike for having been given the same text.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from textwrap import wrap
from typing import Literal

from pydantic import ConfigDict, Field

from grader.core.models import Frozen
from grader.core.text import visible

MAX_FILES, MAX_LINES, MAX_LINE = 60, 400, 200
MAX_CHARACTERS = 200_000  # of one submission, all files together
_PROSE = frozenset({".md", ".txt", ".rst"})
_NOTEBOOK = ".ipynb"
_LETTERS = re.compile(r"\w")
_FEWEST_LETTERS = 4  # `fi`, `done` and a bracket say nothing about who wrote them
ANSWER = "answer "


class FileText(Frozen):
    """What is left of one file, or of one answer, without the lab's own lines.

    `kind` is `code` where lines are compared, and `prose` where runs of words are. `name` of an
    answer is `answer ` and the question's id.
    """

    lab: str
    name: str
    kind: Literal["code", "prose"]
    lines: tuple[str, ...]


class Fingerprint(Frozen):
    """The content of fingerprint.json (`grader/fingerprint/v1`): at most some 250 kB.

    `whole` is a SHA-256 over all lines: equal where submissions differ in spaces alone. `own`
    counts the lines that the student wrote, also those beyond what is kept here. `facts` is the
    SHA-256 of the facts.json that the answers were taken from.
    """

    format: Literal["grader/fingerprint/v1"] = Field(
        default="grader/fingerprint/v1", alias="schema"
    )
    submission: str
    digest: str
    whole: str
    own: int
    files: tuple[FileText, ...]
    facts: str = ""

    model_config = ConfigDict(populate_by_name=True)

    def to_json(self) -> str:
        """Return fingerprint.json's text, one final newline included."""
        return self.model_dump_json(by_alias=True) + "\n"


def line_key(line: str) -> str:
    """Return what makes two lines the same: not case, spaces, or the kind of quotation marks."""
    return " ".join(line.split()).casefold().replace("'", '"')


def make_fingerprint(
    submission: str,
    digest: str,
    labs: Mapping[str, Mapping[str, bytes]],
    given: Mapping[str, Mapping[str, bytes]],
    answers: Mapping[str, Mapping[str, str]],
) -> Fingerprint:
    """Return a submission's fingerprint.

    `labs` are its files by lab and name, `given` what the lab gave out, `answers` the texts of
    its notebooks' answers by lab and question: where there are some, the notebook itself is left.
    """
    kept: list[FileText] = []
    whole = hashlib.sha256()
    own, room = 0, MAX_CHARACTERS
    for lab, name, kind, lines in _texts(labs, given, answers):
        own += len(lines)
        whole.update(f"{lab}/{name}\0".encode() + "\n".join(map(line_key, lines)).encode() + b"\0")
        short = _short(lines, kind)
        while short and sum(map(len, short)) > room:
            short.pop()
        room -= sum(map(len, short))
        if short and len(kept) < MAX_FILES:
            kept.append(FileText(lab=lab, name=name, kind=kind, lines=tuple(short)))
    return Fingerprint(
        submission=submission, digest=digest, whole=whole.hexdigest(), own=own, files=tuple(kept)
    )


def _short(lines: Sequence[str], kind: Literal["code", "prose"]) -> list[str]:
    """Return lines that are short enough to keep: of prose, a long line goes on in the next."""
    if kind == "code":
        return [line[:MAX_LINE] for line in lines[:MAX_LINES]]
    pieces = (piece for line in lines for piece in wrap(line[:MAX_CHARACTERS], MAX_LINE))
    return list(islice(pieces, MAX_LINES))


def _texts(
    labs: Mapping[str, Mapping[str, bytes]],
    given: Mapping[str, Mapping[str, bytes]],
    answers: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[str, str, Literal["code", "prose"], list[str]]]:
    """Yield lab, name, kind and own lines of everything that is text, in order of name."""
    for lab, files in sorted(labs.items()):
        handed_out = _given_lines(given.get(lab, {}))
        for name, content in sorted(files.items()):
            suffix = PurePosixPath(name).suffix
            if suffix == _NOTEBOOK and answers.get(lab):
                continue
            prose = suffix in _PROSE or suffix == _NOTEBOOK
            lines = _own(_lines_of(name, content), handed_out, 1 if prose else _FEWEST_LETTERS)
            yield lab, name, "prose" if prose else "code", lines
        for question, text in sorted(answers.get(lab, {}).items()):
            yield lab, ANSWER + question, "prose", _own(text.splitlines(), handed_out, 1)


def _own(lines: Iterable[str], handed_out: frozenset[str], letters: int) -> list[str]:
    return [
        visible(" ".join(line.split()))
        for line in lines
        if line_key(line) not in handed_out and len(_LETTERS.findall(line)) >= letters
    ]


def _given_lines(files: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset(
        line_key(line) for name, content in files.items() for line in _lines_of(name, content)
    )


def _lines_of(name: str, content: bytes) -> list[str]:
    """Return a file's lines, of a notebook those of its cells.

    What is no text is one line with its digest: files that cannot be read are not the same text.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # of an old editor: whichever, it tells files apart
    lines = _cell_lines(text) if name.endswith(_NOTEBOOK) else text.splitlines()
    if "\0" in text or lines is None:
        return [f"bytes {hashlib.sha256(content).hexdigest()}"]
    return lines


def _cell_lines(text: str) -> list[str] | None:
    """Return the lines of all cells of a notebook; None where it is none."""
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    parts = ["".join(map(str, s)) if isinstance(s, list) else str(s) for s in sources]
    return [line for part in parts for line in part.splitlines()]
