"""A class without an engine: what is observed is made up, all else is as in a real run."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch import run_jobs as run_module
from grader.batch.find_submissions import Source
from grader.batch.run_jobs import JobRunner, Stages
from grader.batch.selfcheck import SelfCheckError
from grader.batch.workplan import Digests, Job, WorkPlan, plan_work
from grader.core.errors import EngineError, EngineUnavailable, UsageError
from grader.core.files import write_text
from grader.facts import EngineFacts, Fault, LabFacts, NotSeen, SubmissionFacts
from grader.judge.context import NotObserved
from grader.judge.score import inputs_digest, score_submission
from grader.pipeline import Graded
from grader.result import Result
from grader.results import store, unproven
from grader.results.results_folder import open_results, read_kept
from grader.spec.assignment import Assignment
from grader.submission.snapshot import Submission, read_whatever
from tests.conftest import LAB

Observe = Callable[[Submission], NotSeen]


class Class:
    """A class in a folder, graded without an engine by `observe`."""

    def __init__(self, folder: Path, lab: Assignment) -> None:
        self.subs, self.out, self.lab = folder / "subs", folder / "out", lab
        self.graded: list[str] = []
        self.done: list[str] = []
        self.observe: Observe = lambda _: NotSeen(fault=Fault.STUDENT, why="it was so")
        self.before: Callable[[Job], None] = lambda _: None
        self.self_check: Callable[[], list[str]] = list
        self.version = "1"
        self.asked = ""
        self.cancelled = threading.Event()
        self.stopped = 0
        self.failed: Callable[[str], object] = lambda _: None

    def add(self, name: str, text: str) -> None:
        """Hand something in."""
        place = self.subs / name / LAB
        place.mkdir(parents=True, exist_ok=True)
        (place / "Dockerfile-exec").write_text(text)

    def plan(self, *, force: bool = False) -> WorkPlan:
        """Return what there is to do."""
        sources = [Source(path.name, path) for path in sorted(self.subs.iterdir())]
        digests = Digests(
            observed=lambda digest: f"{digest} {self.version}",
            inputs=lambda observed: inputs_digest(observed, [self.lab]),
        )
        return plan_work(sources, self.out, self._read, digests, force=force)

    def run(self, *, force: bool = False, under_way: int = 2) -> JobRunner:
        """Grade the class."""
        self.graded.clear()
        self.done.clear()
        self.cancelled.clear()
        stages = Stages(
            self._grade,
            self._judge,
            self._failed,
            self._keep,
            self.self_check,
            self._stop,
            self.cancelled,
        )
        with open_results(self.out, [LAB]):
            run = JobRunner(stages, self.out, self)
            if todo := run.settle(self.plan(force=force)):
                run.grade(todo, under_way)
        return run

    def result(self, name: str) -> Result:
        """Return what was written for a submission."""
        return Result.model_validate_json((self.out / name / store.RESULT).read_bytes())

    def started(self, name: str) -> None:
        """Take no note of it."""

    def finished(self, name: str, result: Result) -> None:
        """Take note."""
        assert result.submission.id == name
        self.done.append(name)

    def begins(self, text: str) -> None:
        """Take no note of it."""

    def note(self, text: str) -> None:
        """Nothing is said in these runs."""
        raise AssertionError(text)

    def _read(self, source: Source) -> Submission:
        return read_whatever(source.path, [LAB])

    def _grade(self, job: Job) -> Graded:
        self.graded.append(job.source.id)
        self.before(job)
        submission = self._read(job.source)
        return self._judge(self._facts(submission, self.observe(submission)))

    def _failed(self, job: Job, error: Exception) -> Graded:
        self.failed(job.source.id)
        lost = NotSeen(fault=Fault.ENGINE, why=str(error))
        return self._judge(self._facts(self._read(job.source), lost))

    def _facts(self, submission: Submission, seen: NotSeen) -> SubmissionFacts:
        lab = LabFacts(lab=LAB, words={}, bases={}, images={}, observations={}, missing=seen)
        return SubmissionFacts(
            submission=submission.id,
            digest=submission.digest,
            grader=self.asked or "test",
            engine=EngineFacts(name="none", version="1", api="1", local=False),
            graded_at="",
            seconds=0.0,
            labs=(lab,),
            observed=f"{submission.digest} {self.version}",
        )

    def _judge(self, facts: SubmissionFacts) -> Graded:
        if self.asked and facts.grader != self.asked:
            raise NotObserved(f"grader {facts.grader} did not look at it")
        return Graded(facts, score_submission(facts, [self.lab]))

    def _keep(self, graded: Graded) -> Result:
        folder = self.out / graded.result.submission.id
        store.write_facts(folder / store.FACTS, graded.facts)
        beside = {name: store.digest_of(folder / name) for name in store.BESIDE}
        result = store.vouching(graded.result, beside)
        write_text(folder / store.RESULT, result.to_json())
        return result

    def _stop(self) -> None:
        self.stopped += 1


@pytest.fixture
def few(tmp_path: Path, lab: Assignment) -> Class:
    """Return a class of three, two of whom handed in the same."""
    made = Class(tmp_path, lab)
    made.add("alice", "FROM a")
    made.add("bob", "FROM b")
    made.add("carol", "FROM a")
    return made


def test_equal_submissions_are_observed_once(few: Class) -> None:
    """The other gets the same facts under its own name, and both say so."""
    tally = few.run().tally

    assert sorted(few.graded) == ["alice", "bob"]
    assert sorted(few.done) == ["alice", "bob", "carol"]
    assert (tally.graded, tally.copied, tally.total) == (2, 1, 3)
    assert few.result("carol").provenance.same_as == "alice"
    assert few.result("carol").submission.id == "carol"
    assert few.result("alice").provenance.same_as == ""


def test_a_second_run_touches_nothing(few: Class) -> None:
    """Not one file is written, and nothing is graded."""
    few.run()
    before = {path: path.stat().st_mtime_ns for path in few.out.rglob("*.json")}

    tally = few.run().tally

    assert few.graded == []
    assert (tally.kept, tally.total, tally.changed) == (3, 3, False)
    assert {path: path.stat().st_mtime_ns for path in few.out.rglob("*.json")} == before


def test_only_what_changed_is_graded_again(few: Class) -> None:
    """By content: a touched file is the same, another byte is not."""
    few.run()
    (few.subs / "bob" / LAB / "Dockerfile-exec").touch()
    few.add("carol", "FROM c")

    few.run()

    assert few.graded == ["carol"]
    assert few.result("carol").provenance.same_as == ""


def test_a_newcomer_gets_the_saved_facts_of_its_twin(few: Class) -> None:
    """Also in a later run, where the twin itself is not graded again."""
    few.run()
    few.add("dave", "FROM b")

    few.run()

    assert few.graded == []
    assert few.result("dave").provenance.same_as == "bob"


def test_force_grades_all_again(few: Class) -> None:
    """Those that are equal still share."""
    few.run()

    few.run(force=True)

    assert sorted(few.graded) == ["alice", "bob"]


def test_what_the_engine_failed_on_is_tried_again(few: Class) -> None:
    """It is counted, never a zero that stays, and the copy of it goes along."""
    few.observe = lambda submission: NotSeen(
        fault=Fault.ENGINE if submission.id == "alice" else Fault.STUDENT, why="x"
    )
    tally = few.run().tally
    assert sorted(tally.not_graded) == ["alice", "carol"]
    few.observe = lambda _: NotSeen(fault=Fault.STUDENT, why="x")

    tally = few.run().tally

    assert few.graded == ["alice"]
    assert tally.not_graded == []
    assert few.result("carol").status == "graded"


def test_a_changed_rubric_is_judged_from_saved_facts(few: Class) -> None:
    """The observation rests on the same, so nobody is observed again."""
    few.run()
    few.lab = replace(few.lab, title="Another", digest="0" * 64)

    tally = few.run().tally

    assert few.graded == []
    assert tally.rejudged == 3
    assert few.result("bob").provenance.spec.endswith("@" + "0" * 12)


def test_what_observations_rest_on_changed_so_all_is_graded(few: Class) -> None:
    """For instance the grader's version."""
    few.run()
    few.version = "2"

    few.run()

    assert sorted(few.graded) == ["alice", "bob"]


