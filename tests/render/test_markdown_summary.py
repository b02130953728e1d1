"""The job summary: read back with a Markdown parser, student text is only ever text."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from grader.render.details import without_repeats
from grader.render.markdown import BUDGET, render_markdown
from grader.result import Result
from tests.builders.report_results import NAMES, POLYGLOT, hostile, results, samples
from tests.render.test_html import TO_READ

_NEVER = {"html_block", "html_inline", "image", "blockquote_open", "hr", "code_block"}


def _parser() -> MarkdownIt:
    """Return a parser that knows what GitHub's does: tables, bare links, HTML."""
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    # GitHub makes no links of bare names: `main.py` would be one.
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    return parser


PARSER = _parser()


def _tokens(text: str) -> list[Token]:
    found = []
    for token in PARSER.parse(text):
        found.append(token)
        found += token.children or []
    return found


def _rows(tokens: list[Token]) -> list[int]:
    """Return the number of cells of each row of each table."""
    cells: list[int] = []
    for token in tokens:
        if token.type == "tr_open":
            cells.append(0)
        elif token.type in {"td_open", "th_open"}:
            cells[-1] += 1
    return cells


def _holds(result: Result) -> None:
    text = render_markdown(result)
    assert len(text.encode("utf-8")) <= BUDGET
    tokens = _tokens(text)
    assert not {token.type for token in tokens} & _NEVER
    links = {token.attrs["href"] for token in tokens if token.type == "link_open"}
    assert links <= TO_READ
    checks = sum(len(section.checks) for section in result.sections)
    tables = len(result.sections)
    overview = [4] * (tables + 1) if tables > 1 else []
    assert _rows(tokens) == overview + [3] * (checks + tables)
    told = sum(bool(rows) for s in result.sections for _, rows in without_repeats(s.checks))
    told += sum(len(section.causes) for section in result.sections)
    # Ours are levels 2, 3 and 4; a heading of anybody else's would make more of them.
    heads = [token.tag for token in tokens if token.type == "heading_open"]
    assert Counter(heads) == Counter({"h2": 1, "h3": tables, "h4": told})
    prose = "".join(token.content for token in tokens if token.type in {"text", "text_special"})
    for address in sorted(TO_READ, key=len, reverse=True):  # one may begin as another does
        prose = prose.replace(address, "")
    # A name that GitHub would tell somebody about, or a number it would link.
    assert not re.search(r"[@#][A-Za-z0-9]", prose)


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_keeps_its_shape(name: str) -> None:
    """Model, wrong, hostile, not graded and pending ones."""
    _holds(samples()[name])


@settings(max_examples=100, deadline=None)
@given(results())
def test_any_result_keeps_its_shape(result: Result) -> None:
    """Rows, columns and headings are ours, whatever the texts hold."""
    _holds(result)


def test_student_text_stands_in_fences_only() -> None:
    """Not in a table, a heading or a paragraph."""
    result = hostile(samples()["mixed"], POLYGLOT)
    plain = result.sections[0].model_copy(update={"notes": ()})
    tokens = _tokens(render_markdown(result.model_copy(update={"sections": (plain,)})))

    fences = [token for token in tokens if token.type == "fence"]
    assert all("CANARY" in token.content for token in fences)
    assert not [t for t in tokens if t.type in {"text", "code_inline"} and "CANARY" in t.content]


def test_a_fence_is_longer_than_any_run_of_backticks() -> None:
    """So nothing inside can close it."""
    text = render_markdown(hostile(samples()["mixed"], "a\n" + "`" * 50 + "\nb"))

    assert "`" * 51 + "text" in text
    fences = [token.content for token in _tokens(text) if token.type == "fence"]
    assert all("`" * 50 in content for content in fences)


def test_what_does_not_fit_is_counted_and_the_tables_stay() -> None:
    """Explanations give way first."""
    result = samples()["hostile"]
    whole = render_markdown(result)
    small = render_markdown(result, budget=20_000)

    assert len(small.encode()) <= 20_000 < len(whole.encode()) < 1024 * 1024
    assert re.search(r"\*\d+ more parts did not fit here", small)
    assert _rows(_tokens(small)) == [3] * (1 + len(result.sections[0].checks))


def test_no_control_character_is_left() -> None:
    """Escape sequences, carriage returns, bidi signs and NUL are written as escapes."""
    text = render_markdown(samples()["hostile"])

    assert not set(text) & set("\x00\x07\x08\x0b\x1b\r\x7f\x85\u2028\u202e\u2066\u200b\ud800")
    assert r"\x1b[31m" in text


def test_an_outage_shows_no_score_and_tells_its_cause_once() -> None:
    """Our outage is never a zero."""
    text = render_markdown(samples()["outage"])

    assert text.startswith("## Not graded")
    assert not re.search(r"\b0/", text)
    assert "| Volumes | -/15 | 0 | 12 |" in text
    # At the top, and once in each lab.
    assert text.count("No Docker engine answers") == 1 + len(samples()["outage"].sections)
