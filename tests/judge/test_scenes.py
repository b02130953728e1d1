"""Judges of scenes on facts recorded from a real run of the volumes lab, one of them changed."""

from pathlib import Path
from typing import Any

import pytest

from grader.facts import Fault, ImageFacts, LabFacts, LogLine, NotSeen
from grader.facts.runs import Kill
from grader.facts.scenes import (
    Answer,
    Answered,
    Content,
    Missing,
    Said,
    SceneFacts,
    Started,
    StepFacts,
    Stopped,
)
from grader.judge import contents, images, requests, scenes
from grader.judge.check_kinds import ROWS, judge
from grader.judge.context import JudgeContext, NotObserved
from grader.judge.score import score_lab
from grader.result import Status, Verdict
from grader.results.store import read_facts
from grader.spec.assignment import Assignment, Params

LAB = "05-volumes"
RECORDED = read_facts(Path(__file__).parent.parent / "recorded" / f"{LAB}.json").labs[0]
PASSED, FAILED = Status.PASSED, Status.FAILED


class Case:
    """The recorded lab with some steps replaced, and the verdicts on it."""

    def __init__(self, lab: Assignment, facts: LabFacts = RECORDED) -> None:
        self.lab = lab
        self.facts = facts

    @property
    def context(self) -> JudgeContext:
        """Return what a judge is given."""
        return JudgeContext(self.lab, self.facts)

    def word(self, name: str) -> str:
        """Return a random word of the recorded run."""
        return self.facts.words[name]

    def step(self, of: str, step: str) -> StepFacts:
        """Return what a step saw."""
        return _scene_facts(self.facts, of).steps[step]

    def put(self, of: str, step: str, facts: StepFacts) -> None:
        """Let a step have seen something else."""
        steps = {**_scene_facts(self.facts, of).steps, step: facts}
        observations = {**self.facts.observations, of: SceneFacts(steps=steps)}
        self.facts = self.facts.model_copy(update={"observations": observations})

    def see(self, of: str, step: str, **changed: Any) -> None:
        """Replace fields of what a step saw."""
        self.put(of, step, self.step(of, step).model_copy(update=changed))

    def verdict(self, check: str) -> Verdict:
        """Return the verdict on one check of the lab."""
        found = next(entry for entry in self.lab.checks if entry.id == check)
        return judge(self.context, found)

    def of(self, kind: str, params: Params) -> Verdict:
        """Return the verdict on a check that the lab does not have."""
        return ROWS[kind].verdict(self.context, params)


def _scene_facts(facts: LabFacts, of: str) -> SceneFacts:
    found = facts.observations[of]
    assert isinstance(found, SceneFacts)
    return found


def _log(*texts: str) -> tuple[LogLine, ...]:
    return tuple(LogLine(at=0.1, text=text) for text in texts)


@pytest.fixture
def case(labs: tuple[Assignment, ...]) -> Case:
    """Return a case of its own for a test."""
    return Case(next(lab for lab in labs if lab.id == LAB))


def test_the_model_passes_every_check(case: Case) -> None:
    """As it did when the facts were recorded."""
    assert {check.id: case.verdict(check.id).status for check in case.lab.checks} == {
        check.id: PASSED for check in case.lab.checks
    }


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.STUDENT, FAILED), (Fault.ENGINE, Status.ERROR)]
)
def test_a_step_that_could_not_be_done_is_judged_by_whose_fault_it_is(
    case: Case, fault: Fault, status: Status
) -> None:
    """With the reason that the step gave."""
    why = NotSeen(fault=fault, why="because of the test", hint="try again")
    for of, step, check in [
        ("new", "container-1", "starts"),
        ("new", "file", "initial-content"),
        ("sharing", "followed", "sharing"),
        ("sharing", "end", "stops"),
    ]:
        case.put(of, step, Missing(why=why))
        verdict = case.verdict(check)

        assert (verdict.status, verdict.reason) == (status, "because of the test")
        assert verdict.hint == "try again"


