"""Whether a lab's key is fair: what students honestly write is right, and no near miss is."""

from collections.abc import Iterable, Iterator, Mapping

from grader.core.text import shorten
from grader.facts import AnswerFacts, NotSeen
from grader.judge.answers.usual_wordings import AROUND, usual_wordings
from grader.judge.questions import judge_question
from grader.result import Status
from grader.spec.assignment import Assignment
from grader.spec.keys import Key, KeyAnswer
from grader.spec.questions import FREE, Question
from grader.spec.reader import Reader
from grader.spec.spoken import Spoken


def check_key(reader: Reader, lab: Assignment, key: Key) -> None:
    """Note what is wrong with a key that answers every question; `reader` read its file."""
    for question in lab.questions:
        answer = key.answers[question.id]
        if question.kind == FREE:
            continue
        at = ("answers", question.id)
        if not answer.why:
            reader.problem(at, f"'{question.id}' has no `why`; say why that is right")
        for _, text in _misjudged(question, answer, *usual_wordings(question, answer)):
            reader.problem(at, text)


def check_spoken(reader: Reader, lab: Assignment, key: Key, spoken: Mapping[str, Spoken]) -> None:
    """Note each wording that the key judges otherwise than its author does."""
    asked = {question.id: question for question in lab.questions}
    for name, said in spoken.items():
        for text, problem in _misjudged(asked[name], key.answers[name], said.right, said.wrong):
            kind = "right" if text in said.right else "wrong"
            number = getattr(said, kind).index(text)
            reader.problem(("answers", name, kind, number), problem)


def _misjudged(
    question: Question, answer: KeyAnswer, right: tuple[str, ...], wrong: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Yield each wording that a key gets wrong, by itself or in a sentence, and what that is."""
    table = question.kind == "process-table"  # a sentence around a table is no part of it
    lines = [text for text in (*right, *wrong) if "\n" not in text and not table]
    shortest = min((text for text in right if text in lines), key=len, default="")
    for text in right:
        forms = _around(text) if text == shortest else (text,)
        for form in _first_not(question, answer, forms, Status.PASSED):
            yield text, f"the key refuses {form}, which is right; widen the key"
    for text in wrong:
        forms = _around(text) if text in lines else (text,)
        for form in _first_not(question, answer, forms, Status.FAILED):
            yield text, f"the key takes {form}, which is wrong; narrow the key"


def _around(text: str) -> tuple[str, ...]:
    return (text, *(around.format(text) for around in AROUND))


def _first_not(
    question: Question, answer: KeyAnswer, forms: Iterable[str], wanted: Status
) -> Iterator[str]:
    """Yield the first of the forms that ends otherwise, as it is shown to the author."""
    for form in forms:
        seen = AnswerFacts(text=form.strip(), sha256="", cell=1)
        if judge_question(question, seen, answer).status is not wanted:
            yield repr(shorten(" ".join(form.split()), 80))
            return


def model_problems(
    lab: Assignment, key: Key, answers: Mapping[str, AnswerFacts | NotSeen]
) -> Iterator[str]:
    """Yield in a sentence each answer of the model's that does not get all there is to get."""
    for question in lab.questions:
        seen = answers[question.id]
        if isinstance(seen, NotSeen) or not seen.text:
            yield f"does not answer '{question.id}'; the model answers every question"
            continue
        verdict = judge_question(question, seen, key.answers[question.id])
        wanted = Status.MANUAL if question.kind == FREE else Status.PASSED
        if verdict.status is not wanted:
            yield f"answers '{question.id}' wrong: {verdict.reason}"
        for text in (*seen.notes, *seen.flags):
            yield f"answers '{question.id}' oddly: {text}"
