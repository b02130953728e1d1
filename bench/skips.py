#!/usr/bin/env python3
"""What one mistake costs: how the points that wrong solutions lose are lost, for each lab.

    .venv/bin/python bench/skips.py [--solutions FOLDER] [--roots]

Each wrong solution's expect.yaml says which checks fail and which are skipped, and
`pytest tests/solutions/test_wrong.py` holds it to that on an engine; so nothing has to be graded
here. FOLDER has the solutions of another commit. Columns:

- failed: points of checks that were looked at and were not right;
- skipped, could not: of checks that can pass only by what was done. They were asked, and had
  nothing to look at: nothing was built, nothing ran, nothing answered;
- skipped, by choice: of checks that pass where nothing happens, too, and so were not asked.

`--roots` lists behind which checks, by the kind of the first one that is not right.
"""

import argparse
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.batch.solutions import EXPECTED, Expected, expected
from grader.judge.check_kinds import PARAMS
from grader.spec.assignment import Assignment, Check
from grader.spec.load import load_assignment

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Losses:
    """Points that the wrong solutions of a lab lose; `roots` are those of skips, by their root."""

    solutions: int = 0
    failed: int = 0
    could_not: int = 0
    by_choice: int = 0
    roots: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> int:
        """Return all points that are lost."""
        return self.failed + self.could_not + self.by_choice

    def add(self, lab: Assignment, want: Expected) -> None:
        """Add what one wrong solution loses."""
        checks = {check.id: check for check in lab.checks}
        self.solutions += 1
        self.failed += sum(checks[name].points for name in want.failed)
        for name in want.skipped:
            check = checks[name]
            if check.params.shows():
                self.could_not += check.points
            else:
                self.by_choice += check.points
            root = _root(checks, check, want.failed)
            self.roots[f"{root.kind} ({root.id})" if root else "?"] += check.points


def _root(checks: Mapping[str, Check], check: Check, failed: Collection[str]) -> Check | None:
    """Return the failed check that a skipped one waits for in the end, None if there is none."""
    for name in check.after:
        if name in failed:
            return checks[name]
        if root := _root(checks, checks[name], failed):
            return root
    return None


def measure(lab: Assignment, solutions: Path) -> Losses:
    """Return what the wrong solutions of a lab lose, by the expect.yaml of each."""
    losses = Losses()
    for path in sorted((solutions / lab.id / "wrong").glob(f"*/{EXPECTED}")):
        losses.add(lab, expected(path.parent))
    return losses


def _share(points: int, losses: Losses) -> str:
    return f"{points} ({100 * points / max(losses.all, 1):.1f} %)"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--solutions", type=Path, default=ROOT / "solutions")
    parser.add_argument("--roots", action="store_true")
    asked = parser.parse_args()
    print("| lab | wrong | points lost | failed | skipped, could not | skipped, by choice |")
    print("|---|---|---|---|---|---|")
    found = {}
    for folder in sorted(path.parent for path in ROOT.glob("assignments/*/assignment.yaml")):
        lab = load_assignment(folder, PARAMS)
        found[lab.id] = losses = measure(lab, asked.solutions)
        shares = (_share(n, losses) for n in (losses.failed, losses.could_not, losses.by_choice))
        print(f"| {lab.id} | {losses.solutions} | {losses.all} |", " | ".join(shares), "|")
    if asked.roots:
        for name, losses in found.items():
            print(f"\n{name}: skipped behind")
            for root, points in losses.roots.most_common():
                print(f"  {points:4} {root}")


if __name__ == "__main__":
    main()
