"""Answers are found wherever an honest student's tools put them, and each loss says where."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from grader.facts import AnswerFacts, Fault, NotSeen
from grader.judge.questions import judge_question
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.spec.notebook.find_answers import read_answers
from grader.spec.public import NOTEBOOK
from tests.spec.notebook.filling import filled

FIRST, SECOND, FREE = "words-behind-the-image", "stop-of-the-shell-form", "why-the-signal-is-lost"
GIVEN = {FIRST: "b", SECOND: "10 s", FREE: "Because of PID 1.\n\nIt drops it."}
Document = dict[str, Any]


@pytest.fixture
def document(lab: Assignment) -> Document:
    """Return the lab's notebook with three answers in it."""
    text = (lab.folder / NOTEBOOK).read_text(encoding="utf-8")
    found: Document = json.loads(filled(text, GIVEN))
    return found


def answers_in(lab: Assignment, document: object, **how: Any) -> dict[str, AnswerFacts | NotSeen]:
    """Return what the reader finds in a document that is written as JSON."""
    return read_answers(lab.questions, json.dumps(document, **how).encode())


def texts(found: dict[str, AnswerFacts | NotSeen]) -> dict[str, str]:
    """Return the answers that are there, by question."""
    return {name: a.text for name, a in found.items() if isinstance(a, AnswerFacts) and a.text}


def cell_of(document: Document, name: str) -> Document:
    """Return the cell with that name for nbgrader."""
    found: Document = next(
        cell for cell in document["cells"] if cell["metadata"]["nbgrader"]["grade_id"] == name
    )
    return found


def got(found: dict[str, AnswerFacts | NotSeen], name: str) -> AnswerFacts:
    """Return an answer that has to be there."""
    seen = found[name]
    assert isinstance(seen, AnswerFacts), seen
    return seen


def lost(found: dict[str, AnswerFacts | NotSeen], name: str) -> NotSeen:
    """Return why an answer could not be had: the student's doing, where, and what to do."""
    seen = found[name]
    assert isinstance(seen, NotSeen), seen
    assert seen.fault is Fault.STUDENT
    assert NOTEBOOK in seen.why
    assert seen.hint
    assert seen.place
    assert seen.place.file == NOTEBOOK
    return seen


def test_answers_are_found(lab: Assignment, document: Document) -> None:
    """As they were written, without what was there before."""
    found = answers_in(lab, document)

    assert texts(found) == GIVEN
    assert all(not a.notes and not a.flags for a in found.values() if isinstance(a, AnswerFacts))
    assert got(found, FIRST).cell == 3


def _without_ids(document: Document) -> None:
    document["nbformat_minor"] = 4
    for cell in document["cells"]:
        del cell["id"]


def _as_text(document: Document) -> None:
    for cell in document["cells"]:
        cell["source"] = "".join(cell["source"])


def _windows(document: Document) -> None:
    for cell in document["cells"]:
        cell["source"] = [line.replace("\n", "\r\n") for line in cell["source"]]


def _by_vs_code(document: Document) -> None:
    document["metadata"] = {"language_info": {"name": "python", "version": "3.12.1"}}
    for cell in document["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "markdown"}


def _with_outputs(document: Document) -> None:
    document["cells"].append(
        {
            "cell_type": "code",
            "id": "x",
            "execution_count": 1,
            "metadata": {},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["x" * 100_000]}],
            "source": ["print('x')"],
        }
    )


def _behind_the_line(document: Document) -> None:
    cell = cell_of(document, FIRST)
    cell["source"] = [cell["source"][0], "*Write one letter in place of this line.* b"]


def _below_the_line(document: Document) -> None:
    cell = cell_of(document, FIRST)
    cell["source"] = [cell["source"][0], "*Write one letter in place of this line.*\n", "\n", "b"]


def _without_first_line(document: Document) -> None:
    cell_of(document, FIRST)["source"] = ["b"]


@pytest.mark.parametrize(
    "change",
    [
        _without_ids,
        _as_text,
        _windows,
        _by_vs_code,
        _with_outputs,
        _behind_the_line,
        _below_the_line,
        _without_first_line,
    ],
)
@pytest.mark.parametrize("indent", [None, 1, 2, 4])
def test_what_an_editor_changes_changes_no_answer(
    lab: Assignment, document: Document, change: Callable[[Document], None], indent: int | None
) -> None:
    """Indentation, string sources, missing ids, line ends, outputs, a line left where it was."""
    change(document)
    text = json.dumps(document, indent=indent, ensure_ascii=indent == 1)
    for content in (text.encode(), text.replace("\n", "\r\n").encode(), text.encode("utf-8-sig")):
        found = read_answers(lab.questions, content)
        assert texts(found) == GIVEN
        assert all(not a.flags for a in found.values() if isinstance(a, AnswerFacts))


