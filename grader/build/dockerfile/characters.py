"""How the Go parser sees characters, and how a report may show them."""

import re

# unicode.IsSpace of Go. Python's own strip() also takes U+001C to U+001F away.
SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# \s of Go's regular expressions.
REGEX_SPACES = "\t\n\f\r "
BYTE_ORDER_MARK = "\ufeff"
SHOWN_LENGTH = 80

_BLANKS = re.compile(r"[\t\v\f\r ]+")


def split_blanks(text: str, at_most: int = 0) -> list[str]:
    """Return the pieces of `text` between runs of blanks, `at_most` cuts when it is not 0."""
    return _BLANKS.split(text, maxsplit=at_most)


def shown(text: str, limit: int = SHOWN_LENGTH) -> str:
    """Return `text` short enough for a report, with invisible characters written as escapes."""
    head = text[: limit + 1]
    visible = "".join(char if char.isprintable() else _escape(char) for char in head)
    return visible if len(visible) <= limit else visible[: limit - 3] + "..."


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
