"""Takes out of a reason what differs from run to run, so that one cause is one text."""

import re
from collections.abc import Mapping

from grader.core.text import shorten

_LONG_ID = re.compile(r"\b(?:sha256:)?[0-9a-f]{12,64}\b")
# Numbers that say what happened stay; those that only say when, where or how many do not.
_TELLING = r"(?:exit(?:ed)?(?: with)?(?: status| code)?|code|status|signal|PID|SIG[A-Z]+) "
_NUMBER = re.compile(rf"({_TELLING})?(?<![\w.:/-])\d+(?:\.\d+)?(?![\w:/-]|\.\d)")
_LIMIT = 300


def normalised(reason: str, words: Mapping[str, str]) -> str:
    """Return a reason on one line, the random `words` of its run as `{name}`, numbers as «#»."""
    text = reason
    for name, word in sorted(words.items(), key=lambda item: (-len(item[1]), item[0])):
        if word:
            text = text.replace(word, f"{{{name}}}")
    text = _LONG_ID.sub("#", text)
    return shorten(_NUMBER.sub(lambda found: found[0] if found[1] else "#", text), _LIMIT)
