"""Item analysis from running sums of whole numbers: exact, in one pass, in constant memory."""

import math
from dataclasses import dataclass

_FEWEST = 3


@dataclass(slots=True)
class ItemSums:
    """What the point-biserial correlation of one check needs of those who were judged by it."""

    count: int = 0
    passed: int = 0
    rest: int = 0
    rest_squared: int = 0
    rest_of_passed: int = 0

    def add(self, rest: int, *, passed: bool) -> None:
        """Count one submission: `rest` is its points without this check's."""
        self.count += 1
        self.rest += rest
        self.rest_squared += rest * rest
        if passed:
            self.passed += 1
            self.rest_of_passed += rest

    def point_biserial(self) -> tuple[float | None, str]:
        """Return the correlation of passing with the rest score, or None and why there is none."""
        if self.count < _FEWEST:
            return None, f"fewer than {_FEWEST} submissions were judged"
        if self.passed == self.count:
            return None, "everybody passed"
        if self.passed == 0:
            return None, "nobody passed"
        spread = self.count * self.rest_squared - self.rest * self.rest
        if spread == 0:
            return None, "all have the same points elsewhere"
        both = self.count * self.rest_of_passed - self.passed * self.rest
        split = self.passed * (self.count - self.passed)
        return max(-1.0, min(1.0, both / math.sqrt(split * spread))), ""
