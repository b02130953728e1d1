"""Ids of places on a page, and links to them."""

import re
from dataclasses import dataclass, field

_ANCHOR_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Link:
    """A place on the same page: its id, and the text that leads there."""

    anchor: str
    text: str


@dataclass(slots=True)
class Anchors:
    """Gives out ids that are unique on one page and safe in HTML, whatever they are made from."""

    used: set[str] = field(default_factory=set)

    def new(self, *names: str) -> str:
        """Return an id of `a-z`, `0-9` and `-` made from `names`; a second one of a kind gets a 2.

        Two calls never return the same id.
        """
        words = (re.sub(r"[^a-z0-9]+", "-", name[:_ANCHOR_LENGTH].lower()) for name in names)
        plain = "-".join(word.strip("-") or "x" for word in words)
        anchor, number = plain, 1
        while anchor in self.used:
            number += 1
            anchor = f"{plain}-{number}"
        self.used.add(anchor)
        return anchor
