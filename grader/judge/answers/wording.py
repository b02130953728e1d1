"""How a written answer is brought into one form before it is compared."""

import re
import unicodedata
from functools import lru_cache

# Quotation marks and dashes that editors put in by themselves, and commas of other scripts.
_PLAIN = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032`\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u3001\u060c"), ","),
}
_MARKUP = re.compile(r"\*+|~~|(?<![\w/.])_+|_+(?![\w/.])")
# Struck out, `~~143~~ 137`: taken back by its author.
_STRUCK = re.compile(r"~~(?=\S)[^~\n]{1,500}~~")
# Markdown's escapes, which editors put in by themselves: `SUDO\_USER`.
_ESCAPED = re.compile(r"\\(?=[_*`~#>().!{}\[\]+-])")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", flags=re.MULTILINE)
_LINE_START = re.compile(r"^[ \t]*(?:>[ \t]*)+|^[ \t]*#{1,6}[ \t]+", flags=re.MULTILINE)
_LEAD = re.compile(
    r"(?:(?:my |the )?(?:final )?answer(?: is)?|a|an|the|it is|it's|that is)\s*[:=]?\s+"
)
_CHECKED = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+\[([ xX])\][ \t]*", flags=re.MULTILINE)
# "Predict first" is in many questions, and some people write down both.
_FORETOLD = re.compile(
    r"\b(?:i |my |first |we )*(?:predicted|prediction|guessed|guess|expected|thought)\b"
    r"(?:[^,;.\n]|[.,](?=\d))*?(?:[,;\n]|\.(?!\d)|\b(?=but\b))\s*"
    r"(?:(?:but|and|then) )*(?:(?:in fact|actually|really|i|we|it) )*"
    r"(?:measured|measurement|observed|saw|got|found|it'?s|is|was|took|takes|actual|result)\b"
    r"\s*(?:is|was|it|that it is)?[\s:,]*"
)


# The same the other way round: `143 predicted, 137 measured`.
_FORETOLD_BEHIND = re.compile(
    r"^[^,;\n]*\b(?:predicted|prediction|guessed|guess|expected)\b\s*[,;:\n-]*\s*"
    r"(?:(?:but|and|then) )*(?=[^\n]*\b(?:measured|observed|seen|actually|actual|in fact|really)\b)"
)


def compatible(text: str) -> str:
    """Return the text in NFKC, without invisible characters, with plain quotes and dashes."""
    # Quotes first: NFKC takes some of them apart into a space and an accent.
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN))
    return "".join(c for c in plain if unicodedata.category(c) != "Cf")


# The texts of a question's options come again with every answer to it.
@lru_cache(maxsize=256)
def bare(text: str) -> str:
    """Return the text in lower case and without Markdown's marks, line by line."""
    plain = _STRUCK.sub(" ", compatible(_FENCE.sub("", text)))
    plain = _ESCAPED.sub("", plain)
    plain = _LINE_START.sub("", _checked(plain))
    plain = _MARKUP.sub("", plain).casefold()
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in plain.split("\n"))
    return "\n".join(line for line in lines if line)


def settled(plain: str) -> str:
    """Return a bare text without what somebody writes to have predicted before trying it."""
    return _FORETOLD_BEHIND.sub("", _FORETOLD.sub("", plain))


def _checked(text: str) -> str:
    """Return only the ticked lines of a list of boxes, if there is one with a tick."""
    boxes = _CHECKED.findall(text)
    if not any(box.strip() for box in boxes):
        return text
    return "\n".join(
        _CHECKED.sub("", line)
        for line in text.split("\n")
        if not (found := _CHECKED.match(line)) or found[1].strip()
    )


@lru_cache(maxsize=256)
def phrase(text: str) -> str:
    """Return the text as one line to compare: no quotes around it, no article, no full stop."""
    plain = bare(text).replace("\n", " ").strip()
    before = ""
    while before != plain:
        before = plain
        plain = plain.strip(" .,;:!'\"")
        if lead := _LEAD.match(plain):
            plain = plain[lead.end() :]
        for left, right in ("()", "[]"):
            if plain.startswith(left) and plain.endswith(right):
                plain = plain[1:-1]
    return plain


# What people put before a name to say what it is, and what they say of it behind it.
_WHAT = re.compile(
    r"(?:the |an? )?(?:env(?:ironment)?(?: var(?:iable)?)?|var(?:iable)?|ur[il]|command) +(?=\S)"
)
_SAYS = re.compile(r"\s+-+\s+|\s*:\s+|\s*\(|,?\s+(?:because|since)\b")
_OFFERS = re.compile(r"\b(?:or|and|either|maybe|perhaps|also)\b|[,;/|?]")


def readings(text: str) -> tuple[str, ...]:
    """Return the phrases that an answer can be meant as, none where there is no word in it.

    As it is, and without what is said around a name: `env var $SUDO_USER` is `$SUDO_USER`,
    `SUDO_USER - set by sudo` is `SUDO_USER`, and so is `SUDO_USER (of sudo)` or a name with a
    sentence in a paragraph below. Nothing is left out that could be a second answer.
    """
    plain = phrase(text)
    if not plain:
        return ()
    found = [plain]
    first, _, below = _FENCE.sub("", text).strip().partition("\n\n")
    if below and phrase(first) and not _OFFERS.search(phrase(below)):
        found.append(phrase(first))
    bracket = re.fullmatch(r"([^()]+?) *\(([^()]*)\) *([^()]*)", plain)
    if bracket and not _OFFERS.search(bracket[2]):
        found += [f"{bracket[1]} {bracket[3]}".strip()]
    tail = _SAYS.search(plain)
    if tail and not _OFFERS.search(plain[tail.end() :]):
        found.append(plain[: tail.start()])
    found += [phrase(entry[lead.end() :]) for entry in found if (lead := _WHAT.match(entry))]
    return tuple(dict.fromkeys(found))
