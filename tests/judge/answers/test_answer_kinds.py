"""Each kind of question: what is right however it is written, and what is not."""

import pytest

from grader.facts import AnswerFacts
from grader.judge.questions import judge_question
from grader.result import Status, Verdict
from tests.judge.answers.cases import CASES, Asked

RIGHT = [(name, text) for name, case in CASES.items() for text in case.right]
WRONG = [(name, text) for name, case in CASES.items() for text in case.wrong]


def verdict_on(case: Asked, text: str, *, keyed: bool = True) -> Verdict:
    """Return the verdict on an answer, with or without the key."""
    seen = AnswerFacts(text=text.strip(), sha256="", cell=3)
    return judge_question(case.question, seen, case.key if keyed else None)


@pytest.mark.parametrize(("name", "text"), RIGHT)
def test_an_honest_answer_is_right_however_it_is_written(name: str, text: str) -> None:
    """Case, spacing, units, synonyms, Unicode, Markdown: none of it costs a point."""
    assert verdict_on(CASES[name], text).status is Status.PASSED


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_a_plausible_answer_that_is_wrong_gets_nothing(name: str, text: str) -> None:
    """Nor does one that says everything at once."""
    verdict = verdict_on(CASES[name], text)

    assert verdict.status is Status.FAILED
    assert verdict.reason
    assert verdict.expected
    assert verdict.hint


@pytest.mark.parametrize(("name", "text"), RIGHT + WRONG)
def test_without_a_key_every_answer_waits(name: str, text: str) -> None:
    """And what it says does not tell right from wrong."""
    verdict = verdict_on(CASES[name], text, keyed=False)

    assert verdict.status is Status.MANUAL
    assert verdict.reason.startswith("Recorded, marked later: ")


def test_each_kind_has_its_cases() -> None:
    """Five honest variants and three wrong answers at the least; `free` is for people."""
    kinds = {case.question.kind for case in CASES.values()}

    assert kinds == {"choice", "choices", "number", "text", "order", "process-table"}
    assert all(len(case.right) >= 5 and len(case.wrong) >= 3 for case in CASES.values())
