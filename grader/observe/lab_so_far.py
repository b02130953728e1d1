"""Who is told how the observing goes, and what is known of a lab so far."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec

from grader.facts import BaseFacts, ImageFacts, LabFacts, NotSeen, Observation

P = ParamSpec("P")
_log = logging.getLogger(__name__)


class Watcher:
    """Is told; this one says nothing. The methods are called from many threads at once."""

    def begins(self, lab: str, kind: str, name: str) -> None:
        """Take notice that something is under way: `kind` is build, look or an observation's."""

    def ends(self, lab: str, kind: str, name: str) -> None:
        """Take notice that it is over."""

    def known(self, facts: LabFacts) -> None:
        """Take notice of what is known of a lab so far: its facts, or a part of them."""


@dataclass(slots=True)
class LabSoFar:
    """The facts of one lab as they come in; each that is added is told on."""

    watcher: Watcher
    start: LabFacts
    _images: dict[str, ImageFacts | NotSeen] = field(default_factory=dict)
    _observations: dict[str, Observation] = field(default_factory=dict)
    _bases: Mapping[str, BaseFacts] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def built(self, bases: Mapping[str, BaseFacts]) -> None:
        """Keep the bases that images stand on."""
        self._bases = bases

    @contextmanager
    def doing(self, kind: str, name: str) -> Iterator[None]:
        """Tell that something begins, and that it is over."""
        lab = self.start.lab
        _told(self.watcher.begins, lab, kind, name)
        try:
            yield
        finally:
            _told(self.watcher.ends, lab, kind, name)

    def image(self, name: str, facts: ImageFacts | NotSeen) -> None:
        """Add what was seen of an image."""
        with self._lock:
            self._images[name] = facts
        self._tell()

    def observation(self, name: str, facts: Observation) -> None:
        """Add what was observed."""
        with self._lock:
            self._observations[name] = facts
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            known = self.start.model_copy(
                update={
                    "bases": dict(self._bases),
                    "images": dict(self._images),
                    "observations": dict(self._observations),
                }
            )
        _told(self.watcher.known, known)


def _told(tell: Callable[P, None], *what: P.args, **named: P.kwargs) -> None:
    """Call a watcher; what goes wrong in showing how it goes is no reason to grade nothing."""
    try:
        tell(*what, **named)
    except Exception:  # noqa: BLE001 - it is logged, and shown work is still work
        _log.exception("showing how it goes failed")
