"""The verdict on one question: recorded and marked later, or judged with a key.

Students read it, so nothing of the key is in it.
"""

from grader.core.text import shorten
from grader.facts import AnswerFacts, NotSeen
from grader.judge.answers.answer_kinds import ROWS, Unread
from grader.judge.outcome import failed, not_seen, passed
from grader.result import Status, Verdict
from grader.spec.keys import KeyAnswer
from grader.spec.questions import FREE, Question

NO_ANSWER = "no answer"
_LONGEST = 2000
_SHOWN = 200


def judge_question(
    question: Question, seen: AnswerFacts | NotSeen | None, key: KeyAnswer | None
) -> Verdict:
    """Return the verdict on one answer.

    `seen` is None where the facts are older than the question; without a key, and for a free
    answer, the verdict is `manual`.
    """
    if seen is None:
        reason = "The facts of this grading are older than the question. Grade the work again."
        return Verdict(status=Status.MANUAL, reason=reason, actual="not looked at")
    if isinstance(seen, NotSeen):
        return not_seen(seen, "an answer in the question's own cell")
    if not seen.text:
        return failed(
            f"Not answered: the cell of '{question.id}' in answers.ipynb is as it was handed out.",
            actual=NO_ANSWER,
            hint="Open answers.ipynb, write your answer below the question, and save it.",
        ).verdict(_expected(question))
    verdict = _judged(question, seen.text, key)
    reason = " ".join((verdict.reason, *(f"Note: {note}." for note in seen.notes)))
    return verdict.model_copy(update={"reason": reason, "flags": seen.flags})


def _expected(question: Question) -> str:
    if question.kind == FREE:
        return "an answer in your own words"
    return ROWS[question.kind].expected(question)


def _judged(question: Question, text: str, key: KeyAnswer | None) -> Verdict:
    shown = shorten(text, _SHOWN)
    if question.kind == FREE:
        return _recorded(f"Recorded, marked by a person later: {shown}", shown)
    row = ROWS[question.kind]
    expected = row.expected(question)
    if len(text) > _LONGEST and question.kind != "process-table":
        read: object = Unread(f"it has {len(text)} characters, and at most {_LONGEST} are read")
    else:
        read = row.read(question, text)
    if isinstance(read, Unread):
        problem = f"The answer cannot be judged: {read.why}."
        if key is None:
            # Its form needs no key, and can be mended now.
            recorded = _recorded(f"Recorded, marked later: {shown}. {problem}", shown)
            hint = "Write only the answer, and check again: so it would count as none."
            return recorded.model_copy(update={"expected": expected, "hint": hint})
        return failed(problem, actual=shown, hint="Write only the answer.").verdict(expected)
    if key is None:
        return _recorded(f"Recorded, marked later: {shown}", shown)
    if wrong := row.compare(read, key):
        return failed(wrong, actual=shown, hint=_HINT).verdict(expected)
    return passed("The answer is right.", actual=shown).verdict(expected)


_HINT = "Try it, with the commands of the lab's README, and look once more at what happens."


def _recorded(reason: str, shown: str) -> Verdict:
    return Verdict(status=Status.MANUAL, reason=reason, actual=shown)
