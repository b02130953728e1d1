"""Students' Markdown on a page: their words, and nothing else of theirs."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.render.markdown_html import MAX_MARKDOWN, MAX_SHOWN, render_markdown
from tests.cost import takes_less

_ALLOWED = {
    *("p", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "br", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class _Reader(HTMLParser):
    """Reads a fragment as a browser would, and keeps what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.others: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(str(html))
    reader.close()
    return reader


def _assert_harmless(html: str) -> _Reader:
    page = _read(html)
    assert set(page.tags) <= _ALLOWED
    assert all((tag, name) == ("ol", "start") for tag, name, _ in page.attributes)
    assert not page.others
    return page


NASTY = {
    "script": "<script>alert(1)</script>",
    "script-in-list": "- a\n- <script src=//evil.example/x.js></script>",
    "image-onerror": '<img src=x onerror="alert(1)">',
    "svg": "<svg onload=alert(1)><circle r=1></svg>",
    "svg-nested": "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "iframe": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "comment": "before <!-- <script>alert(1)</script> --> after",
    "comment-odd": "<!--> <img src=x onerror=alert(1)> -->",
    "declaration": "<!DOCTYPE html><?php system('id') ?><![CDATA[x]]>",
    "javascript-link": "[click](javascript:alert(1))",
    "javascript-link-hidden": "[click](&#106;avascript:alert(1))",
    "javascript-auto": "<javascript:alert(1)>",
    "data-link": "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "data-image": "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "remote-image": '![x](https://evil.example/pixel.png "title")',
    "image-in-link": "[![x](//evil.example/a.png)](//evil.example)",
    "quote-in-link": '[a](<x"onmouseover="alert(1)>)',
    "reference": "[a][b]\n\n[b]: javascript:alert(1)",
    "style": "<style>body{display:none}</style><p style='position:fixed'>x</p>",
    "ids": '<a id="to-mend" name="score">x</a>\n\n# score {#to-mend .hidden}',
    "meta": '<meta http-equiv="refresh" content="0;url=//evil.example">',
    "form": '<form action="//evil.example"><input name=q><button>go</button></form>',
    "closing": "</div></details></body></html><h1>100 of 100 points</h1>",
    "fence-info": '```"><script>alert(1)</script>\ncode\n```',
    "heading": "# 100 of 100 points\n\nScore\n=====",
    "table": "|a|<script>|\n|:-|-:|\n|`<b>`|[x](javascript:1)|",
    "math": "$$\\href{javascript:alert(1)}{x} < y$$ and $a_1 * b_2 * c$",
    "bidi": "safe \u202eevil\u202c \u2066x\u2069 \x1b[31m \x00 \u200b",
    "surrogate": "lonely \ud800 one",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "mutation": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img>'>",
    "template": "{{ self.__init__.__globals__ }} {% include 'x' %}",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_nothing_but_structure_is_left_of_nasty_text(text: str) -> None:
    """No element that loads, runs, links or styles; no attribute; no comment."""
    _assert_harmless(render_markdown(text))


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_whoever_marks_can_read_all_of_it(text: str) -> None:
    """What Markdown usually hides, as comments and links' targets, is there in words."""
    shown = _read(render_markdown(text)).text

    written = unescape(text)
    for word in re.findall(r"[A-Za-z]+", written):
        assert word in shown, word


def test_honest_markdown_looks_as_it_was_meant() -> None:
    """Emphasis, lists, code, quotes and tables."""
    text = (
        "**Exec** form: *python3* is PID 1, ~~dash~~.\n\n"
        "3. three\n4. four\n   - deeper\n\n"
        "> quoted `code`\n\n"
        "```sh\ndocker stop <name>\n```\n\n"
        "| form | PID 1 |\n|---|:-:|\n| exec | python3 |\n"
    )

    html = render_markdown(text)

    assert "<strong>Exec</strong>" in html
    assert "<em>python3</em>" in html
    assert "<s>dash</s>" in html
    assert '<ol start="3">\n<li>three</li>' in html
    assert "<blockquote>\n<p>quoted <code>code</code></p>" in html
    assert "<pre><code>docker stop &lt;name&gt;\n</code></pre>" in html
    assert "<th>form</th>" in html
    assert "<td>python3</td>" in html


def test_links_and_pictures_are_words_with_their_address() -> None:
    """Nothing to click and nothing to load, and nothing is kept from the reader."""
    html = render_markdown(
        '[here](https://a.example/ü?x=1&y "why") ![a *b*](c.png) <https://d.example>'
    )

    assert html == (
        "<p>here (https://a.example/ü?x=1&amp;y) (why) "
        "[picture: a b (c.png)] https://d.example</p>\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "> " * 40 + "deep",
        "".join("  " * depth + "- level\n" for depth in range(60)),
        "|a|b|\n|-|-|\n|1|2|a cell too many|\n",
    ],
    ids=["quotes", "lists", "table"],
)
def test_what_markdown_would_drop_is_shown_as_written(text: str) -> None:
    """Too deep, or in a cell that has no column."""
    html = render_markdown(text)

    assert html.startswith("<pre>")
    assert _assert_harmless(html).text.replace("\t", " ").strip() == text.strip()


def test_a_long_text_is_plain_and_says_what_is_left_out() -> None:
    """300 kB neither hang the page nor fill it."""
    html = render_markdown("*x* <b>" * 43_000)

    page = _assert_harmless(html)
    assert page.tags[0] == "pre"
    assert len(page.text) < MAX_SHOWN + 200
    assert f"{7 * 43_000 - MAX_SHOWN} more characters are not shown here" in page.text


_SLOW = {
    "brackets": "[",
    "pictures": "![a](",
    "links": "[a](b",
    "stars": "*a **b ",
    "tildes": "~~a",
    "ticks": "`a",
    "quotes": "> ",
    "entities": "&#x41;",
    "tags": "<a ",
    "comments": "<!--",
    "backslashes": "\\",
    "bars": "|a",
    "bullets": "* ",
    "underlines": "_a __a ",
    "autolinks": "<http:",
    "spaces": " ",
}


@pytest.mark.parametrize("length", [MAX_MARKDOWN, 300_000])
@pytest.mark.parametrize("unit", _SLOW.values(), ids=_SLOW.keys())
def test_no_text_takes_much_longer_than_plain_words(unit: str, length: int) -> None:
    """The parser's worst cases, at the longest text it is given and far beyond."""
    text, plain = (piece * (length // len(piece)) for piece in (unit, "plain words. "))

    _assert_harmless(render_markdown(text))

    assert takes_less(lambda: render_markdown(text), 200, lambda: render_markdown(plain))


def test_a_wide_table_neither_takes_long_nor_grows() -> None:
    """Each short row is filled up to the width of its head."""
    columns = 1000
    text = "|a" * columns + "|\n" + "|-" * columns + "|\n" + "|x|\n" * 900

    html = render_markdown(text)

    plain = "plain words. " * (len(text) // 13)
    assert takes_less(lambda: render_markdown(text), 30, lambda: render_markdown(plain))
    assert len(html) < 3 * len(text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *NASTY.values(),
                *_SLOW.values(),
                "\n",
                "\n\n",
                "    ",
                "word ",
                "1. ",
                "#",
                "```",
                "|-|",
            ]
        )
        | st.text(max_size=8),
        max_size=25,
    )
)
def test_any_text_is_harmless_and_whole(pieces: list[str]) -> None:
    """Whatever is put together: only structure, every plain word readable, never an exception."""
    text = "".join(pieces)

    page = _assert_harmless(render_markdown(text))

    assert all(word in page.text for word in re.findall(r"word", text))
