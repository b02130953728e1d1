"""Changed files that are not for students to change: seen, named, and never a lost point."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.facts import SubmissionFacts
from grader.judge.score import score_submission
from grader.release.starter import StarterFile
from grader.release.starter_folder import write
from grader.spec.assignment import Assignment
from grader.submission.changed import changed_files
from grader.submission.manifest import MANIFEST, Manifest, digest, read_manifest
from grader.submission.snapshot import read_submission
from tests.conftest import LAB, ROOT

WORKFLOW = ".github/workflows/grade.yml"
Labs = tuple[Assignment, ...]


@pytest.fixture
def repository(tmp_path: Path, released: dict[str, StarterFile]) -> Path:
    """Return a student's clone of the starter repository."""
    write(tmp_path / "alice", released)
    return tmp_path / "alice"


@pytest.fixture
def manifest(released: dict[str, StarterFile]) -> Manifest:
    """Return the manifest as the staff has it."""
    return read_manifest(released[MANIFEST].content)


def _changed(folder: Path, labs: Labs, manifest: Manifest | None = None) -> tuple[str, ...]:
    return changed_files(read_submission(folder, [lab.id for lab in labs]), labs, manifest)


def _append(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for name in names:
            with (folder / name).open("a") as file:
                file.write("# mine\n")

    return change


def _forget(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def _break(folder: Path) -> None:
    (folder / MANIFEST).write_text("{}")


def _forge(folder: Path) -> None:
    """Change the workflow and say in the manifest that it was always so."""
    own = read_manifest((folder / MANIFEST).read_bytes())
    files = {name: known for name, known in own.files.items() if name != WORKFLOW}
    forged = own.model_copy(update={"files": files, "protected": ()})
    (folder / MANIFEST).write_bytes(forged.to_bytes())
    _append(WORKFLOW)(folder)


def _windows(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.suffix in {".py", ".yml", ".yaml"}:
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(
    ("change", "own", "trusted"),
    [
        (_append(f"{LAB}/Dockerfile-exec", "README.md"), (), ()),
        (_append(f"{LAB}/main.py"), (f"{LAB}/main.py",), (f"{LAB}/main.py",)),
        (_append(f"{LAB}/assignment.yaml"), *[(f"{LAB}/assignment.yaml",)] * 2),
        (_append(WORKFLOW, "check"), (WORKFLOW, "check"), (WORKFLOW, "check")),
        (lambda folder: (folder / WORKFLOW).unlink(), (WORKFLOW,), (WORKFLOW,)),
        (_windows, (), ()),
        (_forge, (), (WORKFLOW, MANIFEST)),
        (_break, (MANIFEST,), (MANIFEST,)),
        (_forget, (), ()),
    ],
    ids=["filled-in", "provided", "spec", "around", "removed", "crlf", "forged", "broken", "none"],
)
def test_changes_are_found(
    repository: Path,
    labs: Labs,
    manifest: Manifest,
    change: Callable[[Path], None],
    own: tuple[str, ...],
    trusted: tuple[str, ...],
) -> None:
    """With the repository's own manifest, and with the staff's, which no student can change."""
    change(repository)

    assert _changed(repository, labs) == tuple(sorted(own))
    assert _changed(repository, labs, manifest) == tuple(sorted(trusted))


def test_who_hands_in_the_labs_alone_changed_nothing(
    tmp_path: Path, labs: Labs, manifest: Manifest
) -> None:
    """An upload to a learning platform has neither a workflow nor the given files."""
    (tmp_path / "alice" / LAB).mkdir(parents=True)
    (tmp_path / "alice" / LAB / "Dockerfile-exec").write_text("FROM python:3.7\n")

    assert _changed(tmp_path / "alice", labs, manifest) == ()


def test_an_older_release_is_no_change(repository: Path, labs: Labs) -> None:
    """The course changed a given file since: the student did not."""
    own = read_manifest((repository / MANIFEST).read_bytes())
    old = b"print('last year')\n"
    (repository / LAB / "main.py").write_bytes(old)
    files = {**own.files, f"{LAB}/main.py": digest(old)}
    (repository / MANIFEST).write_bytes(own.model_copy(update={"files": files}).to_bytes())

    assert _changed(repository, labs) == ()


def test_a_change_is_noted_and_costs_nothing(lab: Assignment) -> None:
    """A person is asked to look; every point stands."""
    text = (ROOT / "tests" / "recorded" / "model.json").read_bytes()
    facts = SubmissionFacts.model_validate_json(text)
    before = score_submission(facts, [lab])
    changed = (f"{LAB}/main.py", WORKFLOW)

    after = score_submission(facts.model_copy(update={"changed": changed}), [lab])

    assert (after.score, after.max_score) == (before.score, before.max_score)
    assert after.status == "needs_review"
    assert after.changed == changed
    assert f"{LAB}/main.py, {WORKFLOW}" in after.sections[0].notes[-1]