def test_a_scene_that_was_never_played_fails_all_of_its_checks(case: Case) -> None:
    """An image that could not be built leaves nothing to play it with."""
    lost = NotSeen(fault=Fault.STUDENT, why="it was not built")
    observations = dict.fromkeys(case.facts.observations, lost)
    case.facts = case.facts.model_copy(update={"observations": observations})

    found = {case.verdict(check.id).reason for check in case.lab.checks[2:]}

    assert found == {"it was not built"}


@pytest.mark.parametrize(
    ("of", "step", "words"),
    [
        ("new", "file", "something else"),
        ("new", "nothing", "had no step 'nothing'"),
        ("newer", "file", "'newer' was not made"),
    ],
)
def test_what_these_facts_do_not_hold_is_no_verdict(
    case: Case, of: str, step: str, words: str
) -> None:
    """No student loses a point for what nobody looked at: it is an exception."""
    with pytest.raises(NotObserved, match=words):
        case.of("starts", scenes.Starts(of=of, step=step))


def test_a_line_that_never_came_is_told_with_the_last_words(case: Case) -> None:
    """And with whether the container was still there."""
    case.see("sharing", "followed", after=None, running=False, log=_log("reading", "bye"))

    verdict = case.verdict("sharing")

    assert verdict.status is FAILED
    assert "the container had ended" in verdict.reason
    assert verdict.reason.endswith("The last it printed was: bye")
    assert verdict.actual == "never printed"


@pytest.mark.parametrize(
    ("step", "check", "line"),
    [("refused", "cannot-write", "Cannot write to it"), ("end", "stops", "Terminating")],
)
def test_a_line_in_other_capitals_is_shown(case: Case, step: str, check: str, line: str) -> None:
    """The last words are of no help where the right ones were almost there."""
    case.see("readonly" if step == "refused" else "sharing", step, log=_log(line, "bye"))
    if step == "refused":
        case.see("readonly", step, after=None)

    assert case.verdict(check).reason.endswith(f"It printed «{line}», but capitals count.")


@pytest.mark.parametrize(("after", "status"), [(1.99, PASSED), (2.01, FAILED)])
def test_a_line_has_its_time(case: Case, after: float, status: Status) -> None:
    """The check says how long it may take."""
    case.see("sharing", "followed", after=after)

    assert case.verdict("sharing").status is status


def test_a_complaint_that_is_printed_everywhere_is_worth_nothing(case: Case) -> None:
    """It has to be missing where there is nothing to complain about."""
    case.see("readonly", "wrote", log=_log("cannot write to it", "reading"))

    verdict = case.verdict("cannot-write")

    assert (verdict.status, verdict.actual) == (FAILED, "always printed")
    assert "writing-container printed «cannot write» as well" in verdict.reason


def test_whom_it_is_compared_with_has_to_be_seen(case: Case) -> None:
    """Otherwise the reason is that of the other step."""
    why = NotSeen(fault=Fault.STUDENT, why="there is no writer")
    case.put("readonly", "wrote", Missing(why=why))

    assert case.verdict("cannot-write").reason == "there is no writer"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kills": ()}, "ended by itself"),
        ({"kills": (Kill(signal=15, at=1.0), Kill(signal=9, at=11.0))}, "had to be killed"),
        ({"exit_code": 143}, "exit code 143"),
        ({"kills": (Kill(signal=15, at=1.0),), "died_at": 3.5}, "took 2.5 s"),
    ],
)
def test_a_stop_has_to_be_prompt_and_with_zero(
    case: Case, changed: dict[str, Any], words: str
) -> None:
    """The signals and the exit code are the engine's own records."""
    end = case.step("sharing", "end")
    assert isinstance(end, Stopped)
    case.see("sharing", "end", stop=end.stop.model_copy(update=changed))

    verdict = case.verdict("stops")

    assert verdict.status is FAILED
    assert words in verdict.reason


@pytest.mark.parametrize(("until", "status"), [(None, PASSED), (5.4, PASSED), (5.5, FAILED)])
def test_the_word_of_a_stop_comes_with_the_stop(
    case: Case, until: float | None, status: Status
) -> None:
    """What was printed before nobody's signal has caused."""
    case.see("sharing", "end", printed_until=until)

    assert case.verdict("stops").status is status