def test_facts_that_do_not_hold_what_is_asked_now_are_observed_again(few: Class) -> None:
    """Their own, and those that a newcomer of equal content would have got."""
    few.run()
    few.add("dave", "FROM b")
    few.lab = replace(few.lab, digest="1" * 64)
    few.asked = "a later grader"

    tally = few.run().tally

    assert sorted({*few.graded, *few.done}) == ["alice", "bob", "carol", "dave"]
    assert (tally.rejudged, tally.kept, tally.not_graded) == (0, 0, [])
    assert {few.result(name).provenance.grader for name in few.done} == {"a later grader"}


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", '{"provenance": 3}', "\udcff", "1e999", "[" * 100_000),
        '{"provenance": {}, "status": "graded", "score": Infinity, "max_score": 1}',
    ],
)
def test_a_torn_result_is_made_again(few: Class, content: str) -> None:
    """From the facts where those are whole."""
    few.run()
    path = few.out / "bob" / store.RESULT
    path.write_bytes(content.encode("utf-8", "surrogateescape"))

    tally = few.run().tally

    assert (few.graded, tally.rejudged) == ([], 1)
    assert few.result("bob").score == 0


def test_a_result_without_one_of_its_fields_is_made_again(few: Class) -> None:
    """What no export would read is not kept for having the right digest."""
    few.run()
    path = few.out / "bob" / store.RESULT
    whole = path.read_text()
    path.write_text(whole.replace('"sections"', '"others"'))

    assert few.run().tally.rejudged == 1
    assert path.read_text() == whole


