"""One call of `grader grade`: what it grades and by what, and the stages that need no engine."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.batch.find_submissions import Source
from grader.batch.run_jobs import Stages
from grader.batch.workplan import Job
from grader.core.files import write_text
from grader.core.logs import last_lines
from grader.core.text import visible
from grader.facts import SubmissionFacts
from grader.pipeline import Graded, facts_of_a_failure, judge_facts
from grader.result import Result
from grader.spec.assignment import Assignment, asked_for
from grader.spec.keys import Key
from grader.submission.manifest import Manifest
from grader.submission.snapshot import Submission, read_whatever

ERROR_LOG = "error.log"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClassRun:
    """What one call of `grader grade` works on.

    `sources` are the submissions, `results` the folder RESULTS, `labs` and `keys` what they are
    judged by. `faithful` waits docker stop's real grace period. `keep` writes a grade's files and
    returns the result with the marks that people gave. `starter` lists what students were given.
    """

    sources: tuple[Source, ...]
    results: Path
    labs: tuple[Assignment, ...]
    keys: Mapping[str, Key]
    faithful: bool
    keep: Callable[[Graded], Result]
    starter: Manifest | None = None

    def stages(
        self,
        grade: Callable[[Job], Graded],
        self_check: Callable[[], list[str]],
        stop: Callable[[], None],
        cancelled: threading.Event,
    ) -> Stages:
        """Return the stages of a run: what is given looks at engines, the rest is the same."""
        return Stages(
            grade=grade,
            judge=self.judge,
            failed=self.failed,
            keep=self.keep,
            self_check=self_check,
            stop=stop,
            cancelled=cancelled,
        )

    def read(self, source: Source) -> Submission:
        """Return a submission's snapshot."""
        return read_whatever(source.path, [lab.id for lab in self.labs], asked_for(self.labs))

    def judge(self, facts: SubmissionFacts) -> Graded:
        """Return the result of facts, with the time that took."""
        begin = time.monotonic()
        result = judge_facts(facts, self.labs, self.keys).result
        phases = {**result.provenance.phases, "judge": round(time.monotonic() - begin, 3)}
        origin = result.provenance.model_copy(update={"phases": phases})
        return Graded(facts, result.model_copy(update={"provenance": origin}))

    def failed(self, job: Job, error: Exception) -> Graded:
        """Return what stands for a submission on which the grader itself failed."""
        trace = visible("".join(traceback.format_exception(error)), keep="\n")
        _log.error("the grader itself failed on %s", job.source.id, exc_info=error)
        write_text(self.results / job.source.id / ERROR_LOG, last_lines(job.source.id) + trace)
        why = (
            f"The grader itself failed on this submission ({type(error).__name__}), which is "
            f"nobody's fault but ours. Send {ERROR_LOG}, beside this report, to the course."
        )
        return self.judge(facts_of_a_failure(self.read(job.source), self.labs, why))
