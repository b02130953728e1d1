"""What somebody who marks sees on a terminal: what waits, and one answer with its rubric."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from grader.core.text import shorten, visible
from grader.marks.free_answers import FreeAnswer, Leftover
from grader.marks.mark_history import Mark
from grader.marks.mark_state import Standing

_WIDTH = 80
_BAR = "│ "
_NAME = 40
_HEADS = {
    Standing.STALE: "Stale: these marks do not count until somebody confirms or changes them",
    Standing.DOUBTFUL: "To look at again: these marks count, but may not fit any more",
}


def name_of(answer: FreeAnswer, *, anonymous: bool) -> str:
    """Return what the submission is called."""
    return answer.alias if anonymous else visible(answer.submission)


def render_queue(
    answers: Sequence[FreeAnswer], left: Sequence[Leftover], *, anonymous: bool = False
) -> str:
    """Return what waits, by question and then by submission; stale marks stand apart."""
    return "\n".join(_queue(answers, left, anonymous=anonymous)) + "\n"


def _queue(
    answers: Sequence[FreeAnswer], left: Sequence[Leftover], *, anonymous: bool
) -> Iterator[str]:
    if not answers:
        yield "There is no answer here that is marked by hand."
    else:
        count = Counter(answer.standing for answer in answers)
        yield (
            f"{counted(len(answers), 'answer')} to mark by hand: "
            f"{count[Standing.WAITING]} waiting, {count[Standing.STALE]} stale, "
            f"{count[Standing.DOUBTFUL]} to look at again, {count[Standing.MARKED]} marked."
        )
        yield ""
        yield from _by_question(answers)
        yield from _by_submission(answers, anonymous=anonymous)
    for standing, head in _HEADS.items():
        found = [answer for answer in answers if answer.standing is standing]
        if found:
            yield from ("", f"{head}:")
            yield from (_entry(answer, anonymous=anonymous) for answer in found)
    if left:
        yield from ("", "Marks without an answer; they are kept, and do not count:")
        yield from (_leftover(one, anonymous=anonymous) for one in left)


def _by_question(answers: Iterable[FreeAnswer]) -> Iterator[str]:
    counts: dict[tuple[str, str], Counter[Standing]] = {}
    for answer in answers:
        counts.setdefault((answer.lab, answer.question.id), Counter())[answer.standing] += 1
    yield f"{'waiting':>7} {'stale':>5} {'again':>5} {'marked':>6}  question"
    for (lab, question), count in counts.items():
        yield (
            f"{count[Standing.WAITING]:7} {count[Standing.STALE]:5} {count[Standing.DOUBTFUL]:5} "
            f"{count[Standing.MARKED]:6}  {lab} {question}"
        )


def _by_submission(answers: Iterable[FreeAnswer], *, anonymous: bool) -> Iterator[str]:
    waiting: dict[str, list[FreeAnswer]] = {}
    for answer in answers:
        if answer.standing is Standing.WAITING:
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
    return f"  {name}  {answer.lab} {answer.question.id}: {visible(answer.ruling.why)}"


def _leftover(one: Leftover, *, anonymous: bool) -> str:
    name = one.alias if anonymous else visible(one.submission)
    mark = one.mark
    told = f"{shorten(mark.by, _NAME)} gave {mark.told()} on {mark.when[:10]}"
    return f"  {name}  {shorten(mark.lab)} {shorten(mark.question)}: {told}, but {one.why}"


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
    elif answer.standing is Standing.STALE:
        yield f"Stale, counts for nothing now: {visible(answer.ruling.why)}."
    else:
        yield f"Marked {mark.told()} by {visible(mark.by)} on {mark.when}."
        if answer.ruling.why:
            yield f"To look at again: {visible(answer.ruling.why)}."
    if mark and mark.comment:
        yield from (f"{_BAR}{visible(line)}" for line in mark.comment.splitlines())
    earlier = [one for one in answer.history if one is not mark]
    if earlier:
        yield f"Before: {'; '.join(_told(one) for one in earlier)}."


def _told(mark: Mark) -> str:
    did = "took the mark back" if mark.points is None else f"gave {mark.told()}"
    return f"{visible(mark.by)} {did} on {mark.when[:10]}"


def counted(count: int, what: str) -> str:
    """Return a number with its noun: `1 mark`, `2 marks`."""
    return f"{count} {what}{'' if count == 1 else 's'}"
