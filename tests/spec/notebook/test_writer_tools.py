"""Jupyter's and nbgrader's own programs take our notebooks, and leave the answers in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from grader.facts import AnswerFacts
from grader.spec.assignment import Assignment
from grader.spec.notebook.find_answers import read_answers
from grader.spec.public import NOTEBOOK
from tests.conftest import ROOT

TIMEOUT = 240
_READ = """
import sys
import nbformat
from nbgrader.nbgraderformat import read
from nbgrader.utils import is_grade, is_locked, is_solution
for name in sys.argv[1:]:
    text = open(name, encoding="utf-8").read()
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    assert nbformat.writes(book) + "\\n" == text, name
    cells = read(name, as_version=4).cells
    graded = [cell for cell in cells if is_grade(cell)]
    assert all(is_solution(cell) and not is_locked(cell) for cell in graded)
    assert all(is_locked(cell) for cell in cells if not is_grade(cell))
    print(len(graded), sum(cell.metadata.nbgrader.points for cell in graded))
"""


def _run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of Jupyter's programs, which warn of many things, with a home of its own."""
    env = os.environ | {
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )


def _copies(folder: Path, labs: tuple[Assignment, ...], *, model: bool) -> list[Path]:
    copies = []
    for lab in labs:
        source = ROOT / "solutions" / lab.id / "model" if model else lab.folder
        name = f"{lab.id}{'-model' if model else ''}.ipynb"
        copies.append(Path(shutil.copy(source / NOTEBOOK, folder / name)))
    return copies


def test_nbgrader_validates_the_notebooks(labs: tuple[Assignment, ...], tmp_path: Path) -> None:
    """`nbgrader validate` as a student or an instructor would call it, answered or not."""
    copies = _copies(tmp_path, labs, model=False) + _copies(tmp_path, labs[:2], model=True)
    done = _run(tmp_path, "nbgrader", "validate", *copies)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Success! Your notebook passes all the tests.") == len(copies)
    assert "FAILED" not in done.stdout


def test_nbgrader_reads_the_notebooks(labs: tuple[Assignment, ...], tmp_path: Path) -> None:
    """With its own reader, which checks its metadata; and finds the points where we put them.

    nbformat finds them as its format has to be, and would write each byte as it is.
    """
    copies = _copies(tmp_path, labs, model=False) + _copies(tmp_path, labs, model=True)
    done = _run(tmp_path, sys.executable, "-c", _READ, *copies)

    assert done.returncode == 0, done.stderr
    asked = [(len(lab.questions), sum(q.points for q in lab.questions)) for lab in labs]
    assert done.stdout.splitlines() == [f"{number} {points}" for number, points in asked * 2]


def test_what_jupyter_saves_grades_the_same(lab: Assignment, tmp_path: Path) -> None:
    """Opened, run and saved: nbconvert does with nbclient what a click on Run All does."""
    (copy,) = _copies(tmp_path, (lab,), model=True)
    before = copy.read_bytes()
    done = _run(tmp_path, "jupyter-nbconvert", "--to", "notebook", "--execute", "--inplace", copy)

    assert done.returncode == 0, done.stderr
    assert copy.read_bytes() != before
    answers = read_answers(lab.questions, copy.read_bytes())
    assert answers == read_answers(lab.questions, before)
    assert all(isinstance(a, AnswerFacts) and a.text and not a.flags for a in answers.values())
