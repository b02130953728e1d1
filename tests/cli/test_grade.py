"""What a second `grader grade` makes of saved results after the grader itself has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.batch.solutions import assemble
from tests.conftest import LAB, ROOT

NO_ENGINE = {"DOCKER_HOST": "unix:///nosuch/docker.sock"}
# Saves results as a run with this grader would have, of the recorded facts of a model solution.
_SAVE = """
import sys
from pathlib import Path
from grader.cli.common import load_labs
from grader.pipeline import judge_facts, observed_key
from grader.results import store
from grader.results.keep import keep
from grader.results.results_folder import open_results
from grader.submission.snapshot import read_submission

subs, out, recorded, lab = map(Path, sys.argv[1:])
labs = load_labs(None, (lab.name,))
facts = store.read_facts(recorded)
with open_results(out, [lab.name]):
    for path in sorted(subs.iterdir()):
        digest = read_submission(path, [lab.name]).digest
        observed = observed_key(labs, faithful=False)(digest)
        own = {"submission": path.name, "digest": digest, "observed": observed}
        keep(out, judge_facts(facts.model_copy(update=own), labs, {}), labs, warn=print)
"""


class Checkout:
    """A copy of this checkout whose code a test may change, with a class it has graded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code, self.subs, self.out = folder / "code", folder / "subs", folder / "out"

    def copied(self, to: Path) -> "Checkout":
        """Return a copy; times stay, so Python need not compile its modules anew."""
        shutil.copytree(self.folder, to, dirs_exist_ok=True)
        return Checkout(to)

    def python(self, *args: object) -> subprocess.CompletedProcess[str]:
        """Run Python with the copy instead of the installed grader, and without an engine."""
        return subprocess.run(
            [sys.executable, *map(str, args)],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.code,
            env={**os.environ, **NO_ENGINE, "PYTHONPATH": str(self.code)},
        )

    def grade(self) -> subprocess.CompletedProcess[str]:
        """Grade the class again."""
        return self.python(
            *("-m", "grader", "grade", self.subs, "--out", self.out, "--section", LAB)
        )

    def change(self, module: str, code: str) -> None:
        """Add code at the end of a module."""
        path = self.code / "grader" / module
        path.write_text(path.read_text() + code)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a copy of this checkout with a graded class of one, to be left as it is."""
    made = Checkout(tmp_path_factory.mktemp("graded"))
    junk = shutil.ignore_patterns("__pycache__")
    for name in ("grader", "assignments", "templates"):
        shutil.copytree(ROOT / name, made.code / name, ignore=junk)
    assemble(made.subs / "alice", LAB)
    saved = made.python("-c", _SAVE, made.subs, made.out, ROOT / "tests/recorded/model.json", LAB)
    assert saved.returncode == 0, saved.stderr
    return made


@pytest.fixture
def checkout(graded: Checkout, tmp_path: Path) -> Checkout:
    """Return a copy of this checkout with a graded class of one."""
    return graded.copied(tmp_path)


def test_the_same_grader_leaves_results_as_they_are(checkout: Checkout) -> None:
    """Without an engine, for there is nothing to do."""
    done = checkout.grade()

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 submissions: 0 graded now, 1 unchanged." in done.stdout


def test_a_changed_judge_judges_saved_facts_again(checkout: Checkout) -> None:
    """Every check fails now, so no result is as it would be: none is "unchanged"."""
    fails = "\n\ndef passed(reason, **_):\n    return failed(reason, expected='', actual='')\n"
    checkout.change("judge/outcome.py", fails)

    done = checkout.grade()

    assert done.returncode == 0, done.stderr
    assert "unchanged" not in done.stdout
    assert "1 judged again from saved facts" in done.stdout
    assert '"score": 0,' in (checkout.out / "alice" / "result.json").read_text()
    assert "1 unchanged" in checkout.grade().stdout


def test_a_changed_page_is_made_again(checkout: Checkout) -> None:
    """The report lies beside the result, and is made of it by a template."""
    page = checkout.code / "templates" / "report.html.j2"
    page.write_text(page.read_text() + "<!-- another -->")

    assert "1 judged again from saved facts" in checkout.grade().stdout
    assert (checkout.out / "alice" / "report.html").read_text().endswith("<!-- another -->")


@pytest.mark.parametrize("module", ["observe/image.py", "engine/docker.py", "pipeline.py"])
def test_a_changed_probe_observes_again(checkout: Checkout, module: str) -> None:
    """For which there must be an engine; the result stays until there is another."""
    before = (checkout.out / "alice" / "result.json").read_bytes()
    checkout.change(module, "\n")

    done = checkout.grade()

    assert done.returncode == 3
    assert "No Docker engine answers" in done.stderr
    assert (checkout.out / "alice" / "result.json").read_bytes() == before


@pytest.fixture
def unseen(checkout: Checkout) -> Checkout:
    """Return the class with a judge that asks for a fact which nobody observed at that time."""
    lines = (
        "from grader.judge.context import NotObserved",
        "def passed(*_, **__):",
        "    raise NotObserved('the colour was not looked at')",
    )
    checkout.change("judge/outcome.py", "\n".join(["", *lines, ""]))
    return checkout


def test_a_fact_that_nobody_observed_has_the_work_graded_again(unseen: Checkout) -> None:
    """The engine is asked for it at once; the grader does not fail."""
    done = unseen.grade()

    assert done.returncode == 3
    assert "No Docker engine answers" in done.stderr
    assert "The grader itself failed" not in done.stderr


def test_rejudge_says_what_has_to_be_graded_again(unseen: Checkout) -> None:
    """And leaves the result it has."""
    done = unseen.python("-m", "grader", "rejudge", unseen.out)

    assert done.returncode == 2
    assert "alice: the colour was not looked at" in done.stderr
    assert "Grade these again." in done.stderr


def test_a_class_report_needs_no_new_facts(unseen: Checkout) -> None:
    """It is made of results as they are."""
    done = unseen.python("-m", "grader", "report", unseen.out)

    assert (done.returncode, done.stderr) == (0, "")