def test_a_deleted_cell_is_missed_with_a_way_back(lab: Assignment, document: Document) -> None:
    """Only its own question is lost."""
    document["cells"].remove(cell_of(document, FIRST))
    found = answers_in(lab, document)

    assert f"The cell of '{FIRST}' is not in {NOTEBOOK} any more" in lost(found, FIRST).why
    assert "fresh copy" in lost(found, FIRST).hint
    assert texts(found) == {SECOND: GIVEN[SECOND], FREE: GIVEN[FREE]}


def test_a_cell_copied_as_it_is_changes_nothing(lab: Assignment, document: Document) -> None:
    """The same answer twice is one answer, with a note."""
    document["cells"].append({**copy.deepcopy(cell_of(document, FIRST)), "id": "copy"})
    seen = got(answers_in(lab, document), FIRST)

    assert seen.text == "b"
    assert "there 2 times" in seen.notes[0]
    assert not seen.flags


def test_an_untouched_copy_does_not_count(lab: Assignment, document: Document) -> None:
    """The one that was filled in is the answer."""
    empty = copy.deepcopy(cell_of(document, FIRST))
    empty["source"] = [*empty["source"][:1], "*Write one letter in place of this line.*"]
    document["cells"].insert(1, {**empty, "id": "copy"})

    assert got(answers_in(lab, document), FIRST).text == "b"


def test_two_different_answers_are_none(lab: Assignment, document: Document) -> None:
    """Which one is meant, nobody can tell; the cells are named."""
    other = copy.deepcopy(cell_of(document, FIRST))
    other["source"] = [*other["source"][:1], "c"]
    document["cells"].insert(3, {**other, "id": "copy"})
    seen = lost(answers_in(lab, document), FIRST)

    assert f"different answers to '{FIRST}', in the cells 3, 4" in seen.why
    assert "Keep one" in seen.hint


@pytest.mark.parametrize("kind", ["code", "raw"])
def test_a_retyped_cell_is_read_all_the_same(
    lab: Assignment, document: Document, kind: str
) -> None:
    """Markdown, code or plain text: nothing is run, so it does not matter."""
    cell = cell_of(document, FIRST)
    cell["cell_type"] = kind
    cell |= {"outputs": [], "execution_count": None} if kind == "code" else {}
    seen = got(answers_in(lab, document), FIRST)

    assert seen.text == "b"
    assert f"from Markdown into {kind}" in seen.notes[0]
    assert not seen.flags


def test_reordered_cells_are_found_by_name(lab: Assignment, document: Document) -> None:
    """With a note."""
    document["cells"].reverse()
    found = answers_in(lab, document)

    assert texts(found) == GIVEN
    assert "does not stand below its question" in got(found, FIRST).notes[0]
    assert not got(found, FIRST).flags


