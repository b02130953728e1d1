"""Whatever is in the file: a verdict that says where, no exception, little time and memory."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.facts import AnswerFacts, NotSeen
from grader.judge.check_kinds import PARAMS
from grader.judge.questions import judge_question
from grader.result import Status
from grader.spec import catalog
from grader.spec.keys import load_keys
from grader.spec.notebook.find_answers import MOST_CHARACTERS, read_answers
from grader.spec.notebook.source import MOST_BYTES
from grader.spec.public import NOTEBOOK
from tests.conftest import LAB, ROOT
from tests.cost import takes_less
from tests.spec.notebook.filling import filled

(ASKED,) = catalog.load_assignments(ROOT / "assignments", PARAMS, [LAB])
QUESTIONS = ASKED.questions
FIRST = QUESTIONS[0].id
(KEY,) = load_keys(ROOT / "solutions", [ASKED]).values()
RELEASED = (ASKED.folder / NOTEBOOK).read_text(encoding="utf-8")
GOOD = filled(RELEASED, {FIRST: "b"})


def _put(old: str, new: str) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new, 1).encode()


_NAME = f'"grade_id": "{FIRST}"'
_ID = f'"id": "{FIRST}"'
_METADATA = '"nbformat": 4,'

# A name, the bytes, and what the message has to say.
UNREADABLE = [
    ("empty", b"", "it is empty"),
    ("blank", b" \n\n", "it is empty"),
    ("list", b"[]", "it is a list, not a notebook"),
    ("null", b"null", "it is nothing, not a notebook"),
    ("number", b"5", "it is a number"),
    ("text", b'"answers"', "it is text"),
    ("prose", b"My answers:\n1. b\n", "line 1 cannot be read: it is not JSON"),
    ("cut off", GOOD.encode()[: len(GOOD) // 2], "it is not JSON"),
    ("comma", _put(_NAME, _NAME + ",,"), f"line {GOOD[: GOOD.index(_NAME)].count(chr(10)) + 1} "),
    ("no cells", b'{"nbformat": 4}', "its cells are nothing, not a list"),
    ("null cells", b'{"nbformat": 4, "cells": null}', "its cells are nothing"),
    ("object of cells", b'{"nbformat": 4, "cells": {}}', "its cells are an object"),
    ("no version", b'{"cells": []}', "its nbformat is nothing, not a number"),
    ("version as text", b'{"nbformat": "4", "cells": []}', "its nbformat is text"),
    ("version 3", b'{"nbformat": 3, "worksheets": []}', "its nbformat is 3, not 4"),
    ("version 99", b'{"nbformat": 99, "cells": []}', "its nbformat is 99, not 4"),
    ("deep", b"[" * 100_000, "nested too deeply"),
    ("deep objects", b'{"a":' * 100_000, "nested too deeply"),
    ("deep and closed", b"[" * 50_000 + b"]" * 50_000, "nested too deeply"),
    ("duplicate key", _put(_NAME, f'{_NAME},\n"grade_id": "x"'), "'grade_id' stands twice"),
    ("nan", _put(_METADATA, '"nbformat": NaN,'), "NaN is no number that JSON knows"),
    ("infinity", _put(_METADATA, '"nbformat": -Infinity,'), "-Infinity is no number"),
    ("huge number", _put(_METADATA, f'"nbformat": {"9" * 5000},'), "thousands of digits"),
    ("long number", _put(_METADATA, f'"nbformat": {"9" * 4000},'), "its nbformat is 999"),
    ("latin-1", GOOD.replace("Answers", "R\xe9ponses", 1).encode("latin-1"), "not UTF-8 text"),
    ("utf-16", GOOD.encode("utf-16"), "line 1 cannot be read: it is not UTF-8 text"),
    ("nul", b"\0" * 100, "it is not JSON"),
    ("too large", b'"' + b"x" * MOST_BYTES + b'"', "at most 2 are read"),
    ("too many cells", json.dumps({"nbformat": 4, "cells": [{}] * 20_000}).encode(), "20000 cells"),
    ("git lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
    ("merge", _put(_NAME, f"\n<<<<<<< HEAD\n{_NAME}\n=======\n>>>>>>> b\n"), "merge conflict"),
]


@pytest.mark.parametrize(("content", "says"), [c[1:] for c in UNREADABLE], ids=lambda _: "")
def test_what_cannot_be_read_says_why_and_where(content: bytes, says: str) -> None:
    """Each answer is lost, with the same message and what to do; nobody sees a traceback."""
    for seen in read_answers(QUESTIONS, content).values():
        assert isinstance(seen, NotSeen)
        assert seen.why.startswith(NOTEBOOK)
        assert says in seen.why
        assert seen.hint
        assert len(seen.why) < 300
        verdict = judge_question(QUESTIONS[0], seen, None)
        assert verdict.status is Status.FAILED
        assert verdict.place
        assert verdict.place.file == NOTEBOOK


@pytest.mark.parametrize(
    ("old", "new"),
    [(_NAME, '\n"a": 1,\n"a": 2'), (_METADATA, '\n\n"nbformat": NaN,'), (_NAME, "\n\n<<<<<<< a\n")],
)
def test_the_line_is_the_one(old: str, new: str) -> None:
    """Counted as an editor counts."""
    content = _put(old, new)
    mark = new.strip().splitlines()[-1].encode()
    line = content[: content.index(mark)].count(b"\n") + 1

    seen = read_answers(QUESTIONS, content)[FIRST]
    assert isinstance(seen, NotSeen)
    assert seen.place
    assert seen.place.line == line
    assert f"line {line} " in seen.why


def _cell(**changes: object) -> bytes:
    document: Any = json.loads(GOOD)
    cell = next(c for c in document["cells"] if c["metadata"]["nbgrader"]["grade_id"] == FIRST)
    cell |= changes
    return json.dumps(document).encode()


# What is wrong with the one cell, and what is said of it.
ODD_CELLS = [
    ({"source": 5}, "cell 3 has a source that is a number, not text"),
    ({"source": [1]}, "cell 3 has a source that is a list"),
    ({"source": None}, "cell 3 has a source that is nothing"),
    ({"source": {"a": "b"}}, "cell 3 has a source that is an object"),
    ({"source": ["\ud800"]}, "cell 3 holds half a character"),
    ({"cell_type": "heading"}, "cell 3 is neither Markdown nor code"),
    ({"cell_type": ["markdown"]}, "cell 3 is neither Markdown nor code"),
    ({"id": "<script>alert(1)</script>"}, "cell 3 has an id that no notebook may have"),
    ({"id": 7}, "cell 3 has an id that no notebook may have"),
    ({"id": "x" * 65}, "cell 3 has an id that no notebook may have"),
    ({"id": QUESTIONS[1].id, "source": "b"}, "cells 3, 5"),
    ({"source": "x" * (MOST_CHARACTERS + 1)}, f"the answer has {MOST_CHARACTERS + 1} characters"),
]


@pytest.mark.parametrize(("changes", "says"), ODD_CELLS)
def test_an_odd_cell_costs_its_own_question(changes: dict[str, object], says: str) -> None:
    """And no other."""
    content = _cell(**changes)
    if changes.get("id") == QUESTIONS[1].id:
        content = filled(content.decode(), {QUESTIONS[1].id: "10"}).encode()
    found = read_answers(QUESTIONS, content)
    seen = found[FIRST]

    assert isinstance(seen, NotSeen)
    assert says in seen.why
    assert "<script>" not in seen.why or "(<script>" in seen.why
    assert all(isinstance(found[question.id], AnswerFacts) for question in QUESTIONS[2:])


@pytest.mark.parametrize(
    "metadata", [None, [], "x", {"nbgrader": 5}, {"nbgrader": {"grade_id": 1}}]
)
def test_metadata_of_any_shape_is_metadata_that_got_lost(metadata: object) -> None:
    """The first line still says whose cell it is."""
    seen = read_answers(QUESTIONS, _cell(metadata=metadata))[FIRST]

    assert isinstance(seen, AnswerFacts)
    assert seen.text == "b"
    assert seen.flags


def test_text_that_looks_like_a_template_or_a_program_stays_text() -> None:
    """Nothing of a notebook is run or filled in."""
    text = "{{ self.__init__.__globals__ }} {% for x in y %} __import__('os').system('id')"
    seen = read_answers(QUESTIONS, filled(RELEASED, {FIRST: text}).encode())[FIRST]

    assert isinstance(seen, AnswerFacts)
    assert seen.text == text


# --- anything at all -------------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_SOURCES = st.one_of(
    _JSON,
    st.text(),
    st.sampled_from([f"<!-- answer: {FIRST} -->\nb", "b", f"<!-- question: {FIRST} -->", ""]),
    st.lists(st.text(), max_size=3),
)
_NAMES = st.sampled_from([q.id for q in QUESTIONS] + [f"prompt_{q.id}" for q in QUESTIONS] + ["x"])
_CELLS = st.one_of(
    _JSON,
    st.fixed_dictionaries(
        {
            "cell_type": st.sampled_from(["markdown", "code", "raw"]) | _JSON,
            "source": _SOURCES,
            "metadata": st.one_of(
                _JSON,
                st.fixed_dictionaries({"nbgrader": st.fixed_dictionaries({"grade_id": _NAMES})}),
            ),
        },
        optional={"id": _NAMES | _JSON, "outputs": _JSON},
    ),
)
_NOTEBOOKS = st.fixed_dictionaries(
    {"nbformat": st.just(4) | _JSON, "cells": st.lists(_CELLS, max_size=12) | _JSON}
)


def _judged(content: bytes) -> None:
    found = read_answers(QUESTIONS, content)
    for question in QUESTIONS:
        seen = found[question.id]
        for key in (None, KEY.answers[question.id]):
            verdict = judge_question(question, seen, key)
            verdict.model_dump_json()
            assert verdict.reason
        seen.model_dump_json().encode()


@given(st.binary() | st.text().map(str.encode) | _JSON.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_have_a_verdict(content: bytes) -> None:
    """Never an exception."""
    _judged(content)


@given(_NOTEBOOKS)
@settings(max_examples=300, deadline=None)
def test_any_notebook_has_a_verdict(document: object) -> None:
    """Cells of any shape, in any order, with any names."""
    _judged(json.dumps(document).encode())


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_answer_has_a_verdict(data: st.DataObject) -> None:
    """Whatever stands in a cell, for each kind of question."""
    alphabet = st.sampled_from("abcd ,;.)(-\n0123456789eE+/%'\"`*_>#|\\[]x\u200b\uff11\u2192\ufdfa")
    text = data.draw(st.text() | st.text(alphabet, max_size=400))
    for question in QUESTIONS:
        seen = AnswerFacts(text=text, sha256="", cell=1)
        for key in (None, KEY.answers[question.id]):
            judge_question(question, seen, key)


@pytest.mark.parametrize(
    "piece",
    ["a", "a,", "1 ", "1.", "1,000", "- [x] a\n", "((", "b) ", "*_", "<!--", "```\n", "\ufdfa",
     "# ", "| ", "root 1 0 0 1 ? 1 x\n", "\\_", "PID CMD\n",
     " \t", "\u200b", "sh -c ", "not ", "= "],
)  # fmt: skip
def test_no_long_answer_takes_much_longer_than_plain_words(piece: str) -> None:
    """To read and judge all questions of a lab, with the longest answers and with shorter ones."""
    for length in (MOST_CHARACTERS, 2000):
        made, plain = _all_answered(piece, length), _all_answered("plain words. ", length)
        assert takes_less(lambda: _judged(made), 30, lambda: _judged(plain))  # noqa: B023


def _all_answered(piece: str, length: int) -> bytes:
    text = (piece * length)[:length]
    return filled(RELEASED, {question.id: text for question in QUESTIONS}).encode()


_MEMORY = """
import resource, sys
from pathlib import Path
from grader.spec import catalog
from grader.judge.check_kinds import PARAMS
from grader.spec.notebook.find_answers import read_answers
(lab,) = catalog.load_assignments(Path(sys.argv[1]), PARAMS, [sys.argv[2]])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read_answers(lab.questions, sys.stdin.buffer.read())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("piece", [b"[],", b'{"":0},', b'"\\u0041",'], ids=repr)
def test_what_is_read_stays_small(piece: bytes) -> None:
    """200 MB are never needed, also for the largest file made of the smallest things."""
    head, tail = b'{"nbformat": 4, "x": [', b'0], "cells": []}'
    room = MOST_BYTES - len(head) - len(tail)
    content = head + piece * (room // len(piece)) + tail
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, ROOT / "assignments", LAB],
        input=content,
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) < 200 * 1024
