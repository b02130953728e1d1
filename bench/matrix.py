"""Grades models, wrong and odd solutions on one engine, and makes docs/compatibility.md of it all.

usage: bench/matrix.py grade ROW FOLDER [--each N] [--labs 02,03]
       bench/matrix.py table FOLDER > docs/compatibility.md

With `--minutes N` nothing is begun after N minutes, so a row may hold fewer solutions.
`grade` uses the engine of DOCKER_HOST and writes FOLDER/ROW.json: of each lab the model, and N
others (2), taken at even distances from its solutions. What must come out is what each solution's
expect.yaml says. Ends with 1 if a verdict or a cause is another. bench/engines.sh starts engines.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.batch.solutions import Expected, assemble, expected, overlays
from grader.engine.docker import connect
from grader.judge.check_kinds import PARAMS
from grader.observe.session import Session
from grader.pipeline import grade_one, open_session
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.spec.catalog import load_assignments
from grader.submission.snapshot import read_submission

# What the page says of engines that were not run here.
_HEAD = """# Engines that were tried

Made by `bench/matrix.py table`; [bench/README.md](../bench/README.md) says how each row is run. A
solution *came out* when each check that its expect.yaml names was lost, no other one was, and the
cause named first is the one expected. What an engine does not show is *not graded*, and costs
nobody a point. Every row builds with the classic builder, which each of these engines has; BuildKit
is not used. Docker Engine 20.10, as root with this machine's /proc, is what the tests run on.

| row | engine | processes read by | solutions | came out | not graded | seconds | date |
|---|---|---|---|---|---|---|---|"""
_NOT_RUN = (
    (
        "Docker Engine 29",
        "no packages here; `NetworkSettings.IPAddress` is gone, API 1.40 or newer",
    ),
    ("Docker Desktop", "another kernel than the grader's: a helper reads it; folders are shared"),
    ("rootless engines", "the helper is asked for in both places; cgroup limits may not hold"),
    ("Colima, Lima, WSL", "engines in a virtual machine, as Docker Desktop's"),
)


@dataclass(frozen=True)
class Work:
    """A solution to grade: a lab's model, or an overlay on it."""

    lab: Assignment
    overlay: Path | None

    @property
    def name(self) -> str:
        return f"{self.lab.id} {self.overlay.name if self.overlay else 'model'}"


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(usage=(__doc__ or "").partition("usage: ")[2])
    commands = parser.add_subparsers(dest="command", required=True)
    grade = commands.add_parser("grade")
    grade.add_argument("row")
    grade.add_argument("folder", type=Path)
    grade.add_argument("--each", type=int, default=2)
    grade.add_argument("--labs", default="")
    grade.add_argument("--minutes", type=float, default=60.0)
    table = commands.add_parser("table")
    table.add_argument("folder", type=Path)
    options = parser.parse_args()
    if options.command == "table":
        print(
            page([json.loads(path.read_text()) for path in sorted(options.folder.glob("*.json"))])
        )
        return 0
    labs = [
        replace(lab, questions=())
        for lab in load_assignments(Path("assignments"), PARAMS)
        if any(lab.id.startswith(start) for start in options.labs.split(","))
    ]
    todo = [work for lab in labs for work in works(lab, options.each)]
    todo.sort(key=lambda work: work.overlay is not None)
    row = run(options.row, todo, time.monotonic() + 60 * options.minutes)
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / f"{options.row}.json").write_text(json.dumps(row, indent=1) + "\n")
    return 1 if any(work["other"] for work in row["works"]) else 0


