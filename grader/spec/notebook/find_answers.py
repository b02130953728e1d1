"""Finds the answers in a lab's notebook, which is read and never run.

A cell is known by the name nbgrader knows it by. Where its metadata got lost, by its first line or
its own id, and last by its place below the question, if nothing else stands there. Where its own
cell is untouched, what stands beside it or in the question's cell is taken, and a person is asked
to look.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.facts import AnswerFacts, Fault, NotSeen, Place
from grader.spec.notebook.cells import PROMPT, added, named, written
from grader.spec.notebook.source import Cell, Unreadable, read_cells
from grader.spec.public import NOTEBOOK
from grader.spec.questions import FREE, Question

MOST_CHARACTERS = 20_000
_RESTORE = (
    f"Take the cell from a fresh copy of {NOTEBOOK} (git can bring it back, or the lab as it was "
    "handed out) and put your answer there."
)
_LOST = "the cell had lost its metadata and was found by {by}"

Answer = AnswerFacts | NotSeen


@dataclass(frozen=True, slots=True)
class _Known:
    """A cell that is somebody's: the question, whether it is its prompt, and how that is known."""

    question: str
    prompt: bool
    flag: str = ""


def read_answers(questions: Sequence[Question], content: bytes) -> dict[str, Answer]:
    """Return the answer to each question, by id; never raises, whatever the content is."""
    try:
        cells = read_cells(content)
    except Unreadable as error:
        line = f", line {error.line}" if error.line else ""
        lost = _lost(f"{NOTEBOOK}{line} cannot be read: {error.why}.", error.hint, error.line)
        return {question.id: lost for question in questions}
    known = _recognise(cells, {question.id for question in questions})
    found = {question.id: _find(question, cells, known) for question in questions}
    return _unshared(found, cells)


def _lost(why: str, hint: str, line: int | None = None) -> NotSeen:
    return NotSeen(fault=Fault.STUDENT, why=why, hint=hint, place=Place(file=NOTEBOOK, line=line))


def _recognise(cells: Sequence[Cell], ids: set[str]) -> dict[int, _Known]:
    """Return the cells that belong to a question, by their numbers."""
    known: dict[int, _Known] = {}
    for cell in cells:
        if found := _by_name(cell.name, ids):
            known[cell.number] = _Known(*found)
            continue
        line = named(cell.source)
        if line and line[1] in ids:
            flag = _LOST.format(by="its first line")
            known[cell.number] = _Known(line[1], line[0] == "question", flag)
        elif found := _by_name(cell.id, ids):
            known[cell.number] = _Known(*found, _LOST.format(by="its id"))
    return known


def _by_name(name: str, ids: set[str]) -> tuple[str, bool] | None:
    plain = name.removeprefix(PROMPT)
    return (plain, plain != name) if plain in ids else None


def _find(question: Question, cells: Sequence[Cell], known: Mapping[int, _Known]) -> Answer:
    own = [
        cell
        for cell in cells
        if (k := known.get(cell.number)) and k.question == question.id and not k.prompt
    ]
    unread = [cell for cell in own if cell.problem]
    texts = {cell.number: written(question, cell.source) for cell in own if not cell.problem}
    filled = [cell for cell in own if texts.get(cell.number)]
    if unread and not filled:
        cell = unread[0]
        return _lost(f"{NOTEBOOK}, cell {cell.number} {cell.problem}.", _RESTORE)
    if not filled:
        return _below(question, own, cells, known)
    if len({texts[cell.number] for cell in filled}) > 1:
        return _lost(
            f"{NOTEBOOK} holds different answers to '{question.id}', in the cells "
            f"{_listed(filled)}.",
            "Keep one of these cells and delete the others.",
        )
    notes = [] if len(own) == 1 else [f"the cell is there {len(own)} times: {_listed(own)}"]
    more = _strangers(question, filled[0].number, cells, known) if question.kind == FREE else []
    return _joined(question, [filled[0], *more], known, notes)


def _below(
    question: Question, own: Sequence[Cell], cells: Sequence[Cell], known: Mapping[int, _Known]
) -> Answer:
    """Return what was written below a question whose own cell is untouched or gone."""
    prompts = [n for n, k in known.items() if k.question == question.id and k.prompt]
    begin = min([*prompts, *(cell.number for cell in own)], default=len(cells))
    alone = len(prompts) <= 1 and len(own) <= 1
    strangers = _strangers(question, begin, cells, known) if alone else []
    if len(strangers) == 1 or (strangers and question.kind == FREE):
        return _joined(question, strangers, known, [], _LOST.format(by="its place"))
    if alone and prompts and not strangers:
        prompt = cells[prompts[0] - 1]
        if text := added(question, prompt.source):
            flag = "it was written into the question's own cell"
            return _answer(question, replace(prompt, source=text, kind="markdown"), {}, [], flag)
    if strangers:
        return _lost(
            f"The cells {_listed(strangers)} of {NOTEBOOK} stand below '{question.id}', and its "
            f"own cell is {'untouched' if own else 'gone'}: which of them answers cannot be told.",
            "Put your whole answer into the question's own cell. " + ("" if own else _RESTORE),
        )
    if own:
        return _facts(own[0], "", (), ())
    return _lost(f"The cell of '{question.id}' is not in {NOTEBOOK} any more.", _RESTORE)


