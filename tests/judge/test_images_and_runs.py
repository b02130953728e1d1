"""Judges on facts recorded from a real run, one fact changed at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.facts import (
    BaseFacts,
    Ended,
    Fault,
    ImageFacts,
    Kill,
    LabFacts,
    NotSeen,
    PathFacts,
    Process,
    RunFacts,
    StopFacts,
)
from grader.judge.check_kinds import KINDS, judge
from grader.judge.context import JudgeContext, NotObserved
from grader.result import Status, Verdict
from grader.results.store import read_facts
from grader.spec.assignment import Assignment, Check

FACTS = Path(__file__).parent.parent / "recorded"
TERM = 1 << 14


@pytest.fixture(scope="module")
def recorded() -> LabFacts:
    """Return what was seen of the model solution."""
    return read_facts(FACTS / "model.json").labs[0]


class Case:
    """The recorded lab with some facts replaced, and the verdicts on it."""

    def __init__(self, lab: Assignment, facts: LabFacts) -> None:
        self.lab = lab
        self.facts = facts

    def run(self, name: str) -> RunFacts:
        """Return a recorded run."""
        found = self.facts.observations[name]
        assert isinstance(found, RunFacts)
        return found

    def image(self, name: str) -> ImageFacts:
        """Return a recorded image."""
        found = self.facts.images[name]
        assert isinstance(found, ImageFacts)
        return found

    def see(self, name: str, **changed: Any) -> None:
        """Replace fields of a run or, where no run is called so, of an image."""
        if name in self.facts.observations:
            self._put("observations", name, self.run(name).model_copy(update=changed))
        else:
            self._put("images", name, self.image(name).model_copy(update=changed))

    def lose(self, name: str, fault: Fault, why: str) -> None:
        """Replace an observation by why there is none."""
        field = "observations" if name in self.facts.observations else "images"
        self._put(field, name, NotSeen(fault=fault, why=why))

    def _put(self, field: str, name: str, value: object) -> None:
        entries: Mapping[str, object] = getattr(self.facts, field)
        self.facts = self.facts.model_copy(update={field: {**entries, name: value}})

    def base(self, **changed: Any) -> None:
        """Replace what was measured on every base."""
        bases: dict[str, BaseFacts] = {
            name: base.model_copy(update=changed) for name, base in self.facts.bases.items()
        }
        self.facts = self.facts.model_copy(update={"bases": bases})

    def verdict(self, check: str) -> Verdict:
        """Return the verdict on one check of the lab."""
        found = next(entry for entry in self.lab.checks if entry.id == check)
        return judge(JudgeContext(self.lab, self.facts), found)


@pytest.fixture
def case(lab: Assignment, recorded: LabFacts) -> Case:
    """Return a case of its own for a test."""
    return Case(lab, recorded)


def _init(run: RunFacts) -> Process:
    assert run.init is not None
    return run.init


def _subject(check: Check) -> str:
    """Return the image or observation that a check is about, quoted as in messages."""
    return f"'{check.params.needs()[0].of}'"


def test_what_nobody_looked_at_is_no_verdict(case: Case, lab: Assignment) -> None:
    """Facts of an older spec: a check that asks for more fails nobody, and says for what."""
    nothing = case.facts.model_copy(update={"images": {}, "observations": {}})
    for check in lab.checks:
        with pytest.raises(NotObserved, match=_subject(check)):
            judge(JudgeContext(lab, nothing), check)
    for name, found in case.facts.observations.items():
        if isinstance(found, RunFacts):
            case.see(name, stop=None, neighbour=None)
    for name in case.facts.images:
        case.see(name, paths={})
    for check in lab.checks:
        if check.kind in {"stop", "neighbours", "paths", "layer"}:
            with pytest.raises(NotObserved, match=_subject(check)):
                case.verdict(check.id)


def test_the_model_passes_every_check(case: Case, lab: Assignment) -> None:
    """As it did when the facts were recorded."""
    assert {check.id: case.verdict(check.id).status for check in lab.checks} == {
        check.id: Status.PASSED for check in lab.checks
    }


def test_every_kind_is_used_by_some_lab(labs: tuple[Assignment, ...]) -> None:
    """So every judge is tested against a real run, and no kind is there that nobody needs."""
    assert set(KINDS) == {check.kind for lab in labs for check in lab.checks}


def test_our_outage_is_an_error_and_theirs_a_failure(case: Case, lab: Assignment) -> None:
    """Whose fault it is decides, for every kind of check."""
    for fault, status in [(Fault.ENGINE, Status.ERROR), (Fault.STUDENT, Status.FAILED)]:
        for name in (*case.facts.images, *case.facts.observations):
            case.lose(name, fault, "because of the test")
        verdicts = [case.verdict(check.id) for check in lab.checks]
        assert {verdict.status for verdict in verdicts} == {status}
        assert {verdict.reason for verdict in verdicts} == {"because of the test"}


@pytest.mark.parametrize(
    ("arguments", "exact", "status", "words"),
    [
        (("hello", "this", "is", "CMD"), True, Status.PASSED, ""),
        (("hello this", "is", "CMD"), True, Status.FAILED, '"hello this"'),
        (("hello", "this", "is", "CMD"), False, Status.PASSED, ""),
        (("hello this is CMD",), True, Status.FAILED, "arrived as one word"),
        (("/bin/sh", "-c", "hello"), True, Status.FAILED, "CMD is in shell form"),
        (("/bin/sh", "-c", "['hello']"), True, Status.FAILED, "double quotes"),
        ((), True, Status.FAILED, "Nothing arrived"),
        (("x", "hello", "this", "is", "CMD"), True, Status.FAILED, "belong to ENTRYPOINT"),
    ],
)
def test_arguments_are_compared_word_by_word(
    case: Case,
    arguments: tuple[str, ...],
    exact: bool,
    status: Status,
    words: str,
) -> None:
    """With the misconception named where the pattern is known."""
    program = case.run("exec-default").program
    assert program is not None
    changed = program.model_copy(update={"arguments": arguments, "exact": exact})
    case.see("exec-default", program=changed)

    verdict = case.verdict("exec-cmd-arguments")

    assert verdict.status is status
    assert words in verdict.reason


def test_random_words_are_those_of_this_run(case: Case) -> None:
    """The words of another run are wrong."""
    assert case.verdict("exec-run-arguments").status is Status.PASSED
    case.facts = case.facts.model_copy(update={"words": {**case.facts.words, "first": "other"}})
    assert case.verdict("exec-run-arguments").status is Status.FAILED


def _stop(run: RunFacts, kills: list[tuple[int, float]], died: float, code: int) -> StopFacts:
    assert run.stop is not None
    return run.stop.model_copy(
        update={
            "kills": tuple(Kill(signal=signal, at=at) for signal, at in kills),
            "died_at": died,
            "exit_code": code,
        }
    )


@pytest.mark.parametrize(
    ("kills", "died", "code", "status", "words"),
    [
        ([(15, 1.0)], 1.05, 0, Status.PASSED, "SIGTERM reached the program"),
        ([(15, 1.0)], 4.0, 0, Status.PASSED, "3.00 s later"),
        ([(15, 1.0), (9, 11.0)], 11.1, 137, Status.FAILED, "caught SIGTERM but did not end"),
        ([(15, 1.0)], 1.05, 143, Status.FAILED, "exit code 143"),
        ([(15, 1.0)], 1.05, 137, Status.FAILED, "exit code 137"),
        ([], 1.0, 0, Status.FAILED, "nothing to stop"),
    ],
)
def test_a_handled_stop(
    case: Case, kills: list[tuple[int, float]], died: float, code: int, status: Status, words: str
) -> None:
    """One SIGTERM, exit code 0, and the handler's line."""
    run = case.run("exec-default")
    case.see("exec-default", stop=_stop(run, kills, died, code))

    verdict = case.verdict("exec-stop")

    assert verdict.status is status
    assert words in verdict.reason


