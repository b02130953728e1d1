"""Patterns that authors write and students' text is matched against: they cannot run for long.

RE2 matches in time linear in the text whatever the pattern, a repetition of repetitions too, and
knows neither back-references nor look-around: it cannot be made to hang.
"""

from functools import lru_cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator, Field

MOST_PATTERN = 500


def _checked(pattern: str) -> str:
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