def _strangers(
    question: Question, begin: int, cells: Sequence[Cell], known: Mapping[int, _Known]
) -> list[Cell]:
    """Return the cells of text behind the cell `begin`, down to the next question's.

    A cell of code is what somebody tried out.
    """
    found: list[Cell] = []
    for cell in cells[begin:]:
        if cell.number in known:
            if known[cell.number].question != question.id:
                break
        elif cell.kind != "code" and written(question, cell.source):
            found.append(cell)
    return found


def _joined(
    question: Question,
    parts: Sequence[Cell],
    known: Mapping[int, _Known],
    notes: list[str],
    flag: str = "",
) -> Answer:
    """Return an answer that is written in one cell, or a free one in several below one another."""
    if len(parts) == 1:
        return _answer(question, parts[0], known, notes, flag)
    text = "\n\n".join(written(question, cell.source) for cell in parts)
    several = f"the answer stands in the cells {_listed(parts)}"
    return _answer(question, replace(parts[0], source=text), known, notes, flag or several)


def _answer(
    question: Question,
    cell: Cell,
    known: Mapping[int, _Known],
    notes: list[str],
    flag: str = "",
) -> Answer:
    text = written(question, cell.source)
    if len(text) > MOST_CHARACTERS:
        return _lost(
            f"{NOTEBOOK}, cell {cell.number}: the answer has {len(text)} characters; at most "
            f"{MOST_CHARACTERS} are read.",
            "Shorten it to what the question asks for.",
        )
    if cell.bad_id:
        return _lost(
            f"{NOTEBOOK}, cell {cell.number} has an id that no notebook may have ({cell.bad_id}).",
            _RESTORE,
        )
    recognised = known.get(cell.number)
    flags = [entry for entry in (flag, recognised.flag if recognised else "") if entry]
    line = named(cell.source)
    if line and line != ("answer", question.id):
        flags.append(f"the cell's first line says that it is the {line[0]} '{line[1]}'")
    if cell.kind != "markdown":
        notes.append(f"the cell was turned from Markdown into {cell.kind}; it is read all the same")
    if recognised and _moved(question, cell, known):
        notes.append("the cell does not stand below its question any more")
    return _facts(cell, text, tuple(notes), (*flags, *_strange(text)))


def _facts(cell: Cell, text: str, notes: tuple[str, ...], flags: tuple[str, ...]) -> AnswerFacts:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return AnswerFacts(text=text, sha256=digest, cell=cell.number, notes=notes, flags=flags)


def _moved(question: Question, cell: Cell, known: Mapping[int, _Known]) -> bool:
    before = max((number for number in known if number < cell.number), default=None)
    if before is None:
        return True
    return known[before].question != question.id


def _strange(text: str) -> tuple[str, ...]:
    """Return what no reader can see in a text: invisible characters, letters that look alike."""
    found = []
    hidden = sorted({c for c in text if unicodedata.category(c) == "Cf"})
    if hidden:
        codes = ", ".join(f"U+{ord(character):04X}" for character in hidden[:5])
        found.append(f"the answer holds characters that cannot be seen ({codes})")
    mixed = re.search(
        r"[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]", text
    )
    if mixed:
        found.append("the answer mixes letters of two alphabets that look alike")
    return tuple(found)


def _unshared(found: Mapping[str, Answer], cells: Sequence[Cell]) -> dict[str, Answer]:
    """Return the answers without those whose cells cannot be told apart by their ids."""
    users: dict[str, list[int]] = {}
    for answer in found.values():
        if isinstance(answer, AnswerFacts) and (cell_id := cells[answer.cell - 1].id):
            users.setdefault(cell_id, []).append(answer.cell)
    settled: dict[str, Answer] = {}
    for name, answer in found.items():
        settled[name] = answer
        if isinstance(answer, AnswerFacts) and answer.text:
            same = sorted(users.get(cells[answer.cell - 1].id, ()))
            if len(same) > 1:
                numbers = ", ".join(map(str, same))
                settled[name] = _lost(
                    f"The cells {numbers} of {NOTEBOOK} have the same id, so they cannot be told "
                    "apart.",
                    _RESTORE,
                )
    return settled


def _listed(cells: Sequence[Cell]) -> str:
    numbers = [str(cell.number) for cell in cells[:8]]
    if len(cells) > len(numbers):
        numbers.append("…")
    return ", ".join(numbers)