def test_output_that_goes_elsewhere_proves_nothing_against_the_program(case: Case) -> None:
    """PID 1 is the program as it was given: only its own handler can have ended it with 0."""
    case.see("exec-default", log=())
    assert case.verdict("exec-stop").status is Status.PASSED


@pytest.mark.parametrize("change", [{"provided": False}, {"changed": True}, {"pid": 0}])
def test_without_the_handlers_line_somebody_else_may_have_ended_it(
    case: Case, change: dict[str, object]
) -> None:
    """Where PID 1 is not the program as it was given, its line is what shows that it heard."""
    program = case.run("exec-default").program
    assert program is not None
    case.see("exec-default", log=(), program=program.model_copy(update=change))
    verdict = case.verdict("exec-stop")
    assert verdict.status is Status.FAILED
    assert "never appeared" in verdict.reason


def test_a_handler_that_ran_in_the_middle_of_a_line_ran(case: Case) -> None:
    """The signal came between a line's text and its end: seen once in 400 honest runs."""
    log = case.run("exec-default").log
    joined = tuple(
        line.model_copy(update={"text": f"0{line.text}"}) if "SAFELY" in line.text else line
        for line in log
    )
    case.see("exec-default", log=joined)

    assert case.verdict("exec-stop").status is Status.PASSED


