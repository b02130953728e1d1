"""A student's Markdown as HTML that carries nothing but its words and their structure.

Nothing is loaded, nothing can be clicked, no attribute of theirs survives, and no word is hidden:
what Markdown would leave out (a comment, a link's target, a cell too many) is shown as written.
"""

import re
from collections import Counter
from collections.abc import Sequence
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from grader.core.text import visible

# What takes the parser more than a moment is shown as plain text.
MAX_MARKDOWN, MAX_PIPES = 8_000, 400
MAX_SHOWN = 60_000
_MAX_NESTING = 20

_TAGS = {
    *("p", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "br", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_NUMBERING = re.compile(r"^[ \t>*+-]*(?:\d{1,9}[.)][ \t>*+-]*)+", re.MULTILINE)
_PICTURE = "[picture: "


class _Parser(MarkdownIt):
    """Takes every address as it was written: addresses are only ever shown."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Return True: what is not followed needs no scheme that is safe."""
        del url
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        """Return the address unchanged."""
        return url


class _Words(RendererHTML):
    """Shows links, pictures, headings and a fence's language as the words they are made of."""

    def heading_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Begin a paragraph: the page's outline is not the student's."""
        del tokens, idx, options, env
        return "<p><strong>"

    def heading_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """End what `heading_open` began."""
        del tokens, idx, options, env
        return "</strong></p>\n"

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Show nothing: the link's words follow."""
        del tokens, idx, options, env
        return ""

    def link_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Show where the link leads, unless its words say just that."""
        del options, env
        opened = _opening(tokens, idx)
        if opened.info == "auto":
            return ""
        return _target(opened, "href")

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Show a picture's words and its address; it is not loaded."""
        token = tokens[idx]
        alt = self.renderInlineAsText(token.children, options, env) if token.children else ""
        return f"{_PICTURE}{escape(alt)}{_target(token, 'src')}]"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Show a block of code under the words that stand behind its fence."""
        del options, env
        token = tokens[idx]
        info = unescape(token.info).strip()
        label = f"<p><em>{escape(info)}</em></p>\n" if info else ""
        return f"{label}<pre><code>{escape(token.content)}</code></pre>\n"


def render_markdown(text: str) -> Markup:
    """Return `text` as safe HTML; as it was written where Markdown would hide some of it."""
    source = re.sub(r"\r\n?", "\n", text)
    left_out = max(0, len(source) - MAX_SHOWN)
    shown = visible(source[:MAX_SHOWN], keep="\n\t")
    html = None if len(shown) > MAX_MARKDOWN else _rendered(shown)
    if html is None:
        html = f"<pre>{escape(shown)}</pre>"
    if left_out:
        html += f"<p><em>[... {left_out} more characters are not shown here ...]</em></p>"
    return Markup(html)  # noqa: S704 - nh3 has cleaned it, or all of it was escaped


def _rendered(text: str) -> str | None:
    options = {"html": False, "maxNesting": _MAX_NESTING}
    parser = _Parser("commonmark", options, renderer_cls=_Words)
    # A reference's definition would vanish from the page.
    parser.enable("strikethrough").disable(["reference", "html_block", "html_inline"])
    if text.count("|") <= MAX_PIPES:
        parser.enable("table")
    html = nh3.clean(
        parser.render(text),
        tags=_TAGS,
        clean_content_tags=set(),
        attributes={"ol": {"start"}},
        url_schemes=set(),
        link_rel=None,
    )
    return html if _shows_all(text, html) else None


def _shows_all(text: str, html: str) -> bool:
    """Return whether every letter and digit of the source can be read on the page."""
    read = unescape(re.sub(r"<[^>]*>", "", html))
    # What `image` adds must not make up for what was left out.
    written = unescape(_NUMBERING.sub("", text)) + _PICTURE * read.count(_PICTURE)
    shown = Counter(read)
    return all(
        count <= shown[character]
        for character, count in Counter(written).items()
        if character.isalnum()
    )


def _opening(tokens: Sequence[Token], close: int) -> Token:
    return next(token for token in reversed(tokens[:close]) if token.type == "link_open")


def _target(token: Token, attribute: str) -> str:
    parts = [str(token.attrGet(attribute) or ""), str(token.attrGet("title") or "")]
    return "".join(f" ({escape(part)})" for part in parts if part)
