"""Judges of requests, logs and files on facts recorded from labs 01 and 07, one of them changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.facts import Fault, LogLine, NotSeen
from grader.facts.scenes import Answer, Content, Counted, Missing, Started
from grader.result import Status
from grader.results.store import read_facts
from grader.spec.assignment import Assignment
from tests.judge.test_scenes import Case

FACTS = Path(__file__).parent.parent / "recorded"
PASSED, FAILED = Status.PASSED, Status.FAILED
SHOP, FINAL = "01-microservices", "07-final-lab"

MakeCase = Callable[[str], Case]


@pytest.fixture
def case(labs: tuple[Assignment, ...]) -> MakeCase:
    """Return a function that makes a case of a recorded lab."""
    by_id = {lab.id: lab for lab in labs}
    return lambda name: Case(by_id[name], read_facts(FACTS / f"{name}.json").labs[0])


@pytest.mark.parametrize("name", [SHOP, FINAL])
def test_the_model_passes_every_check_that_is_not_a_question(case: MakeCase, name: str) -> None:
    """As it did when the facts were recorded."""
    lab = case(name)
    statuses = {check.id: lab.verdict(check.id).status for check in lab.lab.checks}

    assert {i for i, s in statuses.items() if s not in {PASSED, Status.MANUAL}} == set()


# --- refuses ---------------------------------------------------------------------------------


def _answer(status: int, body: str, error: str = "", peer: str = "10.0.0.2") -> Answer:
    return Answer(status=status, body=body, peer=peer, error=error, seconds=0.1)


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (_answer(502, "no orders"), PASSED, "502: no orders"),
        (_answer(500, "bad"), PASSED, "500"),
        (_answer(404, "none"), FAILED, "and not with 500 or more: 404: none"),
        (_answer(499, "bad"), FAILED, "as if whoever asked had made a mistake"),
        (_answer(0, "", "RemoteDisconnected: closed"), PASSED, "no answer"),
        (_answer(0, "", "TimeoutError: timed out", peer=""), PASSED, "no answer"),
        (_answer(200, "0 orders"), FAILED, "as if nothing had happened: 200: 0 orders"),
        (_answer(399, "moved"), FAILED, "as if nothing had happened"),
        (_answer(502, "still WORD"), FAILED, "which it cannot know"),
        (_answer(200, "WORD", "IncompleteRead: 3 bytes"), FAILED, "which it cannot know"),
    ],
)
def test_a_refusal_is_an_error_without_data(
    case: MakeCase, answer: Answer, status: Status, words: str
) -> None:
    """No answer is one as well: the service may have ended over it."""
    shop = case(SHOP)
    body = answer.body.replace("WORD", shop.word("shared"))
    shop.see("scaled", "orphaned", answers=(answer.model_copy(update={"body": body}),))

    verdict = shop.verdict("reports-keeps-nothing")

    assert verdict.status is status
    assert words in verdict.reason


def test_each_of_several_refusals_counts(case: MakeCase) -> None:
    """One answer out of a copy gives it away."""
    shop = case(SHOP)
    shop.see("scaled", "orphaned", answers=(_answer(502, ""), _answer(200, "[]")))

    assert shop.verdict("reports-keeps-nothing").status is FAILED


# --- who was asked ---------------------------------------------------------------------------


def test_a_missing_answer_is_told_with_how_they_were_doing(case: MakeCase) -> None:
    """The words of the container behind the name, where nothing came back."""
    shop = case(SHOP)
    asked = "reports had ended: exit code 1, its last line was: ImportError."
    gone = _answer(0, "", "ConnectionRefusedError: refused", peer="")
    shop.see("apart", "early", answers=(gone,), asked=asked)

    verdict = shop.verdict("reports-answers")

    assert verdict.status is FAILED
    assert verdict.reason.endswith(asked)
    assert "reports:8000 did not answer: ConnectionRefusedError: refused." in verdict.reason


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (_answer(201, ""), "200: {}"),
        (_answer(501, "Unsupported method"), "answered with status 501: Unsupported method"),
        (_answer(0, "", "ConnectionResetError: reset"), "did not answer: ConnectionResetError"),
    ],
)
def test_what_is_missing_is_told_with_how_it_was_taken(
    case: MakeCase, taken: Answer, words: str
) -> None:
    """An order that was refused cannot be listed: the cause comes with what follows from it."""
    shop = case(SHOP)
    shop.see("alone", "add", answers=(taken,))
    shop.see("alone", "listed", answers=(_answer(200, "{}"),))

    verdict = shop.verdict("orders-answers")

    assert verdict.status is FAILED
    assert "does not hold" in verdict.reason
    assert words in verdict.reason
    assert ("When that was sent" in verdict.reason) is (taken.status != 201)


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (_answer(500, "oops"), "When that was sent, orders:8000 answered with status 500: oops"),
        (_answer(303, ""), "answered with status 303"),
        (_answer(0, "", "TimeoutError: timed out"), "did not answer: TimeoutError"),
    ],
)
def test_an_order_that_was_kept_has_to_be_answered_so(
    case: MakeCase, taken: Answer, words: str
) -> None:
    """Who was told that it went wrong sends it again."""
    shop = case(SHOP)
    shop.see("alone", "add", answers=(taken,))

    verdict = shop.verdict("orders-answers")

    assert verdict.status is FAILED
    assert words in verdict.reason


def test_an_answer_without_an_end_is_told_from_none(case: MakeCase) -> None:
    """What came of it is shown, and how an end is made."""
    shop = case(SHOP)
    endless = _answer(200, '{"orders": []}', "TimeoutError: timed out")
    shop.see("alone", "listed", answers=(endless,))

    verdict = shop.verdict("orders-answers")
    reason = verdict.reason

    assert verdict.actual == "200, without an end"
    assert 'answered with status 200, sent «{"orders": []}», and then no end' in reason
    assert "Content-Length" in reason


def test_what_is_no_http_is_said_to_be_none(case: MakeCase) -> None:
    """As of a server that forgets the status line."""
    shop = case(SHOP)
    shop.see("alone", "listed", answers=(_answer(0, "", 'BadStatusLine: {"orders": []}'),))

    reason = shop.verdict("orders-answers").reason

    assert 'sent something that is no HTTP: BadStatusLine: {"orders": []}.' in reason


def test_why_a_container_was_never_started_is_said_where_it_does_not_answer(
    case: MakeCase,
) -> None:
    """That nobody knows its name is only what comes of it."""
    shop = case(SHOP)
    why = 'The container could not be started (exit 127): exec: "orders.py": not found.'
    shop.put("alone", "orders", Missing(why=NotSeen(fault=Fault.STUDENT, why=why)))
    shop.see("alone", "listed", answers=(_answer(0, "", "gaierror: not known", peer=""),))

    reason = shop.verdict("orders-answers").reason

    assert reason == f"orders:8000 did not answer: gaierror: not known. {why}"


# --- logged ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "times", "words"),
    [
        ("of-second", 0, "has 0 lines with"),
        ("of-second", 2, "has 2 lines with"),
        ("in-all", 4, "has 4 lines with «request»"),
        ("in-all", 2, "not 3"),
    ],
)
def test_a_log_has_so_many_lines(case: MakeCase, step: str, times: int, words: str) -> None:
    """Not one more and not one less, by each of the counting steps."""
    final = case(FINAL)
    final.see("runs", step, times=times)

    verdict = final.verdict("one-request")

    assert verdict.status is FAILED
    assert words in verdict.reason


def test_the_lines_that_were_counted_are_shown(case: MakeCase) -> None:
    """The first of them; the log also has lines that were not counted."""
    final = case(FINAL)
    line = final.word("first")
    found = (f"request {line} one", f"request {line} two")
    final.see("runs", "of-first", times=3, found=found)

    reason = final.verdict("one-request").reason

    assert reason.endswith(f", not 1: «request {line} one», «request {line} two», …")


def test_a_log_that_could_not_be_read_is_judged_by_whose_fault_it_is(case: MakeCase) -> None:
    """Of any of the counting steps."""
    for fault, status in ((Fault.STUDENT, FAILED), (Fault.ENGINE, Status.ERROR)):
        final = case(FINAL)
        final.put("runs", "of-third", Missing(why=NotSeen(fault=fault, why="because")))

        assert final.verdict("one-request").status is status


# --- files against what was printed and logged -----------------------------------------------


def _lines(final: Case) -> tuple[str, ...]:
    seen = final.step("runs", "file")
    assert isinstance(seen, Content)
    assert seen.lines is not None
    return seen.lines


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:2], "has 2 lines after 3 runs"),
        (lambda lines: lines[:1], "has 1 line after 3 runs"),
        (lambda lines: (*lines, lines[0]), "has 4 lines after 3 runs"),
        (lambda lines: (lines[1], lines[0], lines[2]), "is not what first printed"),
        (lambda lines: (*lines[:2], "{}"), "is not what third printed"),
        (lambda lines: (f"  {lines[0]} ", *lines[1:]), ""),
        (lambda _: None, "There is no file answers.txt"),
    ],
)
def test_a_file_holds_what_each_run_printed(case: MakeCase, change: Any, words: str) -> None:
    """In the order of the runs; blanks at the ends of a line do not matter."""
    final = case(FINAL)
    final.see("runs", "file", lines=change(_lines(final)))

    verdict = final.verdict("three-lines")

    assert verdict.status is (FAILED if words else PASSED)
    assert words in verdict.reason


def test_what_was_printed_and_kept_has_to_have_been_answered(case: MakeCase) -> None:
    """A client that makes its answer up agrees with itself, and not with the service's log."""
    final = case(FINAL)
    made_up = '{"latency": 1}'
    final.see("runs", "file", lines=(made_up, *_lines(final)[1:]))
    ran = final.step("runs", "first")
    assert isinstance(ran, Started)
    final.see("runs", "first", log=(LogLine(at=0.1, text=made_up),))

    verdict = final.verdict("three-lines")

    assert verdict.status is FAILED
    assert "is nothing that was answered" in verdict.reason


