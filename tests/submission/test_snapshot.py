"""Reading a submission: nothing in it is trusted, followed, or silently lost."""

import os
import socket
from pathlib import Path

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
    (folder / "one").write_text("x")
    os.link(folder / "one", folder / "two")
    os.mkfifo(folder / "pipe")
    server = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(folder)  # the path of a socket may have 107 bytes only
    server.bind("sock")

    lab = read_submission(folder.parent, [LAB]).labs[LAB]

    server.close()
    assert list(lab.files) == ["Dockerfile-exec"]
    assert lab.left_out["link"] == "it is a link; hand in the file itself"
    assert lab.left_out["outside"] == "it is a link; hand in the file itself"
    assert lab.left_out["pipe"] == "it is no regular file"
    assert lab.left_out["two"] == "it is a hard link to another file; hand in a copy"
    assert "sock" in lab.left_out


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
