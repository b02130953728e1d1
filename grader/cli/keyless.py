"""Answers that had points by a key and are judged without one now: nobody loses them unsaid."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from grader.cli.common import say
from grader.result import Result
from grader.results import store


@dataclass(slots=True)
class KeyWatch:
    """Counts the submissions whose points come to wait, while results are written.

    `keyed` says that RESULTS was judged by a key before, `now` that it is judged by one now.
    """

    results: Path
    keyed: bool
    now: bool
    waiting: list[str] = field(default_factory=list)

    def __call__(self, name: str, write: Callable[[], Result]) -> Result:
        """Return what `write` returns: the new result of that submission."""
        before = self._pending(name)
        result = write()
        if self.keyed and not self.now and before is not None and result.pending > before:
            self.waiting.append(name)
        return result

    def tell(self) -> None:
        """Say what waits for a key, and how to give it back."""
        if self.now or not self.keyed:
            return
        if self.waiting:
            say(
                f"Answers of {len(self.waiting)} submissions had points by a key, and wait without "
                "it. Run this again with --key to give them back."
            )
        else:
            say("These results were judged by a key before; without --key, answers wait.")

    def _pending(self, name: str) -> int | None:
        try:
            return store.read_result(self.results / name).pending
        except ValueError:
            return None
