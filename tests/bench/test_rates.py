"""A sample of what `python -m bench.rates` measures: small, and the same each time."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from bench.rates.generate import generate
from bench.rates.kept import Kept, grade, grade_by_files, read_kept
from bench.rates.mutants import Mutant
from grader.judge.causes.all_causes import CAUSES
from grader.observe.session import Session
from tests.solutions.grading import LABS


@cache
def _every() -> Sequence[Mutant]:
    return tuple(generate(LABS))


def _graded(out: Path, mutants: Sequence[Mutant]) -> list[Kept]:
    """Return what the files alone say of mutants; those that need an engine are left out."""
    refused = (mutant for mutant in mutants if grade_by_files(out, mutant))
    return [kept for mutant in refused if (kept := read_kept(out, mutant))]


def test_there_are_enough_and_no_two_are_the_same() -> None:
    """The published figures are about at least 600 mutants and 200 rewrites."""
    rewrites = [mutant for mutant in _every() if mutant.rewrite]

    assert len(rewrites) >= 200
    assert len(_every()) - len(rewrites) >= 600
    assert len({mutant.digest for mutant in _every()}) == len(_every())
    assert {mutant.lab for mutant in _every()} == set(LABS)


def test_the_same_change_is_the_same_each_time() -> None:
    """What was graded yesterday is found again today, in the same order."""
    again = generate(LABS)

    assert [mutant.digest for mutant in again] == [mutant.digest for mutant in _every()]


def test_causes_that_are_right_are_known_ones() -> None:
    """A cause that was renamed would be a miss for ever."""
    assert {cause for mutant in _every() for cause in mutant.causes} <= {
        cause.id for cause in CAUSES
    }


def test_what_the_files_refuse_is_told_its_cause(tmp_path: Path) -> None:
    """The first forty of those for which no engine is needed: the cause comes first."""
    mutants = [mutant for mutant in _every() if mutant.operator in {"misspell", "base", "file"}]
    found = _graded(tmp_path, mutants[:40])

    assert len(found) >= 35
    assert {kept.mutant.name for kept in found if kept.accepted} == set()
    named = [kept for kept in found if kept.mutant.causes]
    assert len(named) >= 30
    assert {k.mutant.name: k.first for k in named if k.first not in k.mutant.causes} == {}


def test_no_rewrite_is_refused_for_what_is_written(tmp_path: Path) -> None:
    """Case, spaces, comments, labels, line ends: what is built is the same."""
    rewrites = [mutant for mutant in _every() if mutant.rewrite]
    found = _graded(tmp_path, rewrites[:40])

    assert {kept.mutant.name: kept.lost for kept in found} == {}


@pytest.mark.docker
def test_what_runs_is_told_apart(session: Session, tmp_path: Path) -> None:
    """Two rewrites of lab 04 pass; three mutants of it fail, and the cause is the first thing."""
    lab = [mutant for mutant in _every() if mutant.lab == "04-images-and-containers"]
    rewrites = [mutant for mutant in lab if mutant.rewrite][:2]
    wrong = [m for m in lab if m.causes and m.operator in {"quote", "drop", "wrap"}][:3]
    for mutant in (*rewrites, *wrong):
        assert grade(session, tmp_path, mutant)
    found = [kept for mutant in (*rewrites, *wrong) if (kept := read_kept(tmp_path, mutant))]

    assert [kept.accepted for kept in found] == [True, True, False, False, False]
    assert [kept.first in kept.mutant.causes for kept in found[2:]] == [True, True, True]