def test_a_line_stands_at_the_end_of_one_in_the_log(case: MakeCase) -> None:
    """Not somewhere in it: what a client sent is in the log too."""
    final = case(FINAL)
    counted = final.step("runs", "in-all")
    assert isinstance(counted, Counted)
    log = tuple(row.model_copy(update={"text": f"{row.text} and more"}) for row in counted.log)
    final.see("runs", "in-all", log=log)

    assert final.verdict("three-lines").status is FAILED


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "after 3 runs."), (1, "The run second ended with exit code 1. ")],
)
def test_a_line_too_few_is_told_with_the_run_that_failed(
    case: MakeCase, code: int, words: str
) -> None:
    """Where one did; its last words say why."""
    final = case(FINAL)
    final.see("runs", "file", lines=_lines(final)[:1])
    final.see("runs", "second", exit_code=code)

    assert words in final.verdict("three-lines").reason


def test_a_run_that_never_was_printed_nothing(case: MakeCase) -> None:
    """Said in its own words."""
    final = case(FINAL)
    why = NotSeen(fault=Fault.STUDENT, why="the second could not be started")
    final.put("runs", "second", Missing(why=why))

    assert "the second could not be started" in final.verdict("three-lines").reason


def test_nothing_is_kept_of_a_failure(case: MakeCase) -> None:
    """No file and an empty one are the same."""
    for lines, status in ((None, PASSED), ((), PASSED), (("late",), FAILED)):
        final = case(FINAL)
        final.see("failing", "file", lines=lines)

        assert final.verdict("nothing-kept").status is status


# --- answers: line ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("WORD\n", PASSED, "answered WORD"),
        ("WORD\r\n", PASSED, "answered WORD"),
        ("WORD", PASSED, "answered WORD"),
        ('{"PATH": "/bin", "ANSWER": "WORD"}\n', FAILED, "is more than the line"),
        ("WORD\nHOSTNAME=0\n", FAILED, "is more than the line"),
        ("hello\n", FAILED, "is something else than the line"),
    ],
)
def test_an_answer_is_one_line_where_one_is_asked_for(
    case: MakeCase, body: str, status: Status, words: str
) -> None:
    """A whole environment has the word in it somewhere."""
    networks = case("06-networks")
    networks.see(
        "own", "answer", answers=(_answer(0, body.replace("WORD", networks.word("named"))),)
    )

    verdict = networks.verdict("server-answers")

    assert verdict.status is status
    assert words.replace("WORD", networks.word("named")) in verdict.reason
