"""A class that is graded without an engine, by the real commands, and what must be true of it."""

import csv
import io
import json
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from unittest import mock

from grader.batch import local
from grader.batch.class_run import ClassRun
from grader.batch.run_jobs import Progress, Stages
from grader.batch.workplan import Job
from grader.core.errors import UsageError
from grader.facts import SubmissionFacts
from grader.judge.check_kinds import PARAMS
from grader.marks.merge import with_marks
from grader.pipeline import Graded, judge_facts
from grader.result import Result
from grader.results import store
from grader.results.marks_file import read_marks
from grader.results.store import read_facts
from grader.spec import catalog
from grader.spec.keys import Key, load_keys
from grader.submission.snapshot import read_whatever
from tests.builders.broken_disk import Killed, broken
from tests.builders.marked_course import Course, answer, make_course
from tests.cli.command import Done
from tests.conftest import LAB, ROOT

_ANSWERS = "answers.json"


class RecordedBackend:
    """In place of an engine: right containers, with the answers that a submission holds."""

    def __init__(self, class_run: ClassRun, progress: Progress, stack: ExitStack) -> None:
        del progress, stack
        self._class_run = class_run
        self._recorded = read_facts(ROOT / "tests" / "recorded" / "model.json")
        self._cancelled = Event()

    def stages(self) -> Stages:
        """Return the stages of a run."""
        return self._class_run.stages(self._grade, list, self._cancelled.set, self._cancelled)

    def open(self, jobs: int | None) -> int:
        """Return how many submissions may be under way."""
        del jobs
        return 1

    def _grade(self, job: Job) -> Graded:
        submission = self._class_run.read(job.source)
        said = json.loads(submission.labs[LAB].files[_ANSWERS])
        lab = self._recorded.labs[0].model_copy(
            update={"answers": {name: answer(text) for name, text in said.items()}}
        )
        own = {
            "submission": submission.id,
            "digest": submission.digest,
            "observed": job.observed,
            "labs": (lab,),
        }
        return self._class_run.judge(self._recorded.model_copy(update=own))