def test_a_stop_without_its_word_says_what_was_printed_instead(case: Case) -> None:
    """The word decides last: what the signal did comes first."""
    case.see("sharing", "end", log=_log("reading", "good bye"))

    verdict = case.verdict("stops")

    assert verdict.status is FAILED
    assert "never printed «terminating»" in verdict.reason
    assert "good bye" in verdict.reason


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["first line", "OWN", "AGAIN"], PASSED),
        (["OWN", "AGAIN"], PASSED),
        (["AGAIN"], FAILED),
        ([], FAILED),
        (None, FAILED),
    ],
)
def test_a_file_holds_what_was_appended(
    case: Case, lines: list[str] | None, status: Status
) -> None:
    """Each container its own line."""
    words = {"OWN": case.word("own"), "AGAIN": case.word("again")}
    written = None if lines is None else tuple(words.get(line, line) for line in lines)
    case.put("adding", "twice", Content(path="save_file", lines=written))

    assert case.verdict("add-line").status is status


@pytest.mark.parametrize("lines", [("first line",), None])
def test_what_was_not_written_is_told_with_how_they_were_doing(
    case: Case, lines: tuple[str, ...] | None
) -> None:
    """A script that ended over a mistake wrote nothing; its last words say which."""
    asked = "container-2 had ended: exit code 2, its last line was: Syntax error."
    case.put("adding", "twice", Content(path="save_file", lines=lines, asked=asked))

    assert case.verdict("add-line").reason.endswith(f". {asked}")


def test_what_is_lost_must_not_be_there(case: Case) -> None:
    """`lacks` names what was found all the same."""
    case.see("alone", "file", lines=("first line", case.word("own")))

    verdict = case.verdict("lost")

    assert verdict.status is FAILED
    assert f'it holds ["{case.word("own")}"], which it should not' in verdict.reason


@pytest.mark.parametrize(
    ("lines", "want", "status"),
    [
        (("a", "b"), {"lines": ("a", "b")}, PASSED),
        (("b", "a"), {"lines": ("a", "b")}, FAILED),
        (None, {"absent": True}, PASSED),
        ((), {"absent": True}, PASSED),
        (("a",), {"absent": True}, FAILED),
        (("reading ../data/save_file",), {"printed_by": ("container-1",)}, PASSED),
        (("something else",), {"printed_by": ("container-1",)}, FAILED),
        (("one", "two"), {"printed_by": ("container-1",)}, FAILED),
    ],
)
def test_a_file_can_be_asked_for_in_other_ways(
    case: Case, lines: tuple[str, ...] | None, want: dict[str, Any], status: Status
) -> None:
    """All of its lines, none at all, or those that containers printed."""
    case.put("sharing", "file", Content(path="save_file", lines=lines))
    wanted = contents.Holds(of="sharing", step="file", **want)

    assert case.of("holds", wanted).status is status


@pytest.mark.parametrize(
    ("volumes", "status"),
    [
        (("/usr/src/data",), PASSED),
        (("/usr/src/data/", "/var/more"), PASSED),
        (("/usr/src",), FAILED),
        ((), FAILED),
    ],
)
def test_a_declared_volume_is_the_configurations(
    case: Case, volumes: tuple[str, ...], status: Status
) -> None:
    """A slash at the end makes no difference."""
    image = case.facts.images["demo"]
    assert isinstance(image, ImageFacts)
    changed = image.model_copy(update={"volumes": volumes})
    case.facts = case.facts.model_copy(update={"images": {"demo": changed}})

    assert case.verdict("declared").status is status


def test_a_declared_port_is_one_of_tcp(case: Case) -> None:
    """Docker writes it with its protocol."""
    image = case.facts.images["demo"]
    assert isinstance(image, ImageFacts)
    changed = image.model_copy(update={"ports": ("1234/tcp", "53/udp")})
    case.facts = case.facts.model_copy(update={"images": {"demo": changed}})

    for port, status in [(1234, PASSED), (53, FAILED)]:
        want = images.Declares(image="demo", port=port)
        assert case.of("declares", want).status is status


@pytest.mark.parametrize(("running", "ends"), [(True, FAILED), (False, PASSED)])
def test_a_container_runs_or_ends(case: Case, *, running: bool, ends: Status) -> None:
    """One that still runs did not end; to start it is enough to have been there."""
    case.see("new", "container-1", running=running, exit_code=None if running else 0)

    assert case.of("ends", scenes.Ends(of="new", step="container-1")).status is ends
    assert case.verdict("starts").status is PASSED


