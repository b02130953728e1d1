"""Whatever is done to RESULTS, and wherever it is cut off: no mark and no student is missing.

A machine of hypothesis gives, imports and takes back marks, grades, judges, reports and exports by
the real commands, kills them and fills the disk at any change of a file, and puts back copies,
whole or a file of them. `GRADER_KEPT_STEPS=2000 pytest tests/results/test_keep_class.py` takes so
many steps.
"""

import csv
import inspect
import io
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from grader.core.file_lock import locked
from grader.results import store
from grader.results.marks_file import read_marks
from tests.builders.kept_class import KeptClass, make_kept_class, unchanged
from tests.builders.marked_course import QUESTIONS
from tests.cli.command import Done
from tests.conftest import LAB

NAMES = ("alice", "bob", "carol", "dora")
STEPS = int(os.environ.get("GRADER_KEPT_STEPS", "40"))
_EACH = 40  # steps of one class at most
_FEWEST = 30  # that hypothesis takes of them, on average

# What may happen, and how often it does.
_OFTEN = {
    "hand_in": 3,
    "withdraw": 1,
    "change_key": 1,
    "grade": 6,
    "rejudge": 3,
    "report": 2,
    "export": 2,
    "mark": 4,
    "take_back": 1,
    "confirm": 1,
    "mark_by_sheet": 4,
    "carry": 2,
    "copy": 2,
    "restore": 1,
    "restore_one": 3,
    "lose_one": 1,
    "lose_all": 1,
    "held": 1,
}
_WEIGHED = [name for name, times in _OFTEN.items() for _ in range(times)]
_OF_COPIES = frozenset({"carry", "restore", "restore_one"})