def test_a_program_that_ends_by_itself_was_not_stopped(case: Case) -> None:
    """Nothing handles SIGTERM, and yet it ended with 0 a while later."""
    run = case.run("exec-default")
    deaf = tuple(p.model_copy(update={"caught": 0}) for p in run.processes)
    case.see("exec-default", processes=deaf, stop=_stop(run, [(15, 1.0)], 3.7, 0))

    verdict = case.verdict("exec-stop")

    assert verdict.status is Status.FAILED
    assert "ended by itself" in verdict.reason


@pytest.mark.parametrize(
    ("mask", "words"),
    [({"caught": 0}, "has no handler"), ({"caught": 0, "ignored": TERM}, "ignores SIGTERM")],
)
def test_a_killed_container_says_why_sigterm_did_nothing(
    case: Case, mask: dict[str, int], words: str
) -> None:
    """From PID 1's signal masks."""
    run = case.run("exec-default")
    deaf = tuple(p.model_copy(update=mask) for p in run.processes)
    stop = _stop(run, [(15, 1.0), (9, 3.0)], 3.1, 137)
    case.see("exec-default", processes=deaf, stop=stop)

    verdict = case.verdict("exec-stop")

    assert verdict.status is Status.FAILED
    assert words in verdict.reason


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGINT", "SIGUSR1", "9", "34"])
def test_another_stop_signal_is_a_mistake_in_either_direction(case: Case, signal: str) -> None:
    """It is reported, not obeyed: the container was sent SIGTERM all the same."""
    for image, check in [("exec", "exec-stop"), ("shell", "shell-stop")]:
        case.see(image, stop_signal=signal)
        verdict = case.verdict(check)
        assert verdict.status is Status.FAILED
        assert f"STOPSIGNAL {signal}" in verdict.reason


def test_memory_is_named_where_it_was_the_cause(case: Case) -> None:
    """An OOM kill looks like a SIGKILL by its exit code."""
    run = case.run("exec-default")
    stop = _stop(run, [(15, 1.0)], 1.1, 137).model_copy(update={"oom_killed": True})
    case.see("exec-default", stop=stop)

    assert "more memory than it may" in case.verdict("exec-stop").reason


def test_shell_form_that_stops_has_missed_the_lesson(case: Case) -> None:
    """SIGTERM was to have no effect there."""
    run = case.run("shell-words")
    case.see("shell-words", stop=_stop(run, [(15, 1.0)], 1.1, 0))

    assert "did have an effect" in case.verdict("shell-stop").reason


def test_on_a_base_whose_shell_execs_the_right_answer_is_the_other_one(case: Case) -> None:
    """Judged against what was measured, and the reason says so."""
    case.base(shell_stays=False, shell_exe="")
    assert case.verdict("shell-pid1").status is Status.FAILED
    assert case.verdict("shell-stop").status is Status.FAILED

    fixed = case.run("fixed-default")
    program = fixed.program
    case.see(
        "shell-words",
        processes=fixed.processes,
        program=program,
        stop=fixed.stop,
        init_pid=fixed.init_pid,
        log=fixed.log,
    )
    for check in ("shell-pid1", "shell-stop"):
        verdict = case.verdict(check)
        assert verdict.status is Status.PASSED
        assert "replaces itself with the program" in verdict.reason


def test_pid_1_is_told_by_what_the_kernel_runs(case: Case) -> None:
    """A name in argv is only a claim."""
    shell = case.run("shell-words")
    case.see(
        "exec-default", processes=shell.processes, program=shell.program, init_pid=shell.init_pid
    )

    verdict = case.verdict("exec-pid1")

    assert verdict.status is Status.FAILED
    assert "dash" in verdict.reason
    assert "only its child" in verdict.reason


