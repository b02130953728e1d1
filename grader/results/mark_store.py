"""Where marks are given: the answers of a folder of results, and what may be written to it."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.core.times import show_time
from grader.marks.free_answers import (
    FreeAnswer,
    OrphanMark,
    alias,
    free_answers,
    free_questions,
    orphan_marks,
)
from grader.marks.mark_history import MAX_COMMENT, MAX_NAME, Mark
from grader.marks.sheet_reader import MarkSheet, read_sheet
from grader.marks.sheet_writer import unified
from grader.results import store
from grader.results.marks_file import (
    MARKS,
    add_histories,
    add_marks,
    add_other_overrides,
    hold,
    read_marks,
    read_overrides,
)
from grader.spec.assignment import Assignment
from grader.spec.keys import Key
from grader.spec.reader import did_you_mean

Chosen = Callable[[str, str], bool]  # of a lab and a question


def _all(_: str, __: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class MarkSurvey:
    """What can be marked in RESULTS; `unreadable` says which folders are left out and why."""

    answers: tuple[FreeAnswer, ...]
    orphan_marks: tuple[OrphanMark, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CarriedMarks:
    """What came from another folder: how many marks, whose, and what was left there and why."""

    added: int
    changed: frozenset[str]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkStore:
    """RESULTS, with the labs and the keys that its answers are marked by."""

    results: Path
    labs: Sequence[Assignment]
    keys: Mapping[str, Key]

    def survey(self) -> MarkSurvey:
        """Return all there is to mark: by lab and question, then by submission."""
        answers: list[FreeAnswer] = []
        left: list[OrphanMark] = []
        unreadable: list[str] = []
        for folder in store.stored(self.results):
            try:
                here, over = self._read(folder)
            except UsageError as error:
                unreadable.append(str(error))
                continue
            answers += here
            left += over
        places = [(lab.id, question.id) for lab in self.labs for question in lab.questions]
        order = {place: number for number, place in enumerate(places)}
        answers.sort(key=lambda one: (order[one.lab, one.question.id], one.submission))
        return MarkSurvey(tuple(answers), tuple(left), tuple(unreadable))

    def find(self, name: str, lab: str, question: str) -> FreeAnswer:
        """Return one answer; UsageError says what of its address is not known.

        `name` is the submission's or its alias, `lab` an id or the beginning of just one.
        """
        folder = self.folder_of(name)
        asking = {one.id: one for one in self.labs if free_questions(one)}
        chosen = (
            [asking[lab]] if lab in asking else [a for i, a in asking.items() if i.startswith(lab)]
        )
        if len(chosen) != 1:
            raise UsageError(
                f"There is no lab '{shorten(lab)}' with a question that is marked by hand"
                f"{did_you_mean(lab, asking)}"
            )
        asked = [one.id for one in free_questions(chosen[0])]
        if question not in asked:
            raise UsageError(
                f"{chosen[0].id} has no question '{shorten(question)}' that is marked by hand"
                f"{did_you_mean(question, asked)}"
            )
        for answer in self._read(folder)[0]:
            if (answer.lab, answer.question.id) == (chosen[0].id, question):
                return answer
        raise UsageError(
            f"{shorten(name)} has not answered '{question}' of {chosen[0].id}: there is nothing "
            "to mark."
        )

    def give(self, answer: FreeAnswer, mark: Mark) -> None:
        """Add a mark for an answer.

        UsageError where the answer or its mark is not any more what `answer` says it is: what
        somebody else did in between is never covered up.
        """
        folder = self.results / answer.submission
        with hold(self.results):
            now = next(
                (
                    one
                    for one in self._read(folder)[0]
                    if (one.lab, one.question.id) == (answer.lab, answer.question.id)
                ),
                None,
            )
            if now is None or now.seen.sha256 != answer.seen.sha256:
                raise UsageError(
                    "The work was graded again since you looked, and the answer has changed. "
                    "Nothing was marked; look at the new answer."
                )
            if now.mark and now.mark != answer.mark:
                raise UsageError(
                    f"{now.mark.by} gave {now.mark.text()} since you looked. Nothing was changed; "
                    "look again."
                )
            add_marks(folder, [mark])

    def take_sheet(
        self, data: bytes, by: str, *, partial: bool, chosen: Chosen = _all
    ) -> tuple[MarkSheet, frozenset[str]]:
        """Add the marks of a sheet, and return what it says and whose marks were added.

        Rows of a sheet without problems are added all together; of one with problems none is,
        or with `partial` those that are good. Only what is `chosen` by lab and question counts.
        """
        with hold(self.results):
            sheet = read_sheet(data, self.survey().answers, chosen)
            if sheet.problems and not partial:
                return sheet, frozenset()
            marks: dict[str, list[Mark]] = defaultdict(list)
            for row in sheet.given:
                mark = new_mark(row.answer, row.points, row.comment, row.by or by, row.rubric)
                marks[row.answer.submission].append(mark)
            for submission, new in marks.items():
                add_marks(self.results / submission, new)
        return sheet, frozenset(marks)

    def carry(self, source: Path, chosen: Chosen = _all) -> CarriedMarks:
        """Add the marks that lie in another folder of results, with who gave them and when.

        Only what is `chosen` by lab and question. What cannot be read there is a problem of that
        submission alone.
        """
        changed: set[str] = set()
        added, problems = 0, []
        with hold(self.results):
            here = {folder.name: folder for folder in store.stored(self.results)}
            for path in sorted(source.glob(f"*/{MARKS}")):
                name = path.parent.name
                try:
                    marks = [m for m in read_marks(path.parent) if chosen(m.lab, m.question)]
                    given = [o for o in read_overrides(path.parent) if chosen(o.lab, o.check)]
                    if name not in here:
                        where = f"{shorten(name)} is not in {self.results}; its marks are left"
                        problems += [where] if marks or given else []
                        continue
                    fewer, clashes = add_histories(here[name], marks)
                    fewer += add_other_overrides(here[name], given)
                except UsageError as error:
                    problems.append(str(error).removesuffix("."))
                    continue
                added += fewer
                changed |= {name} if fewer else set()
                problems += [f"{shorten(name)}: {clash}" for clash in clashes]
        return CarriedMarks(added, frozenset(changed), tuple(problems))

    def folder_of(self, name: str) -> Path:
        """Return the folder of a submission by its name or its alias; UsageError without one."""
        folders = {folder.name: folder for folder in store.stored(self.results)}
        hidden = {alias(known): folder for known, folder in folders.items()}
        found = folders.get(name) or hidden.get(name)
        if found is None:
            raise UsageError(
                f"There is no submission '{shorten(name)}' in {self.results}"
                f"{did_you_mean(name, folders)}"
            )
        return found

    def _read(self, folder: Path) -> tuple[list[FreeAnswer], list[OrphanMark]]:
        facts = store.read_facts(folder / store.FACTS)
        marks = read_marks(folder)
        answers = list(free_answers(folder.name, facts, self.labs, self.keys, marks))
        return answers, list(orphan_marks(folder.name, answers, self.labs, marks))


def new_mark(
    answer: FreeAnswer, points: int | None, comment: str, by: str, rubric: str = ""
) -> Mark:
    """Return a mark for the answer as it is now; UsageError says what of it cannot be."""
    possible = answer.question.points
    if points is not None and not 0 <= points <= possible:
        raise UsageError(
            f"{points} points cannot be given: '{answer.question.id}' of {answer.lab} is worth "
            f"{possible}."
        )
    return Mark(
        lab=answer.lab,
        question=answer.question.id,
        points=points,
        of=possible,
        comment=_text("The comment", unified(comment).strip(), MAX_COMMENT),
        by=_text("The marker's name", " ".join(by.split()), MAX_NAME) or "unknown",
        when=show_time(time.time()),
        answer=answer.seen.sha256,
        rubric=rubric or answer.rubric,
    )


def _text(what: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise UsageError(f"{what} is longer than {limit} characters.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{what} is not text: {shorten(text)}") from error
    return text
