"""Writing a release: whole, repeatable, and never over somebody's work."""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.core.files import write_bytes
from grader.judge.check_kinds import PARAMS
from grader.release import starter_folder as module
from grader.release.starter import StarterFile
from grader.release.starter_folder import differences, write
from grader.spec.catalog import load_assignments
from grader.submission.manifest import MANIFEST, Manifest, digest
from tests.cli.command import Done, run
from tests.conftest import LAB, ROOT

GRADER = [sys.executable, "-m", "grader"]


def _tree(**files: str) -> dict[str, StarterFile]:
    """Return a small release; double underscores are slashes."""
    tree = {
        name.replace("__", "/"): StarterFile(text.encode(), protected=False)
        for name, text in files.items()
    }
    manifest = Manifest(
        grader="1",
        labs=(),
        files={name: digest(entry.content) for name, entry in tree.items()},
        protected=(),
    )
    return {**tree, MANIFEST: StarterFile(manifest.to_bytes(), protected=False)}


def _files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.read_bytes() if path.is_file() else b"",
            path.stat().st_mode,
        )
        for path in sorted(folder.rglob("*"))
    }


def test_the_log_says_which_files_a_release_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And that the second one changed none."""
    caplog.set_level(logging.DEBUG, "grader.release")
    tree = _tree(**{"README.md": "a", "lab__one.py": "b"})
    write(tmp_path, tree)
    assert "README.md: missing" in caplog.messages
    assert "lab/one.py: missing" in caplog.messages
    assert f"{tmp_path}: 3 of 3 files changed" in caplog.messages

    caplog.clear()
    write(tmp_path, tree)

    assert caplog.messages == [f"{tmp_path} is up to date: 3 files"]


def _release(to: Path, *args: str, env: dict[str, str] | None = None, umask: int = 0o022) -> int:
    done = subprocess.run(
        [*GRADER, "release", "--untried", "--to", to, *args],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        umask=umask,
        env={**os.environ, **(env or {})},
    )
    assert "Traceback" not in done.stderr
    return done.returncode


def _again(to: Path, *args: str) -> Done:
    """Release in this process: nothing of another one matters."""
    return run("release", "--untried", "--to", to, *args, cwd=to.parent, env=os.environ)


def test_two_releases_are_the_same_whoever_makes_them(tmp_path: Path) -> None:
    """Time zone, language, umask, hash seed and the order of a folder leave no trace."""
    shuffled = tmp_path / "assignments"
    shuffled.mkdir()
    for lab in sorted((ROOT / "assignments").iterdir(), reverse=True):
        (shuffled / lab.name).mkdir()
        for path in sorted(lab.iterdir(), reverse=True):
            shutil.copy(path, shuffled / lab.name)
    one, two = tmp_path / "one", tmp_path / "two"
    odd = {"TZ": "Pacific/Chatham", "LC_ALL": "C", "PYTHONHASHSEED": "3", "PYTHONUTF8": "0"}

    assert _release(one) == 0
    assert _release(two, "--assignments", str(shuffled), env=odd, umask=0o077) == 0

    assert _files(one) == _files(two)


def test_the_second_time_nothing_is_written(tmp_path: Path) -> None:
    """Not even the same bytes again."""
    assert _again(tmp_path / "to").returncode == 0
    before = {path: path.stat().st_ino for path in (tmp_path / "to").rglob("*")}

    assert _again(tmp_path / "to").returncode == 0

    assert {path: path.stat().st_ino for path in (tmp_path / "to").rglob("*")} == before


def test_check_fails_and_lists_what_is_out_of_date(tmp_path: Path) -> None:
    """Changed, missing, no longer executable: each with its name, and nothing is written."""
    to = tmp_path / "to"
    _again(to)
    (to / "README.md").write_text("mine")
    (to / LAB / "main.py").unlink()
    (to / "check").chmod(0o644)
    before = _files(to)

    done = _again(to, "--check")

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{LAB}/main.py: missing",
        "README.md: different",
        "check: not executable",
    ]
    assert _files(to) == before
    assert _again(tmp_path / "nosuch", "--check").returncode == 2


def test_a_release_of_fewer_labs_takes_the_others_away(tmp_path: Path) -> None:
    """With their folders; what is not ours stays."""
    to = tmp_path / "to"
    write(to, _tree(a__one="1", b__two="2", b__three="3"))
    (to / "LICENSE").write_text("the course's own")
    (to / "b" / "own.txt").write_text("the course's own")

    write(to, _tree(a__one="1", b__two="2"))
    assert not (to / "b" / "three").exists()
    write(to, _tree(a__one="changed"))

    assert sorted(_files(to)) == [MANIFEST, "LICENSE", "a", "a/one", "b", "b/own.txt"]
    assert (to / "a" / "one").read_text() == "changed"


def test_the_execute_bit_is_kept(tmp_path: Path) -> None:
    """Git keeps it too."""
    _release(tmp_path / "to", umask=0o077)

    assert (tmp_path / "to" / "check").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "to" / "README.md").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("found", ["essay.txt", ".hidden"])
def test_a_folder_that_is_no_release_is_left_alone(tmp_path: Path, found: str) -> None:
    """Whatever is in it."""
    (tmp_path / found).write_text("mine")

    with pytest.raises(UsageError, match="is not a release of ours"):
        write(tmp_path, _tree(one="1"))

    assert sorted(_files(tmp_path)) == [found]


def test_a_fresh_clone_is_empty_enough(tmp_path: Path) -> None:
    """The folder of an empty repository holds .git and nothing else."""
    (tmp_path / ".git").mkdir()

    write(tmp_path, _tree(one="1"))

    assert (tmp_path / "one").read_text() == "1"


def test_students_work_is_never_written_over(tmp_path: Path) -> None:
    """Neither a filled-in file, nor one where the new release puts its own, nor one to remove."""
    write(tmp_path, _tree(one="1", two="2"))
    (tmp_path / "two").write_text("filled in")
    (tmp_path / "three").write_text("mine")
    before = _files(tmp_path)

    with pytest.raises(UsageError, match=r"somebody changed three, two"):
        write(tmp_path, _tree(one="changed", three="3"))

    assert _files(tmp_path) == before


@pytest.mark.parametrize("name", ["one", "dir/two"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    """Not to a file elsewhere, and not below a folder elsewhere."""
    to, elsewhere = tmp_path / "to", tmp_path / "elsewhere"
    write(to, _tree(one="1", dir__two="2"))
    elsewhere.mkdir()
    place = to / name.split("/", maxsplit=1)[0]
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()
    place.symlink_to(elsewhere)

    with pytest.raises(UsageError, match="somebody changed"):
        write(to, _tree(one="changed", dir__two="changed"))

    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("calls", range(1, 6))
def test_a_release_that_was_cut_off_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """After any of its writes: what it left is still known to be ours."""
    write(tmp_path, _tree(one="1", two="2", three="3"))
    new = _tree(one="changed", two="changed", four="4")
    count = 0

    def cut_off(path: Path, content: bytes, *, executable: bool = False) -> None:
        nonlocal count
        count += 1
        if count > calls:
            raise KeyboardInterrupt
        real(path, content, executable=executable)

    real = write_bytes
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_bytes", cut_off)
        if calls < 5:
            with pytest.raises(KeyboardInterrupt):
                write(tmp_path, new)
        else:
            write(tmp_path, new)

    write(tmp_path, new)

    assert differences(tmp_path, new) == ()
    assert sorted(_files(tmp_path)) == [MANIFEST, "four", "one", "two"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"schema": "grader/release/v1", "files": {"../x": "0"}}']
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    """It decides what may be written over and removed."""
    (tmp_path / MANIFEST).write_text(content)

    with pytest.raises(UsageError, match="is not a list this grader wrote"):
        write(tmp_path, _tree(one="1"))


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a//x", ".", "a/./x", "a\\x", ""])
def test_a_manifest_cannot_name_what_is_outside(path: str) -> None:
    """Not above the folder, not absolute."""
    with pytest.raises(ValueError, match="files"):
        Manifest(grader="1", labs=(), files={path: "0" * 64}, protected=())


@pytest.mark.parametrize("left", ["answer", "solved", "gone"])
def test_a_lab_that_its_author_tried_in_place_is_not_given_out(tmp_path: Path, left: str) -> None:
    """Answers, solved files and gaps stay where they are, and nothing is written."""
    for folder in ("assignments", "solutions"):
        shutil.copytree(ROOT / folder / LAB, tmp_path / folder / LAB)
    lab, model = tmp_path / "assignments" / LAB, tmp_path / "solutions" / LAB / "model"
    name = "answers.ipynb" if left == "answer" else "Dockerfile-exec"
    if left == "gone":
        (lab / name).unlink()
    else:
        shutil.copy(model / name, lab / name)
    words = ("release", "--to", tmp_path / "out", "--assignments", tmp_path / "assignments")

    done = run(*words, cwd=tmp_path, env=dict(os.environ))

    assert done.returncode == 2
    assert f"{LAB}/{name}:" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_readme_counts_questions(tmp_path: Path) -> None:
    """A lab's points are what the report says is to be had."""
    words = ("release", "--untried", "--to", tmp_path / "out", "--labs", LAB)
    assert run(*words, cwd=ROOT, env=dict(os.environ)).returncode == 0
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    (lab,) = (each for each in load_assignments(ROOT / "assignments", PARAMS) if each.id == LAB)
    assert lab.questions
    assert f"{lab.points} points" in text
