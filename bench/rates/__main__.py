"""Grades what is not graded yet, and prints the rates of all that is."""

import argparse
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.rates import kept
from bench.rates.figures import measure, print_figures
from bench.rates.generate import generate
from bench.rates.mutants import Mutant
from grader.engine.docker import connect
from grader.pipeline import open_session
from tests.solutions.grading import LABS


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.rates", description=__doc__)
    parser.add_argument("out", type=Path, help="where what was graded is kept")
    parser.add_argument("--labs", default="", help="only these labs: 04,05")
    parser.add_argument("--sample", type=int, help="only so many, from the first")
    parser.add_argument("--jobs", type=int, default=3, help="how many at once (default: 3)")
    parser.add_argument("--minutes", type=float, help="begin nothing new after so many")
    parser.add_argument("--only", default="", help="grade these digests again")
    parser.add_argument("--judge", action="store_true", help="judge kept facts again, grade none")
    parser.add_argument("--no-files", action="store_true", help="that was done before")
    parser.add_argument("--files", action="store_true", help="only what files alone refuse")
    parser.add_argument("--truth", action="store_true", help="look at what was accepted")
    parser.add_argument("--report", action="store_true", help="grade none, print the rates")
    options = parser.parse_args()
    asked = [word for word in options.labs.split(",") if word]
    labs = [lab for lab in LABS if not asked or lab.startswith(tuple(asked))]
    chosen = generate(labs)[: options.sample]
    if options.judge:
        for mutant in chosen:
            kept.judge_again(options.out, mutant)
    elif options.truth:
        measure(options.out, chosen)
    elif not options.report:
        again = set(options.only.split(",")) - {""}
        todo = [
            mutant
            for mutant in chosen
            if mutant.digest in again or (not again and kept.read_kept(options.out, mutant) is None)
        ]
        if not options.no_files:
            todo = [mutant for mutant in todo if not kept.grade_by_files(options.out, mutant)]
        if not options.files:
            _grade(options.out, todo, options.jobs, options.minutes)
    print_figures(options.out, chosen)


def _grade(out: Path, todo: Sequence[Mutant], jobs: int, minutes: float | None) -> None:
    end = time.monotonic() + 60 * minutes if minutes else float("inf")
    done, lock, engine = 0, threading.Lock(), connect()

    def one(mutant: Mutant) -> None:
        nonlocal done
        if time.monotonic() > end:
            return
        there = kept.grade(session, out, mutant)
        with lock:
            done += 1
            words = "graded" if there else "the engine failed"
            print(f"{done} of {len(todo)}: {mutant.name}: {words}", flush=True)

    with open_session(engine) as session, ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, todo))


if __name__ == "__main__":
    main()