@dataclass
class KeptClass:
    """A course whose commands may be cut off, and what a class must be at any time.

    `marks` are those that lie beside each submission, as far as commands said that they gave them
    and nobody put other files there.
    """

    course: Course
    marks: dict[str, str] = field(default_factory=dict)
    expected: dict[tuple[object, ...], Result] = field(default_factory=dict)

    @property
    def results(self) -> Path:
        """Return the folder RESULTS."""
        return self.course.results

    @property
    def submissions(self) -> Path:
        """Return the folder with what was handed in."""
        return self.course.root / "subs"

    def hand_in(self, name: str, answers: Mapping[str, str]) -> None:
        """Put a submission there, or another one in its place."""
        place = self.submissions / name / LAB
        place.mkdir(parents=True, exist_ok=True)
        (place / _ANSWERS).write_text(json.dumps(answers))

    def run(self, *words: object, keyed: bool, at: int = 0, kill: bool = True) -> Done | None:
        """Run a command; with `at`, its n-th change of a file is where it or the disk ends.

        None where the command was killed.
        """
        call = self.course.grader if keyed else self.course.grader_plain
        before = self._with_result()
        with ExitStack() as stack:
            stack.callback(self._check_taken, before)
            stack.enter_context(mock.patch.object(local, "LocalBackend", RecordedBackend))
            if at:
                stack.enter_context(broken(at, kill=kill))
            try:
                return call(*words, code=None)
            except Killed:
                return None

    def _with_result(self) -> set[str]:
        return {path.parent.name for path in self.results.glob(f"*/{store.RESULT}")}

    def _check_taken(self, before: set[str]) -> None:
        """Let no command take a result away, however it ends."""
        assert before <= self._with_result()

    def grade(self, *words: object, keyed: bool, at: int = 0, kill: bool = True) -> Done | None:
        """Run `grader grade` on the class."""
        command = ("grade", "subs", "--out", "results", "--quiet")
        return self.run(*command, *words, keyed=keyed, at=at, kill=kill)

    # What must be true.

    def right(self, folder: Path, *, keyed: bool) -> Result | None:
        """Return the result that the facts and marks in a folder have; None without facts."""
        try:
            facts = read_facts(folder / store.FACTS)
        except UsageError:
            return None
        if facts.submission != folder.name:
            return None
        beside = tuple(store.digest_of(folder / name) for name in (store.FACTS, store.MARKS))
        known = (*beside, keyed, store.digest_of(self._key))
        if known not in self.expected:
            self.expected[known] = self._judged(folder, facts, keyed=keyed)
        return self.expected[known]

    @property
    def _key(self) -> Path:
        return self.course.root / "keys" / LAB / "key.yaml"

    def _judged(self, folder: Path, facts: SubmissionFacts, *, keyed: bool) -> Result:
        labs = catalog.load_assignments(self.course.root / "labs", PARAMS)
        keys: Mapping[str, Key] = load_keys(self.course.root / "keys", labs) if keyed else {}
        result = judge_facts(facts, labs, keys).result
        return with_marks(result, facts, labs, keys, read_marks(folder))

    def check_reading(self) -> None:
        """Let nobody read a result that is not of what lies beside it, by whichever key."""
        for folder in store.folders(self.results):
            result = _whole(folder)
            if result is not None:
                wanted = self.right(folder, keyed=False)
                assert wanted is not None, folder.name
                assert points(result) == points(wanted), folder.name

    def check_marks(self) -> None:
        """No mark is missing, and none is there that nobody gave."""
        assert self.marks == self.marks_now()

    def marks_now(self) -> dict[str, str]:
        """Return what lies in every marks.json."""
        return {
            path.parent.name: path.read_text()
            for path in sorted(self.results.glob(f"*/{store.MARKS}"))
        }

    def check_results(self, *, keyed: bool, of: set[str] | None = None) -> None:
        """Every result says what its facts, marks and key say now; all in `of` have one."""
        for folder in store.folders(self.results):
            wanted = self.right(folder, keyed=keyed)
            if wanted is not None and (of is None or folder.name in of):
                result = _whole(folder)
                assert result is not None, folder.name
                assert said(result) == said(wanted), folder.name
                assert store.REPORT in result.provenance.beside
                assert not store.differing(result, folder), folder.name

    def check_class_files(self) -> None:
        """Every submission of RESULTS stands in the class's files, with its points or by name."""
        text = (self.results / store.GRADES).read_text(encoding="utf-8-sig")
        rows = {row["submission"]: row["total"] for row in csv.DictReader(io.StringIO(text))}
        summary = json.loads((self.results / store.CLASS_JSON).read_text())
        named = {entry["folder"] for entry in summary["unreadable"]}
        there = {folder.name: _whole(folder) for folder in store.folders(self.results)}
        assert rows == {name: str(one.score) for name, one in there.items() if one}
        assert named == {name for name, one in there.items() if one is None}
        listed = {row["id"]: row["score"] for row in summary["submissions"]}
        assert {name: str(score) for name, score in listed.items()} == rows

    def check_export(self, done: Done) -> None:
        """Expect an export to have everybody's points, or to say whom it leaves out."""
        rows = {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
        for folder in store.folders(self.results):
            result = _whole(folder)
            if result is None:
                assert f"{folder.name}: " in done.stderr
                assert done.returncode == 3
            else:
                assert rows[folder.name]["points"] == str(result.score)

    def right_before(self, *, keyed: bool) -> set[str]:
        """Return the submissions whose result is what grading them now would say."""
        found = set()
        for folder in store.folders(self.results):
            result, wanted = _whole(folder), self.right(folder, keyed=keyed)
            same = result and wanted and said(result) == said(wanted)
            if same and result and result.submission.digest == self._digest(folder.name):
                found.add(folder.name)
        return found

    def _digest(self, name: str) -> str:
        return read_whatever(self.submissions / name, [LAB]).digest


def _whole(folder: Path) -> Result | None:
    try:
        return store.read_whole(folder)
    except ValueError:
        return None


def points(result: Result) -> object:
    """Return the points of a result and what waits, by check, of all that no key judges."""
    checks = [check for section in result.sections for check in section.checks]
    return {c.id: (c.score, c.max_score, c.pending) for c in checks if c.id != "pick"}


def said(result: Result) -> dict[str, Any]:
    """Return all that a result says of the work."""
    return result.model_dump(mode="json", exclude={"provenance"})


def unchanged(done: Done) -> int:
    """Return how many submissions a grading called unchanged."""
    found = re.search(r"(\d+) unchanged", done.stdout)
    return int(found[1]) if found else 0


def make_kept_class(root: Path) -> KeptClass:
    """Return a course to which nothing was handed in yet."""
    return KeptClass(make_course(root, ()))