class Keeping(RuleBasedStateMachine):
    """One class, and all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="grader-kept-"))
        self.kept: KeptClass = make_kept_class(self.root)
        self.copies: list[Path] = []

    def teardown(self) -> None:
        """Take the class away."""
        shutil.rmtree(self.root)

    @rule(
        what=st.sampled_from(_WEIGHED),
        name=st.sampled_from(NAMES),
        question=st.sampled_from(QUESTIONS),
        text=st.sampled_from(["PID 1 gets no signal.", "The shell keeps it.", "Nobody knows."]),
        rubric=st.sampled_from(["names the process", "names PID 1"]),
        pick=st.sampled_from("ab"),
        points=st.integers(0, 3),
        keyed=st.booleans(),
        force=st.booleans(),
        twice=st.booleans(),
        which=st.integers(0, 1_000_000),
        file=st.integers(0, 1_000_000),
        at=st.one_of(st.just(0), st.integers(1, 12), st.integers(1, 40)),
        kill=st.booleans(),
    )
    def step(self, what: str, **more: Any) -> None:
        """Do one thing; a command may be cut off at its n-th change of a file."""
        do = getattr(self, what)
        if self.copies or what not in _OF_COPIES:
            do(**{name: more[name] for name in inspect.signature(do).parameters})

    # What people do.

    @initialize()
    def begin(self) -> None:
        """Grade three of four."""
        for name in NAMES[:3]:
            self.hand_in(name, "The shell keeps it.", "a")
        self.grade(keyed=True, force=False, at=0, kill=True)

    def hand_in(self, name: str, text: str, pick: str) -> None:
        """Submit, or submit something else."""
        said = {question: f"{name}, {question}: {text}" for question in QUESTIONS}
        self.kept.hand_in(name, {**said, "pick": pick})

    def withdraw(self, name: str) -> None:
        """Take a submission away, but not the last one."""
        others = [path for path in self.kept.submissions.iterdir() if path.name != name]
        if others:
            shutil.rmtree(self.kept.submissions / name, ignore_errors=True)

    def change_key(self, rubric: str, pick: str) -> None:
        """Write another rubric, and another right answer."""
        self.kept.course.key(rubric=[(1, rubric), (2, "says what becomes of the signal")])
        path = self.root / "keys" / LAB / "key.yaml"
        path.write_text(path.read_text().replace("{choice: a}", f"{{choice: {pick}}}"))

    def grade(self, *, keyed: bool, force: bool, at: int, kill: bool) -> None:
        """Grade the class; nothing is unchanged that a new grading would not say again."""
        right = self.kept.right_before(keyed=keyed)
        words = ["--force"] if force else []
        done = self.kept.grade(*words, keyed=keyed, at=at, kill=kill)
        if done is None or done.returncode:
            assert at, done
            return
        assert unchanged(done) <= len(right), done.stdout
        there = {path.name for path in self.kept.submissions.iterdir()}
        self.kept.check_results(keyed=keyed, of=there)
        self.kept.check_class_files()
        left = [path for path in self.kept.results.rglob(".*.json.*") if path.is_file()]
        assert not left

    def rejudge(self, *, keyed: bool, at: int, kill: bool) -> None:
        """Judge the class again."""
        done = self.kept.run("rejudge", "results", keyed=keyed, at=at, kill=kill)
        if done is not None and done.returncode == 0:
            self.kept.check_results(keyed=keyed)
            self._check_class()
        else:
            assert at or self._odd() or not store.stored(self.kept.results), done

    def mark(self, name: str, question: str, points: int, at: int, kill: bool) -> None:
        """Give a mark; who is told that it is given has it."""
        words = ["--set", name, LAB, question, points, "--by", "anna"]
        done = self._marking(words, at=at, kill=kill, new={name})
        if done is not None and done.returncode == 0:
            given = [
                one for one in read_marks(self.kept.results / name) if one.question == question
            ]
            assert given[-1].points == points

    def take_back(self, name: str, question: str, at: int, kill: bool) -> None:
        """Take one back."""
        self._marking(
            ["--take-back", name, LAB, question, "--by", "ben"], at=at, kill=kill, new={name}
        )

    def confirm(self, at: int, kill: bool) -> None:
        """Confirm all that are to be looked at."""
        self._marking(["--confirm-all", "--by", "ben"], at=at, kill=kill, new=set(NAMES))

    def mark_by_sheet(self, points: int, at: int, kill: bool, twice: bool) -> None:
        """Export all answers, give those that wait points in a sheet, and import it."""
        sheet = self.root / "sheet.csv"
        sheet.unlink(missing_ok=True)
        done = self.kept.run("mark", "results", "--export", "sheet.csv", keyed=True)
        if done is None or done.returncode:
            return
        rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig"))))
        for row in rows:
            row["points"] = row["points"] or str(points)
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        sheet.write_text(out.getvalue(), newline="")
        command = ["--import", "sheet.csv", "--partial", "--by", "carl"]
        self._marking(command, at=at, kill=kill, new=set(NAMES))
        if twice:
            self._marking(command, at=0, kill=True, new=set(NAMES))

    def carry(self, which: int, at: int, kill: bool) -> None:
        """Import the marks of a copy."""
        source = self.copies[which % len(self.copies)]
        self._marking(["--import", source.name], at=at, kill=kill, new=set(NAMES))

    def report(self, at: int, kill: bool) -> None:
        """Write the files about the class again."""
        done = (
            self.kept.run("report", "results", keyed=False, at=at, kill=kill)
            if self._any()
            else None
        )
        if done is not None and not at:
            self.kept.check_class_files()

    def export(self, at: int, kill: bool) -> None:
        """Write a gradebook."""
        if self._any():
            done = self.kept.run(
                "export", "results", "--format", "csv", keyed=False, at=at, kill=kill
            )
            if done is not None:
                self.kept.check_export(done)

    # What happens to folders.

    def copy(self) -> None:
        """Make a copy of all results."""
        target = self.root / f"copy-{len(self.copies)}"
        shutil.copytree(self.kept.results, target)
        self.copies.append(target)

    def restore(self, which: int) -> None:
        """Put all of a copy back, with the times it had."""
        shutil.rmtree(self.kept.results)
        shutil.copytree(self.copies[which % len(self.copies)], self.kept.results)
        self._other_files()

    def restore_one(self, which: int, file: int) -> None:
        """Put one file of a copy back, with the time it had."""
        copy = self.copies[which % len(self.copies)]
        found = [path for path in sorted(copy.rglob("*")) if path.is_file()]
        path = found[file % len(found)]
        target = self.kept.results / path.relative_to(copy)
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(path, target)
        self._other_files()

    def lose_one(self, file: int) -> None:
        """Delete one file."""
        found = [path for path in sorted(self.kept.results.rglob("*")) if path.is_file()]
        if found:
            found[file % len(found)].unlink()
        self._other_files()

    def lose_all(self, name: str) -> None:
        """Delete a submission's results, and its submission."""
        self.withdraw(name)
        shutil.rmtree(self.kept.results / name, ignore_errors=True)
        self._other_files()

    def held(self, name: str, *, keyed: bool) -> None:
        """While another grades there, who would grade or judge is refused and touches nothing."""
        before = self._files()
        with locked(self.kept.results / ".lock"):
            for done in (
                self.kept.grade(keyed=keyed),
                self.kept.run("rejudge", "results", keyed=keyed),
                self.kept.run(
                    "check", f"subs/{name}", "--static", "--results", "results", keyed=keyed
                ),
            ):
                assert done is not None
                assert done.returncode == 2
        assert self._files() == before

    # What must be true after each step.

    @invariant()
    def nothing_is_lost(self) -> None:
        """Of marks; and nobody reads a result of other facts or marks."""
        self.kept.check_marks()
        self.kept.check_reading()

    def _marking(
        self, words: Sequence[object], *, at: int, kill: bool, new: set[str]
    ) -> Done | None:
        before = self.kept.marks_now()
        done = self.kept.run("mark", "results", *words, keyed=True, at=at, kill=kill)
        after = self.kept.marks_now()
        for name, text in before.items():
            told = text.removesuffix("\n ]\n}\n")
            assert after[name] == text or (name in new and after[name].startswith(told)), name
        self.kept.marks = after
        if done is not None and done.returncode == 0:
            self._check_marked(done)
        return done

    def _check_marked(self, done: Done) -> None:
        """Let no command say that marks are given, or were before, and leave a result without."""
        for folder in store.folders(self.kept.results):
            try:
                result = store.read_result(folder)
            except ValueError:
                continue
            others = store.differing(result, folder)
            assert store.MARKS not in others or store.FACTS in others, done.stdout
        self._check_class()

    def _check_class(self) -> None:
        if any((self.kept.results / name).exists() for name in store.RESERVED - {store.RUN}):
            self.kept.check_class_files()

    def _other_files(self) -> None:
        self.kept.marks = self.kept.marks_now()

    def _any(self) -> bool:
        return any(self.kept.results.glob(f"*/{store.RESULT}"))

    def _odd(self) -> bool:
        """Return whether there are files that nobody can judge by."""
        return any(
            self.kept.right(folder, keyed=False) is None
            for folder in store.stored(self.kept.results)
        )

    def _files(self) -> dict[str, bytes]:
        found = (path for path in self.kept.results.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in found if not path.name.endswith("lock")}


@pytest.mark.timeout(300 + 2 * STEPS)
def test_nothing_that_was_given_is_lost() -> None:
    """Whatever comes in between."""
    run_state_machine_as_test(
        Keeping,
        settings=settings(
            max_examples=STEPS // _FEWEST if STEPS > _EACH else 1,
            stateful_step_count=min(STEPS, _EACH),
            deadline=None,
            derandomize=STEPS <= _EACH,
            database=None,
            phases=[Phase.generate],  # to shrink a step of a command takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
