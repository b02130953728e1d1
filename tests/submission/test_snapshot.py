"""Reading a submission: nothing in it is trusted, followed, or silently lost."""

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from grader.core.errors import SubmissionError
from grader.submission.snapshot import MAX_BYTES, MAX_FILES, read_submission

LAB = "04-images-and-containers"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the lab folder of an otherwise right submission called alice."""
    path = tmp_path / "alice" / LAB
    path.mkdir(parents=True)
    (path / "Dockerfile-exec").write_text("FROM python:3.7\n")
    return path


def test_regular_files_are_read_with_their_folders(folder: Path) -> None:
    """Everything a build may need is in the snapshot, by relative path."""
    (folder / "sub").mkdir()
    (folder / "sub" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "sub" / "run.sh").chmod(0o755)

    submission = read_submission(folder.parent, [LAB])

    lab = submission.labs[LAB]
    assert submission.id == "alice"
    assert lab.files == {"Dockerfile-exec": b"FROM python:3.7\n", "sub/run.sh": b"#!/bin/sh\n"}
    assert lab.executable == {"sub/run.sh"}
    assert lab.left_out == {}


def test_a_lab_folder_by_itself_is_a_submission_of_that_lab(folder: Path) -> None:
    """A student stands in the lab's folder and asks for a check."""
    submission = read_submission(folder, [LAB, "05-volumes"])

    assert submission.id == "alice"
    assert list(submission.labs) == [LAB]


def test_links_pipes_sockets_and_devices_are_left_out_with_a_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No link is followed and nothing that could block is opened."""
    (folder / "link").symlink_to("/etc/shadow")
    (folder / "outside").symlink_to("/etc")
    (folder / "beside").symlink_to("../notes")
    (folder.parent / "notes").write_text("of another lab")
    (folder / "round").symlink_to("round")
    (folder / "folder").mkdir()
    (folder / "to-folder").symlink_to("folder")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("token")
    (folder / "config").symlink_to(".git/config")
    os.mkfifo(folder / "pipe")
    server = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(folder)  # the path of a socket may have 107 bytes only
    server.bind("sock")

    lab = read_submission(folder.parent, [LAB]).labs[LAB]

    server.close()
    assert list(lab.files) == ["Dockerfile-exec"]
    for name in ("link", "outside", "beside", "config"):
        assert lab.left_out[name].startswith("it is a link that leads out of the lab's folder")
    assert lab.left_out["round"].startswith("it is a link that leads nowhere")
    assert lab.left_out["to-folder"].startswith("it is a link to a folder")
    assert lab.left_out["pipe"] == "it is no regular file"
    assert "sock" in lab.left_out


def test_links_inside_the_folder_are_read_as_the_files_they_lead_to(folder: Path) -> None:
    """`docker build` follows them, too; and a copy made with `cp -al` is made of hard links."""
    (folder / "shop.py").write_text("print()\n")
    (folder / "orders.py").symlink_to("shop.py")
    (folder / "sub").mkdir()
    (folder / "sub" / "again.py").symlink_to("../orders.py")
    os.link(folder / "shop.py", folder / "hard.py")

    lab = read_submission(folder.parent, [LAB]).labs[LAB]

    same = {name for name, content in lab.files.items() if content == b"print()\n"}
    assert same == {"shop.py", "orders.py", "sub/again.py", "hard.py"}
    assert lab.left_out == {}


def test_what_is_asked_for_is_read_whatever_lies_beside_it(folder: Path) -> None:
    """A virtual environment, hundreds of files, a recording that takes nearly all of the room."""
    for number in range(MAX_FILES + 50):
        (folder / f"a{number:03}").write_text("")
    (folder / "env" / "lib").mkdir(parents=True)
    (folder / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (folder / "env" / "lib" / "a.py").write_text("")
    (folder / "a-recording.mp4").write_bytes(b"x" * (MAX_BYTES - 100))
    (folder / "orders.py").write_text("print()\n" * 50)

    lab = read_submission(folder.parent, [LAB], ["orders.py", "Dockerfile-exec"]).labs[LAB]

    assert {"orders.py", "Dockerfile-exec"} <= set(lab.files)
    assert not any(name.startswith("env/") for name in lab.files)
    assert lab.left_out["env/"] == "it is a virtual environment of Python"
    assert "larger than" in lab.left_out["a-recording.mp4"]


def test_files_at_the_top_come_before_those_in_folders(folder: Path) -> None:
    """`data/` with hundreds of files takes no place from `orders.py`, whoever asks for it."""
    (folder / "data").mkdir()
    for number in range(MAX_FILES + 50):
        (folder / "data" / f"{number:03}").write_text("")
    (folder / "orders.py").write_text("print()\n")

    assert "orders.py" in read_submission(folder.parent, [LAB]).labs[LAB].files


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
@pytest.mark.parametrize("call", ["open", "scandir"])
def test_what_this_machine_cannot_read_is_said_to_be_that(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    """It is no file that was not handed in. Root may read all, so the error is made here."""
    real = getattr(os, call)

    def failing(path: Any, *rest: Any) -> Any:
        if str(path).startswith(str(folder)):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *rest)

    monkeypatch.setattr(os, call, failing)

    lab = read_submission(folder.parent, [LAB]).labs[LAB]

    assert os.strerror(number) in lab.unreadable
    assert LAB in lab.unreadable


def test_an_empty_lab_folder_is_another_submission_than_none(folder: Path, tmp_path: Path) -> None:
    """And so is one with a link that was left out: neither gets the other's facts."""
    (folder / "Dockerfile-exec").unlink()
    other = tmp_path / "bob" / LAB
    other.mkdir(parents=True)
    (other / "out").symlink_to("/etc/passwd")
    both = [LAB, "05-volumes"]
    (folder.parent / "05-volumes").mkdir()
    (folder.parent / "05-volumes" / "Dockerfile").write_text("FROM a\n")
    digests = {
        read_submission(folder.parent, both).digest,
        read_submission(other.parent, both).digest,
    }
    folder.rmdir()
    digests.add(read_submission(folder.parent, both).digest)

    assert len(digests) == 3