def test_a_result_under_another_name_is_nobodys(few: Class) -> None:
    """A student who is called otherwise now is graded again."""
    few.add("alice", "FROM python:3.7\n# of her own\n")
    few.run()
    for place in (few.subs, few.out):
        (place / "alice").rename(place / "zoe")

    few.run()

    assert few.graded == ["zoe"]
    assert few.result("zoe").submission.id == "zoe"
    assert not (few.out / "alice").exists()


def test_torn_facts_and_result_are_graded_again(few: Class) -> None:
    """There is nothing to go on from."""
    few.run()
    (few.out / "bob" / store.RESULT).unlink()
    (few.out / "bob" / store.FACTS).write_text('{"observed": 1')

    few.run()

    assert few.graded == ["bob"]


def test_what_a_killed_grader_left_half_written_is_swept(few: Class) -> None:
    """Only its own temporary files; whatever a person put there stays."""
    few.run()
    torn = few.out / "bob" / ".result.json.abc123"
    torn.write_text("{")
    notes = few.out / "bob" / "notes.txt"
    notes.write_text("mine")

    few.run()

    assert not torn.exists()
    assert notes.read_text() == "mine"


def test_a_mistake_of_the_graders_own_takes_one_submission_only(few: Class) -> None:
    """The rest of the class goes on; that one is not graded, and no zero."""

    def crash(job: Job) -> None:
        if job.source.id == "bob":
            message = "a bug"
            raise ValueError(message)

    few.before = crash
    tally = few.run().tally

    assert tally.not_graded == ["bob"]
    assert few.result("alice").status == "graded"
    assert few.stopped == 0


def test_an_engine_that_does_not_come_back_ends_the_run(few: Class) -> None:
    """What was graded stays; the rest is not failed one by one."""

    def away(job: Job) -> None:
        if job.source.id == "bob":
            message = "gone"
            raise EngineUnavailable(message)

    few.before = away
    with pytest.raises(EngineUnavailable):
        few.run(under_way=1)

    assert few.stopped == 1
    assert read_kept(few.out / "alice") is not None
    assert read_kept(few.out / "bob") is None
    few.before = lambda _: None
    few.run()
    assert few.graded == ["bob"]


def test_an_interruption_writes_nothing_that_was_cut_off(few: Class) -> None:
    """What is under way when Ctrl-C comes has no result; the next run makes it."""

    def interrupt(job: Job) -> None:
        if job.source.id == "bob":
            few.cancelled.set()

    few.before = interrupt
    few.run(under_way=1)

    assert read_kept(few.out / "bob") is None
    few.before = lambda _: None
    few.run()
    assert few.graded == ["bob"]


