"""Ids of places on a page."""

import re
from dataclasses import dataclass, field

_ANCHOR_LENGTH = 80


@dataclass(slots=True)
class Anchors:
    """Gives out ids that are unique on the page and safe in it, whatever they are made from."""

    used: set[str] = field(default_factory=set)

    def new(self, *names: str) -> str:
        """Return an id made from `names` that was not given out yet."""
        words = (re.sub(r"[^a-z0-9]+", "-", name[:_ANCHOR_LENGTH].lower()) for name in names)
        plain = "-".join(word.strip("-") or "x" for word in words)
        anchor, number = plain, 1
        while anchor in self.used:
            number += 1
            anchor = f"{plain}-{number}"
        self.used.add(anchor)
        return anchor
