"""A class whose answers wait to be marked: recorded facts with answers laid into them."""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.facts import AnswerFacts, NotSeen
from grader.judge.check_kinds import PARAMS
from grader.marks.free_answers import FreeAnswer
from grader.marks.mark_history import Mark
from grader.result import Result
from grader.results.mark_store import MarkStore
from grader.results.marks_file import read_marks
from grader.results.store import FACTS, RESULT, read_facts, write_facts
from grader.spec import catalog
from grader.spec.keys import load_keys
from tests.cli.command import Done, run
from tests.conftest import LAB, ROOT

QUESTIONS = ("why-lost", "why-exec", "why-cache")
NAMES = tuple(f"student-{number:02}" for number in range(10))
_QUESTION = """
  - id: {id}
    title: Why {id}
    points: 3
    prompt: |
      Explain *why* ({id}).
    free: {{}}
"""
_CHOICE = """
  - id: pick
    title: Pick one
    points: 1
    prompt: Which one?
    choice: {options: {a: this, b: that}}
"""


def answer(text: str) -> AnswerFacts:
    """Return an answer as a notebook's reader would."""
    return AnswerFacts(text=text, sha256=hashlib.sha256(text.encode()).hexdigest(), cell=1)


def make_mark(points: int | None = 2, **other: object) -> Mark:
    """Return a mark of the first question that alice answered."""
    content: dict[str, object] = {
        "lab": LAB,
        "question": "why-lost",
        "points": points,
        "of": 3,
        "by": "anna",
        "when": "2026-11-23T10:00:00Z",
        "answer": answer("alice says *why* (why-lost).").sha256,
    }
    return Mark.model_validate(content | other)


@dataclass(frozen=True)
class Course:
    """A folder with labs, keys and results, and the command line in it."""

    root: Path

    @property
    def results(self) -> Path:
        return self.root / "results"

    def grader(self, *args: object, code: int | None = 0, said: str = "") -> Done:
        """Run the command on the course's labs and keys; `said` is what a person types."""
        return self.grader_plain(*args, "--key", "keys", code=code, said=said)

    def grader_plain(self, *args: object, code: int | None = 0, said: str = "") -> Done:
        """Run the command on the course's labs, without its keys."""
        env = {**os.environ, "COLUMNS": "80", "HOME": str(self.root), "USER": "anna"}
        done = run(*args, "--assignments", "labs", cwd=self.root, env=env, said=said)
        assert "Traceback" not in done.stdout + done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    def mark(self, *args: object, code: int | None = 0, said: str = "") -> Done:
        """Run `grader mark results`."""
        return self.grader("mark", "results", *args, code=code, said=said)

    def result(self, name: str) -> Result:
        """Return a submission's result.json."""
        return Result.model_validate_json((self.results / name / RESULT).read_text())

    def points(self, name: str) -> dict[str, int | None]:
        """Return the points of a submission's free answers; None while one waits."""
        checks = self.result(name).sections[0].checks
        return {
            check.id: None if check.pending else check.score
            for check in checks
            if check.id in QUESTIONS
        }

    def mark_store(self) -> MarkStore:
        """Return the desk at which the course is marked."""
        labs = catalog.load_assignments(self.root / "labs", PARAMS)
        return MarkStore(self.results, labs, load_keys(self.root / "keys", labs))

    def answers(self) -> tuple[FreeAnswer, ...]:
        """Return every answer with its mark."""
        return self.mark_store().survey().answers

    def history(self, name: str) -> tuple[Mark, ...]:
        """Return all marks of a submission."""
        return read_marks(self.results / name)

    def hand_in(self, name: str, answers: Mapping[str, AnswerFacts | NotSeen]) -> None:
        """Write what was observed of a submission: right containers, and these answers."""
        facts = read_facts(ROOT / "tests" / "recorded" / "model.json")
        lab = facts.labs[0].model_copy(update={"answers": dict(answers)})
        changed = facts.model_copy(update={"submission": name, "labs": (lab,)})
        write_facts(self.results / name / FACTS, changed)

    def ask(self, questions: Sequence[str] = QUESTIONS, points: int = 3) -> None:
        """Write the lab's questions, each free one worth so many points."""
        spec = self.root / "labs" / LAB / "assignment.yaml"
        text = (ROOT / "assignments" / LAB / "assignment.yaml").read_text()
        text = text.split("\nquestions:")[0]
        asked = "".join(_QUESTION.format(id=one) for one in questions) + _CHOICE
        asked = asked.replace("points: 3", f"points: {points}")
        (original,) = catalog.load_assignments(ROOT / "assignments", PARAMS, [LAB])
        total = sum(check.points for check in original.checks) + points * len(questions) + 1
        text = re.sub(r"(?m)^points: \d+$", f"points: {total}", text)
        spec.write_text(f"{text}\nquestions:{asked}")

    def key(
        self, questions: Sequence[str] = QUESTIONS, rubric: Sequence[tuple[int, str]] = ()
    ) -> None:
        """Write the key, every free question with this rubric."""
        rows = rubric or [(1, "names the process"), (2, "says what becomes of the signal")]
        listed = "".join(f"\n        - {{points: {number}, text: {text}}}" for number, text in rows)
        entries = "".join(
            f"\n  {one}:\n    free:\n      rubric:{listed}\n      model: It is because of PID 1.\n"
            for one in questions
        )
        path = self.root / "keys" / LAB / "key.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"schema: 1\nanswers:{entries}  pick: {{choice: a}}\n")


def make_course(root: Path, names: Sequence[str] = NAMES) -> Course:
    """Return a course of which every submission answered three free questions."""
    course = Course(root)
    shutil.copytree(ROOT / "assignments" / LAB, root / "labs" / LAB)
    course.ask()
    course.key()
    for name in names:
        answers = {one: answer(f"{name} says *why* ({one}).") for one in QUESTIONS}
        course.hand_in(name, {**answers, "pick": answer("a")})
    return course
