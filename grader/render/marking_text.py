"""Marking on a terminal: which answers wait for a mark, and one answer with its rubric."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from grader.core.text import shorten, visible
from grader.marks.free_answers import FreeAnswer, OrphanMark
from grader.marks.mark_history import Mark
from grader.marks.mark_state import MarkState

_WIDTH = 80
_BAR = "│ "
_NAME = 40
_HEADS = {
    MarkState.STALE: "Stale: these marks do not count until somebody confirms or changes them",
    MarkState.DOUBTFUL: "To look at again: these marks count, but may not fit any more",
}


def name_of(answer: FreeAnswer, *, anonymous: bool) -> str:
    """Return the name under which a submission is shown to who marks it."""
    return answer.alias if anonymous else visible(answer.submission)


def render_queue(
    answers: Sequence[FreeAnswer], left: Sequence[OrphanMark], *, anonymous: bool = False
) -> str:
    """Return what waits, by question and then by submission; stale marks stand apart."""
    return "\n".join(_queue(answers, left, anonymous=anonymous)) + "\n"


def _queue(
    answers: Sequence[FreeAnswer], left: Sequence[OrphanMark], *, anonymous: bool
) -> Iterator[str]:
    if not answers:
        yield "There is no answer here that is marked by hand."
    else:
        count = Counter(answer.state for answer in answers)
        yield (
            f"{counted(len(answers), 'answer')} to mark by hand: "
            f"{count[MarkState.WAITING]} waiting, {count[MarkState.STALE]} stale, "
            f"{count[MarkState.DOUBTFUL]} to look at again, {count[MarkState.MARKED]} marked."
        )
        yield ""
        yield from _by_question(answers)
        yield from _by_submission(answers, anonymous=anonymous)
    for state, head in _HEADS.items():
        found = [answer for answer in answers if answer.state is state]
        if found:
            yield from ("", f"{head}:")
            yield from (_entry(answer, anonymous=anonymous) for answer in found)
    if left:
        yield from ("", "Marks without an answer; they are kept, and do not count:")
        yield from (_leftover(one, anonymous=anonymous) for one in left)


def _by_question(answers: Iterable[FreeAnswer]) -> Iterator[str]:
    counts: dict[tuple[str, str], Counter[MarkState]] = {}
    for answer in answers:
        counts.setdefault((answer.lab, answer.question.id), Counter())[answer.state] += 1
    yield f"{'waiting':>7} {'stale':>5} {'again':>5} {'marked':>6}  question"
    for (lab, question), count in counts.items():
        yield (
            f"{count[MarkState.WAITING]:7} {count[MarkState.STALE]:5} "
            f"{count[MarkState.DOUBTFUL]:5} {count[MarkState.MARKED]:6}  {lab} {question}"
        )


def _by_submission(answers: Iterable[FreeAnswer], *, anonymous: bool) -> Iterator[str]:
    waiting: dict[str, list[FreeAnswer]] = {}
    for answer in answers:
        if answer.state is MarkState.WAITING:
            waiting.setdefault(name_of(answer, anonymous=anonymous), []).append(answer)
    if waiting:
        yield from ("", "Waiting:")
    for name, found in sorted(waiting.items()):
        labs: dict[str, list[str]] = {}
        for answer in found:
            labs.setdefault(answer.lab, []).append(answer.question.id)
        listed = "; ".join(f"{lab}: {', '.join(questions)}" for lab, questions in labs.items())
        yield f"  {name}  {len(found)}  {listed}"


def _entry(answer: FreeAnswer, *, anonymous: bool) -> str:
    name = name_of(answer, anonymous=anonymous)
    return f"  {name}  {answer.lab} {answer.question.id}: {visible(answer.finding.why)}"


def _leftover(one: OrphanMark, *, anonymous: bool) -> str:
    name = one.alias if anonymous else visible(one.submission)
    mark = one.mark
    text = f"{shorten(mark.by, _NAME)} gave {mark.text()} on {mark.when[:10]}"
    return f"  {name}  {shorten(mark.lab)} {shorten(mark.question)}: {text}, but {one.why}"


def render_answer(answer: FreeAnswer, *, place: str = "", anonymous: bool = False) -> str:
    """Return one answer with all that is needed to mark it; `place` says which of how many.

    What a student or a spec wrote stands behind a bar: nothing in it can pass for a heading.
    """
    return "\n".join(_answer(answer, place, anonymous=anonymous)) + "\n"


def _answer(answer: FreeAnswer, place: str, *, anonymous: bool) -> Iterator[str]:
    question = answer.question
    yield "─" * _WIDTH
    yield f"{name_of(answer, anonymous=anonymous)}{f'  ({place})' if place else ''}"
    yield f"{answer.lab} {question.id}, {counted(question.points, 'point')}: {question.title}"
    yield from _block("Question", question.prompt)
    if answer.key is None:
        yield from ("", "There is no key at hand: --key DIR shows rubric and model answer.")
    else:
        rows = (f"{row.points:2}  {row.text}" for row in answer.key.rubric)
        yield from _block("Rubric", "\n".join(rows))
        yield from _block("Model answer", answer.key.model)
    yield from _block("Answer", answer.seen.text)
    yield from (f"Note: {visible(note)}" for note in (*answer.seen.notes, *answer.seen.flags))
    yield from ("", *_marks(answer))


def _block(head: str, text: str) -> Iterator[str]:
    yield from ("", head)
    for line in text.strip("\r\n").splitlines():
        yield f"{_BAR}{visible(line, keep=chr(9))}".rstrip()


def _marks(answer: FreeAnswer) -> Iterator[str]:
    mark = answer.mark
    if mark is None:
        yield "Not marked yet."
    elif answer.state is MarkState.STALE:
        yield f"Stale, counts for nothing now: {visible(answer.finding.why)}."
    else:
        yield f"Marked {mark.text()} by {visible(mark.by)} on {mark.when}."
        if answer.finding.why:
            yield f"To look at again: {visible(answer.finding.why)}."
    if mark and mark.comment:
        yield from (f"{_BAR}{visible(line)}" for line in mark.comment.splitlines())
    earlier = [one for one in answer.history if one is not mark]
    if earlier:
        yield f"Before: {'; '.join(_points_and_comment(one) for one in earlier)}."


def _points_and_comment(mark: Mark) -> str:
    did = "took the mark back" if mark.points is None else f"gave {mark.text()}"
    return f"{visible(mark.by)} {did} on {mark.when[:10]}"


def counted(count: int, what: str) -> str:
    """Return a number with its noun: `1 mark`, `2 marks`."""
    return f"{count} {what}{'' if count == 1 else 's'}"