def test_pasted_over_cells_are_found_by_their_first_line(
    lab: Assignment, document: Document
) -> None:
    """Their metadata is gone; the answer counts, and a person looks."""
    for cell in document["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    found = answers_in(lab, document)

    assert texts(found) == GIVEN
    assert "found by its first line" in got(found, FIRST).flags[0]


def test_without_first_line_and_metadata_the_id_is_left(
    lab: Assignment, document: Document
) -> None:
    """Which editors keep."""
    cell = cell_of(document, FIRST)
    cell["metadata"], cell["source"] = {}, ["b"]
    seen = got(answers_in(lab, document), FIRST)

    assert seen.text == "b"
    assert "found by its id" in seen.flags[0]


def test_and_last_its_place_below_the_question(lab: Assignment, document: Document) -> None:
    """Where nothing else stands there."""
    cell = cell_of(document, FIRST)
    cell["metadata"], cell["source"], cell["id"] = {}, ["b"], "new"
    seen = got(answers_in(lab, document), FIRST)

    assert (seen.text, seen.cell) == ("b", 3)
    assert "found by its place" in seen.flags[0]


def test_a_place_with_two_cells_is_not_certain(lab: Assignment, document: Document) -> None:
    """Both are named."""
    cell = cell_of(document, FIRST)
    cell["metadata"], cell["source"], cell["id"] = {}, ["b"], "new"
    document["cells"].insert(3, {"cell_type": "markdown", "metadata": {}, "source": ["or c"]})
    seen = lost(answers_in(lab, document), FIRST)

    assert "The cells 3, 4" in seen.why
    assert "own cell is gone" in seen.why


def test_an_answer_in_a_cell_of_its_own_below_counts(lab: Assignment, document: Document) -> None:
    """If the question's own cell is untouched: the most frequent slip of all."""
    cell = cell_of(document, FIRST)
    cell["source"] = [*cell["source"][:1], "*Write one letter in place of this line.*"]
    mine = {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": ["b"]}
    document["cells"].insert(3, mine)
    seen = got(answers_in(lab, document), FIRST)

    assert (seen.text, seen.cell) == ("b", 4)
    assert seen.flags


def test_an_added_cell_does_not_disturb_an_answer(lab: Assignment, document: Document) -> None:
    """What is in the question's own cell is the answer."""
    document["cells"].insert(3, {"cell_type": "code", "metadata": {}, "source": ["1 + 1"]})

    assert texts(answers_in(lab, document)) == GIVEN


def test_a_first_line_of_another_question_is_flagged(lab: Assignment, document: Document) -> None:
    """A whole cell's text was put into another one: the metadata decides, a person looks."""
    cell_of(document, FIRST)["source"] = [f"<!-- answer: {SECOND} -->\n", "b"]
    seen = got(answers_in(lab, document), FIRST)

    assert seen.text == "b"
    assert f"says that it is the answer '{SECOND}'" in seen.flags[0]


def test_characters_that_cannot_be_seen_are_flagged(lab: Assignment, document: Document) -> None:
    """They are left out when it is judged, and a person looks."""
    source = cell_of(document, FIRST)["source"]
    cell_of(document, FIRST)["source"] = [source[0], "\u202eb\u200b"]
    cell_of(document, SECOND)["source"] = ["\u0441ontainer"]  # a Cyrillic letter that looks Latin
    found = answers_in(lab, document)

    assert "U+200B, U+202E" in got(found, FIRST).flags[0]
    assert "two alphabets" in got(found, SECOND).flags[0]


def test_odd_cells_cost_points_only_where_they_must(lab: Assignment, document: Document) -> None:
    """A note keeps the points; the verdict names it."""
    document["cells"].reverse()
    question = lab.questions[0]
    verdict = judge_question(question, answers_in(lab, document)[FIRST], None)

    assert verdict.status is Status.MANUAL
    assert "Note: the cell does not stand below its question any more." in verdict.reason


def _emptied(document: Document, name: str, stub: str) -> int:
    """Take an answer back out of its cell; return where the cell is in the list."""
    cell = cell_of(document, name)
    cell["source"] = [cell["source"][0], stub]
    found: int = document["cells"].index(cell)
    return found


def _markdown(text: str) -> Document:
    return {"cell_type": "markdown", "id": f"mine{len(text)}", "metadata": {}, "source": [text]}


LETTER = "*Write one letter in place of this line.*"
SENTENCES = "*Write your answer in place of this line, in a few sentences.*"


def test_an_answer_between_the_question_and_its_cell_counts(
    lab: Assignment, document: Document
) -> None:
    """A person looks."""
    document["cells"].insert(_emptied(document, FIRST, LETTER), _markdown("b"))
    seen = got(answers_in(lab, document), FIRST)

    assert seen.text == "b"
    assert seen.flags


def test_an_answer_in_the_questions_own_cell_counts(lab: Assignment, document: Document) -> None:
    """Whatever was written there that was not there before; a person looks."""
    _emptied(document, FIRST, LETTER)
    prompt = cell_of(document, f"prompt_{FIRST}")
    prompt["source"] = [*prompt["source"], "\n", "\n", "**b**"]
    seen = got(answers_in(lab, document), FIRST)

    assert seen.text == "**b**"
    assert "question's own cell" in seen.flags[0]


def test_a_free_answer_in_two_cells_is_one(lab: Assignment, document: Document) -> None:
    """Begun in its own cell or not; what is tried out in code is none of it. A person looks."""
    at = _emptied(document, FREE, SENTENCES)
    document["cells"][at + 1 : at + 1] = [_markdown("First half."), _markdown("The second.")]
    seen = got(answers_in(lab, document), FREE)
    assert seen.text == "First half.\n\nThe second."
    assert seen.flags

    cell_of(document, FREE)["source"] = ["My own words."]
    tried = {"cell_type": "code", "id": "tried", "metadata": {}, "source": ["1 + 1"]}
    document["cells"].insert(at + 2, tried)
    seen = got(answers_in(lab, document), FREE)
    assert seen.text == "My own words.\n\nFirst half.\n\nThe second."
    assert seen.flags


def test_pictures_do_not_count(lab: Assignment, document: Document) -> None:
    """Three screenshots pasted into an answer, and one that a cell printed."""
    picture = base64.b64encode(bytes(range(256)) * 5000).decode()
    cell_of(document, SECOND)["attachments"] = {
        f"image-{n}.png": {"image/png": picture} for n in range(3)
    }
    lines = [f"{picture[n : n + 76]}\n" for n in range(0, 76 * 5000, 76)]
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": lines}}
    document["cells"].append(
        {"cell_type": "code", "id": "x", "metadata": {}, "source": [], "outputs": [output]}
    )

    assert texts(answers_in(lab, document)) == GIVEN
