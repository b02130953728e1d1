"""The free answers of a class, each with its question, its rubric and its mark."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.facts import AnswerFacts, LabFacts, SubmissionFacts
from grader.marks.mark_history import Mark, current_marks, rubric_digest
from grader.marks.mark_state import MarkFinding, MarkState, state_of_mark
from grader.spec.assignment import Assignment
from grader.spec.keys import FreeKey, FreeValue, Key
from grader.spec.questions import FREE, Question

_ALIAS_LENGTH = 10


@dataclass(frozen=True, slots=True)
class FreeAnswer:
    """An answer that a person marks. `key` is None where no key is at hand.

    `mark` is the one given last, whether it counts or not; `history` all that were ever given.
    """

    submission: str
    lab: str
    question: Question
    seen: AnswerFacts
    key: FreeValue | None
    mark: Mark | None
    history: tuple[Mark, ...]
    finding: MarkFinding

    @property
    def alias(self) -> str:
        """Return a name for the submission that does not tell whose it is."""
        return alias(self.submission)

    @property
    def rubric(self) -> str:
        """Return the digest of the rubric, empty where no key is at hand."""
        return rubric_of(self.key)

    @property
    def state(self) -> MarkState:
        """Return whether the answer has a mark that counts."""
        return self.finding.state


@dataclass(frozen=True, slots=True)
class OrphanMark:
    """A mark without an answer that it could be for, and why there is none."""

    submission: str
    mark: Mark
    why: str

    @property
    def alias(self) -> str:
        """Return a name for the submission that does not tell whose it is."""
        return alias(self.submission)


def alias(submission: str) -> str:
    """Return the name that stands for a submission where names are hidden."""
    digest = hashlib.sha256(b"alias\0" + submission.encode(errors="surrogateescape"))
    return f"anon-{digest.hexdigest()[:_ALIAS_LENGTH]}"


def rubric_of(key: FreeValue | None) -> str:
    """Return the digest of a key's rubric, empty without one."""
    return rubric_digest([(row.points, row.text) for row in key.rubric]) if key else ""


def free_key(keys: Mapping[str, Key], lab: str, question: str) -> FreeValue | None:
    """Return the rubric and the model answer of a question, None where no key is at hand."""
    answer = keys[lab].answers.get(question) if lab in keys else None
    return answer.free if isinstance(answer, FreeKey) else None


def free_questions(assignment: Assignment) -> tuple[Question, ...]:
    """Return the questions of a lab that a person marks."""
    return tuple(question for question in assignment.questions if question.kind == FREE)


def free_answers(
    submission: str,
    facts: SubmissionFacts,
    assignments: Sequence[Assignment],
    keys: Mapping[str, Key],
    marks: Sequence[Mark],
) -> Iterator[FreeAnswer]:
    """Yield every answer of one submission that there is something to mark in."""
    observed = {lab.lab: lab for lab in facts.labs}
    given = current_marks(marks)
    for assignment in assignments:
        for question in free_questions(assignment):
            seen = _answered(observed.get(assignment.id), question.id)
            if seen is None:
                continue
            place = (assignment.id, question.id)
            key, mark = free_key(keys, *place), given.get(place)
            yield FreeAnswer(
                submission=submission,
                lab=assignment.id,
                question=question,
                seen=seen,
                key=key,
                mark=mark,
                history=tuple(one for one in marks if (one.lab, one.question) == place),
                finding=state_of_mark(
                    mark, answer=seen.sha256, points=question.points, rubric=rubric_of(key)
                ),
            )


def orphan_marks(
    submission: str,
    answers: Iterable[FreeAnswer],
    assignments: Sequence[Assignment],
    marks: Sequence[Mark],
) -> Iterator[OrphanMark]:
    """Yield the marks of one submission for which it holds no answer now."""
    there = {(answer.lab, answer.question.id) for answer in answers}
    asked = {(lab.id, question.id) for lab in assignments for question in free_questions(lab)}
    for place, mark in current_marks(marks).items():
        if place not in there:
            why = "there is no answer now" if place in asked else "the labs ask no such question"
            yield OrphanMark(submission, mark, why)


def _answered(lab: LabFacts | None, question: str) -> AnswerFacts | None:
    if lab is None or lab.missing:
        return None
    seen = lab.answers.get(question)
    return seen if isinstance(seen, AnswerFacts) and seen.text else None
