"""What is graded: a model solution with one change that breaks it, or with one that must not."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed model solution.

    - `lab`; `operator`: the kind of change; `place`: the file, and what was changed in it.
    - `files`: the files that differ from the model's, None for one that is taken away.
    - `causes`: the ids of the causes that are right for it; empty where the change has no name.
    - `rewrite`: whether nothing may be lost by it; what it does is known then. What a mutant does
      is not: another way to measure (`truth.py`) says whether it breaks anything at all.
    """

    lab: str
    operator: str
    place: str
    files: Mapping[str, bytes | None]
    causes: frozenset[str] = field(default_factory=frozenset)
    rewrite: bool = False

    @property
    def digest(self) -> str:
        """Return what is the same for the same change of the same lab: twelve hex digits."""
        whole = hashlib.sha256(self.lab.encode())
        for name, content in sorted(self.files.items()):
            whole.update(repr((name, content)).encode())
        return whole.hexdigest()[:12]

    @property
    def name(self) -> str:
        """Return the mutant's name for people."""
        return f"{self.lab[:2]} {self.operator}: {self.place}"


@dataclass(frozen=True, slots=True)
class Change:
    """A text after an operator: `place` says where, `causes` are the ones that are right."""

    operator: str
    place: str
    text: str
    causes: frozenset[str] = field(default_factory=frozenset)


def named(*causes: str) -> frozenset[str]:
    """Return ids of causes as a set."""
    return frozenset(causes)


def edit(text: str, old: str, new: str, which: int = 0) -> str:
    """Return the text with one place changed, the `which`th; ValueError where it is not there."""
    at = -1
    for _ in range(which + 1):
        at = text.index(old, at + 1)
    return text[:at] + new + text[at + len(old) :]