def test_a_disk_that_is_full_is_one_clear_message(
    few: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing torn is left, and the exit code is the machine's."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_facts", full)
    with pytest.raises(EngineError, match=r"cannot be written.*No space left"):
        few.run()


def test_known_solutions_that_differ_end_the_run_before_anything_is_graded(few: Class) -> None:
    """With what differs."""
    few.self_check = lambda: ["lab 4, exec-starts: failed, must be passed"]

    with pytest.raises(SelfCheckError, match="exec-starts: failed"):
        few.run()

    assert few.graded == []


def test_what_was_graded_since_the_last_good_self_check_is_not_trusted(
    few: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is marked, and the next run grades it again; what was proven before stays."""
    monkeypatch.setattr(run_module, "_EVERY", 1)
    monkeypatch.setattr(run_module, "_GLANCE", 0.01)
    proofs = iter([[], [], ["it differs"]])
    more = threading.Event()
    few.self_check = lambda: next(proofs)
    for number in range(5):
        few.add(f"student-{number}", f"FROM {number}")
    seen = threading.Semaphore(2)

    def slowly(_: Job) -> None:
        seen.acquire(timeout=1)
        more.wait(0.05)

    few.before = slowly
    with pytest.raises(SelfCheckError, match="it differs"):
        few.run(under_way=1)

    kept = {path.name: read_kept(path) for path in few.out.iterdir() if path.is_dir()}
    doubted = [name for name, found in kept.items() if found and found.status == "not_graded"]
    assert doubted
    assert few.result(doubted[0]).provenance.distrust.startswith("This machine did not grade")
    few.before, few.self_check = lambda _: None, list
    few.run()
    assert set(doubted) <= {*few.graded, "carol"}
    assert all(
        json.loads(path.read_text())["status"] == "graded"
        for path in few.out.glob(f"*/{store.RESULT}")
    )


def test_two_graders_do_not_share_results(few: Class) -> None:
    """The second is told at once."""
    with open_results(few.out, [LAB]), pytest.raises(UsageError, match="Another grader"):
        few.run()


def test_results_of_other_labs_are_not_mixed(few: Class) -> None:
    """Totals of different labs in one gradebook would mean nothing."""
    few.run()

    with (
        pytest.raises(UsageError, match="holds results of other labs"),
        open_results(few.out, ["05-volumes"]),
    ):
        pass


def test_a_run_file_that_is_not_ours_is_told(few: Class) -> None:
    """No guess is made about what RESULTS is."""
    few.run()
    (few.out / "run.json").write_text("[]")

    with pytest.raises(UsageError, match="is not what this grader writes"):
        few.run()


def test_a_small_class_is_proven_by_a_last_look(few: Class) -> None:
    """Also one of three, in which the machine went wrong after the first."""
    proofs = iter([[], ["it differs"]])
    few.self_check = lambda: next(proofs)

    with pytest.raises(SelfCheckError, match="it differs"):
        few.run()

    assert {few.result(name).status for name in ("alice", "bob", "carol")} == {"not_graded"}


def test_what_a_run_that_was_cut_off_left_unproven_is_proven_by_the_next(few: Class) -> None:
    """Or distrusted: it is kept in mind on the disk, also past a power failure."""

    def away(job: Job) -> None:
        if job.source.id == "bob":
            message = "gone"
            raise EngineUnavailable(message)

    few.before = away
    with pytest.raises(EngineUnavailable):
        few.run(under_way=1)
    assert unproven.names(few.out) == ["alice", "carol"]
    assert few.result("alice").status == "graded"

    few.before, few.self_check = lambda _: None, lambda: ["it differs"]
    with pytest.raises(SelfCheckError):
        few.run()
    assert few.result("alice").status == few.result("carol").status == "not_graded"
    assert few.graded == []

    few.self_check = list
    few.run()
    assert sorted(few.graded) == ["alice", "bob"]
    assert unproven.names(few.out) == []


@pytest.mark.parametrize("stage", ["judge", "keep"])
def test_a_submission_of_which_no_result_can_be_made_takes_no_other_along(
    few: Class, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """At its first grading and at each restart, whatever a judge or a page stumbles over."""
    real_judge, real_keep = few._judge, few._keep

    def stumble(facts: SubmissionFacts) -> None:
        if facts.submission == "bob" and facts.labs[0].missing == few.observe(
            Submission("", "", {})
        ):
            message = "\udcff"
            message.encode()

    def judge(facts: SubmissionFacts) -> Graded:
        stumble(facts)
        return real_judge(facts)

    def keep(graded: Graded) -> Result:
        stumble(graded.facts)
        return real_keep(graded)

    monkeypatch.setattr(few, f"_{stage}", {"judge": judge, "keep": keep}[stage])
    for _ in range(2):
        tally = few.run().tally
        assert tally.not_graded == ["bob"]
        assert few.result("alice").status == few.result("carol").status == "graded"
    assert few.stopped == 0


def test_what_was_interrupted_is_no_mistake_of_ours(few: Class) -> None:
    """So nothing is written about it, not even where a backend ends with an error."""
    failed: list[str] = []

    def interrupt(job: Job) -> None:
        if job.source.id == "bob":
            few.cancelled.set()
            raise InterruptedError

    few.before = interrupt
    few.failed = failed.append
    few.run(under_way=1)

    assert failed == []
    assert read_kept(few.out / "bob") is None
