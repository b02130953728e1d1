"""Patterns that authors write and students' text is matched against: they cannot run for long.

RE2 matches in time linear in the text and knows no back-references; it cannot be made to hang.
Nested quantifiers are refused all the same: they are a mistake in every case we know.
"""

import re
from functools import lru_cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator, Field

MOST_PATTERN = 500
_QUANTIFIER = re.compile(r"[*+]|\{[0-9]+(,[0-9]*)?\}")


def _checked(pattern: str) -> str:
    if _nests(pattern):
        message = "a repeated group holds a repetition; write the pattern without nesting them"
        raise ValueError(message)
    try:
        _compiled(pattern)
    except re2.error as error:
        message = f"is no pattern that RE2 knows ({_words(error)})"
        raise ValueError(message) from error
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=MOST_PATTERN), AfterValidator(_checked)]


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text matches, whatever the case of its letters."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(pattern, options=options)


def _words(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    return first.decode(errors="replace") if isinstance(first, bytes) else str(first)


def _nests(pattern: str) -> bool:
    """Return whether a group with a repetition in it is itself repeated."""
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    repeats = [False]
    at = 0
    while at < len(plain):
        character = plain[at]
        at += 1
        if character == "(":
            repeats.append(False)
        elif character == ")" and len(repeats) > 1:
            inside = repeats.pop()
            again = _QUANTIFIER.match(plain, at) is not None
            if inside and again:
                return True
            repeats[-1] = repeats[-1] or inside or again
        elif _QUANTIFIER.match(plain, at - 1):
            repeats[-1] = True
    return False