def test_a_lab_that_is_a_link_is_not_there(tmp_path: Path, folder: Path) -> None:
    """A linked folder could be anybody's."""
    (tmp_path / "mallory").mkdir()
    (tmp_path / "mallory" / LAB).symlink_to(folder)

    with pytest.raises(SubmissionError):
        read_submission(tmp_path / "mallory", [LAB])


def test_sizes_counts_and_depth_are_capped(folder: Path) -> None:
    """A sparse terabyte or a hundred thousand files cost nothing."""
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)
    deep = folder / "/".join("d" * 12)
    deep.mkdir(parents=True)
    (deep / "file").write_text("deep")

    lab = read_submission(folder.parent, [LAB]).labs[LAB]

    assert f"larger than {MAX_BYTES // 1024 // 1024} MiB" in lab.left_out["huge"]
    assert list(lab.files) == ["Dockerfile-exec"]

    for number in range(MAX_FILES + 50):
        (folder / f"f{number:03}").write_text("")
    lab = read_submission(folder.parent, [LAB]).labs[LAB]
    assert len(lab.files) + len(lab.left_out) <= MAX_FILES + 1
    assert "the rest was not read" in lab.left_out["..."]


def test_names_that_are_not_plain_text_are_left_out_and_shown_escaped(folder: Path) -> None:
    """Control and bidi characters reach no tar archive, page or terminal."""
    (folder / "a\nb").write_text("x")
    (folder / "\u202edcba").write_text("x")
    (folder / os.fsdecode(b"\xff\xfe")).write_text("x")

    lab = read_submission(folder.parent, [LAB]).labs[LAB]

    assert list(lab.files) == ["Dockerfile-exec"]
    assert {"a\\nb", "\\u202edcba"} <= set(lab.left_out)
    assert all(name.isprintable() for name in lab.left_out)


def test_tools_leavings_are_not_read(folder: Path) -> None:
    """A repository's .git may hold hooks and tokens; it is never part of anything."""
    for name in (".git", "__pycache__"):
        (folder / name).mkdir()
        (folder / name / "config").write_text("token")

    assert list(read_submission(folder.parent, [LAB]).labs[LAB].files) == ["Dockerfile-exec"]


def test_the_digest_tells_every_difference(folder: Path) -> None:
    """Content, names and the execute bit: whatever a build could see."""
    digests = [read_submission(folder.parent, [LAB]).digest]
    (folder / "more").write_text("x")
    digests.append(read_submission(folder.parent, [LAB]).digest)
    (folder / "more").chmod(0o755)
    digests.append(read_submission(folder.parent, [LAB]).digest)
    (folder / "more").rename(folder / "other")
    digests.append(read_submission(folder.parent, [LAB]).digest)

    assert len(set(digests)) == 4
    (folder / "other").unlink()
    assert read_submission(folder.parent, [LAB]).digest == digests[0]


@pytest.mark.parametrize("name", ["missing", "file", "empty"])
def test_what_is_no_submission_says_so(tmp_path: Path, name: str) -> None:
    """With what was expected instead."""
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()

    with pytest.raises(SubmissionError, match="folder"):
        read_submission(tmp_path / name, [LAB])