def works(lab: Assignment, each: int) -> list[Work]:
    """Return the model and `each` of a lab's other solutions, always the same ones."""
    found = [*overlays(lab.id, "right"), *overlays(lab.id, "wrong")]
    step = max(1, len(found) // each) if each else 1
    return [Work(lab, None), *(Work(lab, overlay) for overlay in found[::step][:each])]


def run(name: str, todo: list[Work], ends: float) -> dict[str, Any]:
    """Grade what can be begun before `ends` (monotonic), models first; return the row."""
    place = Path(tempfile.mkdtemp(prefix="matrix-"))
    begin = time.monotonic()
    try:
        engine = connect()
        with open_session(engine) as session, ThreadPoolExecutor(2) as pool:
            found = pool.map(
                lambda work: graded(session, place, work) if time.monotonic() < ends else None, todo
            )
            done = [work for work in found if work]
            facts = engine.facts()
        engine.close()
    finally:
        shutil.rmtree(place)
    return {
        "row": name,
        "engine": f"{facts.name} {facts.version}",
        "api": facts.api,
        "evidence": facts.evidence,
        "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(time.monotonic() - begin),
        "works": done,
    }


def graded(session: Session, place: Path, work: Work) -> dict[str, Any]:
    """Grade one solution; say what came out otherwise than its expect.yaml says."""
    folder = assemble(place / work.name.replace(" ", "-"), work.lab.id, work.overlay)
    begin = time.monotonic()
    result = grade_one(session, read_submission(folder, [work.lab.id]), [work.lab]).result
    seconds = time.monotonic() - begin
    want = expected(work.overlay) if work.overlay else Expected("", {}, frozenset(), frozenset())
    (section,) = result.sections
    failed = {c.id: c.reason for c in section.checks if c.status is Status.FAILED}
    unseen = {c.id: c.reason for c in section.checks if c.status is Status.ERROR}
    other = [f"{c}: lost: {why}" for c, why in failed.items() if c not in want.failed]
    other += [f"{c}: not lost" for c in want.failed if c not in failed and c not in unseen]
    causes = [cause.id for cause in section.causes]
    if want.cause and not unseen and want.cause not in causes[:1]:
        other.append(f"cause {want.cause} is not named first: {causes}")
    print(f"{work.name}: {seconds:.1f} s {other or ''} {unseen or ''}", file=sys.stderr, flush=True)
    return {
        "name": work.name,
        "model": work.overlay is None,
        "checks": len(section.checks),
        "seconds": round(seconds, 1),
        "other": other,
        "unseen": unseen,
    }


def page(rows: list[dict[str, Any]]) -> str:
    """Return docs/compatibility.md."""
    lines = [_HEAD]
    for row in rows:
        done = row["works"]
        right = sum(not work["other"] and not work["unseen"] for work in done)
        unseen = sum(bool(work["unseen"]) for work in done)
        models = sum(work["model"] for work in done)
        cells = (
            *(row["row"], f"{row['engine']} (API {row['api']})", row["evidence"]),
            *(f"{len(done)}, {models} of them models", right, unseen, row["seconds"], row["date"]),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += [f"| {name} | | | *not run*: {why} | | | | |" for name, why in _NOT_RUN]
    odd = [(row, work) for row in rows for work in row["works"] if work["other"] or work["unseen"]]
    if odd:
        lines += ["", "## What did not come out", ""]
    for row, work in odd:
        lines += [f"- {row['row']}, {work['name']}: {said}" for said in _said(work)]
    return "\n".join(lines)


def _said(work: dict[str, Any]) -> list[str]:
    unseen: dict[str, list[str]] = {}
    for check, why in work["unseen"].items():
        root = not why.startswith("Not graded, because ")
        unseen.setdefault(_short(why) if root else "", []).append(check)
    behind = len(unseen.pop("", []))
    more = f" ({behind} more behind it)" if behind else ""
    return [
        *map(_short, work["other"]),
        *(f"not graded, {', '.join(checks)}{more}: {why}" for why, checks in unseen.items()),
    ]


def _short(text: str) -> str:
    """Return a reason on one line, without the ids, times and paths of one run."""
    words = re.sub(r'time="[^"]*" |sha256:\w+|# \w{16}', "", " ".join(text.split()))
    return f"{words[:300]} …" if len(words) > 300 else words


if __name__ == "__main__":
    sys.exit(main())
