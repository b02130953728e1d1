#!/usr/bin/env python3
"""What the layer of causes costs: milliseconds for each submission whose facts are given.

    .venv/bin/python bench/layer.py [FACTS...]     (default: tests/recorded/*.json)

FACTS are files of facts, such as RESULTS/*/facts.json. Each lab in them is judged ten times, and
the time that is spent in finding causes is taken by itself: the best of ten, since what else the
machine does is not the layer's.
"""

import statistics
import sys
import time
from pathlib import Path

from grader.facts import LabFacts, SubmissionFacts
from grader.judge.causes.search import find_causes
from grader.judge.check_kinds import PARAMS
from grader.judge.context import JudgeContext
from grader.judge.score import score_lab
from grader.spec.assignment import Assignment
from grader.spec.load import load_assignment

ROOT = Path(__file__).resolve().parent.parent
_TIMES = 10


def cost(lab: Assignment, facts: LabFacts) -> float:
    """Return the milliseconds that it takes to find the causes of one lab's failed checks."""
    named = {check.id for check in lab.checks}
    results = {check.id: check for check in score_lab(lab, facts).checks if check.id in named}
    best = float("inf")
    for _ in range(_TIMES):
        begin = time.perf_counter()
        find_causes(JudgeContext(lab, facts), results)
        best = min(best, time.perf_counter() - begin)
    return 1000 * best


def main() -> None:
    """Print median, 90 % and most, over submissions."""
    paths = [Path(word) for word in sys.argv[1:]] or sorted(
        (ROOT / "tests/recorded").glob("*.json")
    )
    folders = [path.parent for path in ROOT.glob("assignments/*/assignment.yaml")]
    labs = {folder.name: load_assignment(folder, PARAMS) for folder in folders}
    found = []
    for path in paths:
        facts = SubmissionFacts.model_validate_json(path.read_bytes())
        found.append(sum(cost(labs[each.lab], each) for each in facts.labs if not each.missing))
    found.sort()
    print(
        f"{len(found)} submissions: median {statistics.median(found):.1f} ms, "
        f"90 % below {found[int(len(found) * 0.9)]:.1f} ms, most {found[-1]:.1f} ms"
    )


if __name__ == "__main__":
    main()
