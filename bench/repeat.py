"""Grades models and right solutions again and again, and shows every point that was ever lost.

usage: bench/repeat.py TIMES [--labs 02,03] [--busy N] [--at-once N] [--share N] [--pause SECONDS]
                       [--only WORD,WORD] [--each N] [--kept FILE]

TIMES is how often each solution is graded. `--labs` chooses labs by the beginning of their names
(all of them), `--only` the solutions with one of some words in theirs (`model` for the models
alone), `--each` so many of a lab, its model and right ones from all over the list. `--busy` keeps N
processors busy meanwhile (0), N submissions are graded `--at-once` (2), and each container, the
grader's own ones too, gets one part in `--share` of a processor (1). `--pause` stops this process
and all of its containers for so long, over and over, as a machine that is suspended does. Each
solution is a copy of its own, with a file in it that no other has, so that nothing is taken from
what was built before. What was not graded is counted apart: it costs no point. `--kept` adds each
grading to a file as it ends, and does not do again what is in there. Ends with 1 if a check was
lost.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.batch.solutions import Expected, assemble, expected, overlays
from grader.engine import profile
from grader.engine.docker import connect
from grader.engine.protocol import LABEL
from grader.judge.check_kinds import PARAMS
from grader.observe.session import Session
from grader.pipeline import grade_one, open_session
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.spec.catalog import load_assignments
from grader.submission.snapshot import read_submission

_BETWEEN = 7.0  # seconds from one pause to the next


@dataclass
class Tally:
    """What came of one solution so far: seconds of each grading, and what was lost how often."""

    seconds: list[float] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    not_graded: Counter[str] = field(default_factory=Counter)

    def add(self, seconds: float, lost: list[str], not_graded: list[str]) -> None:
        """Count one more grading: the ids of the checks that were lost, and not graded."""
        self.seconds.append(seconds)
        self.lost.update(lost)
        self.not_graded.update(not_graded)


def main() -> int:
    """Grade them all and print a table; say at once what was lost."""
    options = _options()
    for limits in (profile.RUN_LIMITS, profile.MACHINE_LIMITS):
        limits["cpu_quota"] = limits["cpu_period"] // options.share
    labs = [
        replace(lab, questions=())
        for lab in load_assignments(Path("assignments"), PARAMS)
        if any(lab.id.startswith(start) for start in options.labs.split(","))
    ]
    works = [work for lab in labs for work in _works(lab, options.only.split(","), options.each)]
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    begin = time.monotonic()
    place = Path(tempfile.mkdtemp(prefix="repeat-"))
    try:
        with (
            _busy(options.busy),
            open_session(connect()) as session,
            _paused(session.run_id, options.pause),
            ThreadPoolExecutor(options.at_once) as pool,
        ):
            runs = Runs(session, place, tallies, options.kept)
            left = [
                work
                for work in works
                for _ in range(options.times - len(tallies[_name(*work)].seconds))
            ]
            list(pool.map(runs.grade, left))
    finally:
        shutil.rmtree(place)
    _show(tallies)
    gradings = sum(len(tally.seconds) for tally in tallies.values())
    lost = sum(tally.lost.total() for tally in tallies.values())
    print(f"{gradings} gradings in {time.monotonic() - begin:.0f} s, {lost} checks lost")
    return 1 if lost else 0


class Runs:
    """Grades copies of solutions, from several threads."""

    def __init__(
        self, session: Session, place: Path, tallies: defaultdict[str, Tally], kept: Path | None
    ) -> None:
        self._session = session
        self._place = place
        self._tallies = tallies
        self._kept = kept
        for line in kept.read_text().splitlines() if kept and kept.exists() else ():
            row = json.loads(line)
            tallies[row["name"]].add(row["seconds"], row["lost"], row["not_graded"])
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def grade(self, work: tuple[Assignment, Path | None]) -> None:
        """Grade one more copy of a solution."""
        lab, overlay = work
        folder = assemble(self._place / f"copy-{next(self._numbers)}", lab.id, overlay)
        (folder / lab.id / "copy.txt").write_text(folder.name)
        begin = time.monotonic()
        graded = grade_one(self._session, read_submission(folder, [lab.id]), [lab])
        seconds = time.monotonic() - begin
        shutil.rmtree(folder)
        want = expected(overlay) if overlay else Expected("", {}, frozenset(), frozenset())
        name = _name(lab, overlay)
        lost, not_graded = [], []
        with self._lock:
            print(f"{name}: {seconds:.1f} s", file=sys.stderr, flush=True)
            for section in graded.result.sections:
                for check in section.checks:
                    if check.status is Status.ERROR:
                        not_graded.append(check.id)
                        print(f"{name}: {check.id}: not graded: {check.reason}", flush=True)
                        continue
                    wrong = check.status is not Status.PASSED and check.id not in want.failed
                    if wrong or (check.flags and check.id not in want.flags):
                        lost.append(check.id)
                        print(f"{name}: {check.id}: {check.reason} {check.flags}", flush=True)
            self._tallies[name].add(seconds, lost, not_graded)
            row = {"name": name, "seconds": seconds, "lost": lost, "not_graded": not_graded}
            if self._kept:
                with self._kept.open("a") as out:
                    out.write(json.dumps(row) + "\n")


def _works(
    lab: Assignment, words: list[str], each: int | None
) -> list[tuple[Assignment, Path | None]]:
    """Return a lab's model and right solutions; `each` of them at most, the model among them."""
    found = [
        (lab, overlay)
        for overlay in (None, *overlays(lab.id, "right"))
        if any(word in (overlay.name if overlay else "model") for word in words)
    ]
    each = min(each or len(found), len(found))
    return [found[number * len(found) // each] for number in range(each)]


def _name(lab: Assignment, overlay: Path | None) -> str:
    return f"{lab.id} {overlay.name if overlay else 'model'}"


@contextmanager
def _paused(run_id: str, seconds: float) -> Iterator[None]:
    """Stop this process and the containers of its run again and again, `seconds` each time."""
    if not seconds:
        yield
        return
    # A process of its own: one that is stopped cannot let itself go on.
    watcher = subprocess.Popen(
        [sys.executable, "-c", _PAUSER, str(os.getpid()), run_id, str(seconds), str(_BETWEEN)]
    )
    try:
        yield
    finally:
        watcher.send_signal(signal.SIGTERM)
        watcher.wait()


_PAUSER = """
import os, signal, subprocess, sys, time
grader, run_id, seconds, between = int(sys.argv[1]), *sys.argv[2:]
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
def found():
    words = ["docker", "ps", "-q", "--no-trunc", "--filter", "label=" + LABEL + "=" + run_id]
    ids = subprocess.run(words, capture_output=True, text=True).stdout.split()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            group = open("/proc/" + pid + "/cgroup").read()
        except OSError:
            continue
        if any(each in group for each in ids):
            yield int(pid)
def tell(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass
while not ended:
    time.sleep(float(between))
    pids = [*found(), grader]
    tell(pids, signal.SIGSTOP)
    time.sleep(float(seconds))
    tell(pids, signal.SIGCONT)
""".replace("LABEL", repr(LABEL))


@contextmanager
def _busy(count: int) -> Iterator[None]:
    loops = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(count)]
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.terminate()


def _spin() -> None:
    while True:
        pass


def _show(tallies: dict[str, Tally]) -> None:
    print(f"\n{'solution':58} {'runs':>5} {'median s':>9} {'most s':>7}  lost; not graded")
    for name, tally in sorted(tallies.items()):
        lost = ", ".join(f"{check} {times}x" for check, times in tally.lost.most_common())
        median, most = statistics.median(tally.seconds), max(tally.seconds)
        missed = tally.not_graded.total()
        print(
            f"{name:58} {len(tally.seconds):5} {median:9.1f} {most:7.1f}  {lost or '-'}; {missed}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("times", type=int)
    parser.add_argument("--labs", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--each", type=int)
    parser.add_argument("--kept", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
