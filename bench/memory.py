"""Peak memory of grading a class from recorded facts, without an engine.

usage: bench/memory.py [COUNT...]     (default: 100 1000)
"""

import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from grader.batch.find_submissions import find_sources
from grader.batch.run_jobs import JobRunner, Stages
from grader.batch.workplan import Digests, Job, plan_work
from grader.cli.common import load_labs
from grader.cli.progress import Quiet
from grader.facts import SubmissionFacts
from grader.judge.score import inputs_digest, score_submission
from grader.pipeline import Graded
from grader.results import store
from grader.results.class_files import bring_up_to_date
from grader.results.keep import keep
from grader.results.results_folder import open_results
from grader.submission.snapshot import read_whatever

LAB = "04-images-and-containers"
FACTS = Path(__file__).parent.parent / "tests" / "recorded" / "model.json"


def one(count: int) -> None:
    """Grade `count` submissions and print what that took."""
    labs = load_labs(None, (LAB,))
    recorded = store.read_facts(FACTS)
    with tempfile.TemporaryDirectory() as folder:
        submissions, results = Path(folder) / "submissions", Path(folder) / "results"
        for number in range(count):
            place = submissions / f"student-{number:04}" / LAB
            place.mkdir(parents=True)
            (place / "Dockerfile-exec").write_text(f"FROM python:3.7\n# {number}\n")

        def judge(facts: SubmissionFacts) -> Graded:
            return Graded(facts, score_submission(facts, labs))

        def observe(job: Job) -> Graded:
            read = read_whatever(job.source.path, [LAB])
            new = {"submission": read.id, "digest": read.digest, "observed": job.observed}
            return judge(recorded.model_copy(update=new))

        stages = Stages(
            grade=observe,
            judge=judge,
            failed=lambda job, _: observe(job),
            keep=lambda graded: keep(results, graded, labs, warn=print),
            self_check=list,
            stop=lambda: None,
            cancelled=threading.Event(),
        )
        begin = time.monotonic()
        with open_results(results, [LAB]):
            sources = find_sources(submissions, results, [LAB]).sources
            digests = Digests(lambda digest: digest, lambda observed: inputs_digest(observed, labs))
            plan = plan_work(sources, results, lambda s: read_whatever(s.path, [LAB]), digests)
            run = JobRunner(stages, results, Quiet())
            run.grade(run.settle(plan), 4)
            bring_up_to_date(results, labs)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seconds = time.monotonic() - begin
        print(f"{run.tally.graded} submissions: peak {peak:.0f} MiB, {seconds:.0f} s", flush=True)


def main() -> None:
    """Give each count a process of its own."""
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]))
        return
    for count in sys.argv[1:] or ["100", "1000"]:
        subprocess.run([sys.executable, __file__, "--one", count], check=True)


if __name__ == "__main__":
    main()