def test_another_shell_than_the_bases_is_not_the_lesson(case: Case) -> None:
    """PID 1 has to be the base's own shell."""
    run = case.run("shell-words")
    other = _init(run).model_copy(update={"exe": "/usr/bin/zsh"})
    case.see("shell-words", processes=(other, *run.processes[1:]))

    assert "not the base image's shell" in case.verdict("shell-pid1").reason


def test_a_strange_interpreter_is_flagged_and_keeps_its_points(case: Case) -> None:
    """Evidence, not accusation."""
    run = case.run("exec-default")
    strange = _init(run).model_copy(update={"exe_sha256": "0" * 64})
    case.see("exec-default", processes=(strange,))
    case.see("exec", env={**case.image("exec").env, "LD_PRELOAD": "/x.so"}, shadows=("signal.py",))

    verdict = case.verdict("exec-runs")

    assert verdict.status is Status.PASSED
    assert len(verdict.flags) == 3
    assert any("not the base image's python3" in flag for flag in verdict.flags)


@pytest.mark.parametrize(
    ("volume", "flagged"),
    [
        ("/usr/src/app", True),
        ("/usr/src/", True),
        ("/", True),
        ("usr/src", True),
        ("/usr/src/app/data", False),
        ("/usr/src/application", False),
    ],
)
def test_a_volume_over_the_program_is_flagged(case: Case, volume: str, flagged: bool) -> None:
    """What a container writes into a volume is in no list of its changes."""
    case.see("exec", volumes=(volume,), workdir="/usr/src/app")

    verdict = case.verdict("exec-runs")

    assert verdict.status is Status.PASSED
    assert any("covers the program's folder" in flag for flag in verdict.flags) == flagged


def test_what_was_put_among_pythons_libraries_is_flagged(case: Case) -> None:
    """In the image, or by the container itself."""
    case.see("exec", libraries=("/usr/lib/python3.11",))
    case.see("exec-default", libraries=("/usr/lib/python3/dist-packages/a.pth",))

    (flag,) = case.verdict("exec-runs").flags

    assert "/usr/lib/python3.11, /usr/lib/python3/dist-packages/a.pth" in flag


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"provided": False}, "is not the main.py you were given"),
        (None, "No Python in the container runs main.py"),
    ],
)
def test_only_the_provided_program_counts(
    case: Case, changed: dict[str, bool] | None, words: str
) -> None:
    """Behaviour of another program earns nothing."""
    program = case.run("exec-default").program
    assert program is not None
    case.see("exec-default", program=program.model_copy(update=changed) if changed else None)

    verdict = case.verdict("exec-runs")

    assert verdict.status is Status.FAILED
    assert words in verdict.reason


def test_a_container_that_ended_says_how_and_what_it_said_last(case: Case) -> None:
    """Exit code and last line."""
    ended = Ended(exit_code=2, oom_killed=False, error="", after=0.1)
    case.see("exec-default", processes=(), program=None, ended=ended, stop=None)

    verdict = case.verdict("exec-runs")

    assert "exit code 2" in verdict.reason
    assert "its last line was" in verdict.reason


@pytest.mark.parametrize(
    ("path", "found", "words"),
    [
        ("packed/assets.tar.gz", None, "There is no packed/assets.tar.gz"),
        ("packed/assets.tar.gz", PathFacts(type="directory", size=0), "a directory, not the"),
        ("packed/assets.tar.gz", PathFacts(type="file", size=1, sha256="0"), "something else"),
    ],
)
def test_a_copied_file_has_to_be_the_provided_one(
    case: Case, path: str, found: PathFacts | None, words: str
) -> None:
    """By its digest, not by its name."""
    case.see("instructions", paths={path: found})

    assert words in case.verdict("copy-keeps").reason


def test_a_layer_is_told_by_the_step_that_first_holds_the_file(case: Case) -> None:
    """Not by the words of the Dockerfile."""
    steps = case.image("instructions").steps
    moved = tuple(
        step.model_copy(update={"makes": ("built.txt",) if "COPY" in step.created_by else ()})
        for step in steps
    )
    case.see("instructions", steps=moved)

    assert "made by COPY" in case.verdict("run-layer").reason


def test_an_engine_without_intermediate_images_still_judges_layers(case: Case) -> None:
    """By the order of steps, as far as it goes."""
    bare = tuple(
        step.model_copy(update={"id": None, "makes": ()})
        for step in case.image("instructions").steps
    )
    case.see("instructions", steps=bare)

    assert case.verdict("run-layer").status is Status.PASSED