@pytest.mark.parametrize(
    ("want", "words"),
    [
        ({"code": 3, "says": ("bad",)}, ""),
        ({"code": "nonzero", "lacks": ("good",)}, ""),
        ({"code": "any"}, ""),
        ({"code": 0}, "exit code 3"),
        ({"code": 3, "says": ("good",)}, "never printed"),
        ({"code": 3, "lacks": ("bad",)}, "should not"),
    ],
)
def test_an_end_has_a_code_and_words(case: Case, want: dict[str, Any], words: str) -> None:
    """Each of them decides."""
    case.see("new", "container-1", running=False, exit_code=3, log=_log("a bad end"))

    verdict = case.of("ends", scenes.Ends(of="new", step="container-1", **want))

    assert verdict.status is (FAILED if words else PASSED)
    assert words in verdict.reason


@pytest.mark.parametrize(("first", "second", "words"), [(1, 2, ""), (0, 1, "It"), (1, 0, "In the")])
def test_several_ends_are_all_judged(case: Case, first: int, second: int, words: str) -> None:
    """The run that is to blame is named where it is not the first."""
    case.see("new", "container-1", running=False, exit_code=first)
    case.put("new", "other", case.step("new", "container-1"))
    case.see("new", "other", exit_code=second)
    want = scenes.Ends(of="new", step="container-1", also=("other",), code="nonzero")

    verdict = case.of("ends", want)

    assert verdict.status is (FAILED if words else PASSED)
    assert not words or verdict.reason.startswith(words)


def _answer(
    body: str = "", *, status: int = 200, peer: str = "10.0.0.2", error: str = ""
) -> Answer:
    return Answer(status=status, body=body, peer=peer, error=error, seconds=0.1)


@pytest.mark.parametrize(
    ("answers", "answered", "silent"),
    [
        ((_answer("hello"),), PASSED, FAILED),
        ((_answer("hello"), _answer("hello", status=500)), FAILED, FAILED),
        ((_answer("something else"),), FAILED, FAILED),
        ((_answer("hello", status=404),), FAILED, FAILED),
        ((_answer(status=0, peer="", error="refused"),), FAILED, PASSED),
        ((_answer(status=0, error="timed out"),), FAILED, PASSED),
    ],
)
def test_every_answer_counts(
    case: Case, answers: tuple[Answer, ...], answered: Status, silent: Status
) -> None:
    """One wrong one among many is enough, and silence is the opposite of any."""
    case.put("new", "asked", Answered(source="net", to="web:80", answers=answers))
    want = requests.Answers(of="new", step="asked", contains=("hello",))

    assert case.of("answers", want).status is answered
    quiet = case.of("silent", requests.Silent(of="new", step="asked"))
    assert quiet.status is silent


@pytest.mark.parametrize(
    ("peers", "status"),
    [(("1", "2", "1"), PASSED), (("1", "1", "1"), FAILED), (("1", ""), FAILED)],
)
def test_a_spread_counts_who_answered(case: Case, peers: tuple[str, ...], status: Status) -> None:
    """Those who did not are nobody."""
    answers = tuple(_answer("x", peer=peer, error="" if peer else "refused") for peer in peers)
    case.put("new", "asked", Answered(source="net", to="web:80", answers=answers))

    verdict = case.of("spread", requests.Spread(of="new", step="asked", over=2))

    assert verdict.status is status


def test_one_mistake_is_explained_once(case: Case) -> None:
    """A container that does not start fails one check; what it makes impossible is skipped."""
    why = Missing(why=NotSeen(fault=Fault.STUDENT, why="permission denied"))
    for of, facts in case.facts.observations.items():
        assert isinstance(facts, SceneFacts)
        for step, seen in facts.steps.items():
            if isinstance(seen, Said | Started | Stopped):
                case.put(of, step, why)

    results = score_lab(case.lab, case.facts).checks

    assert [result.id for result in results if result.status is FAILED] == ["starts"]
    assert {result.after for result in results if result.status is Status.SKIPPED} == {"starts"}
