"""Emptying a folder, whatever somebody has put into it."""

import os
from pathlib import Path

from grader.engine.trees import empty


def test_a_folder_is_emptied_however_deep_it_goes(tmp_path: Path) -> None:
    """Deeper than paths may be long, and with names that the moved ones would like to have."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("not in it")
    folder = tmp_path / "folder"
    (folder / "0" / "1" / "2").mkdir(parents=True)
    (folder / "link").symlink_to(kept)
    (folder / "0" / "link").symlink_to(kept)
    os.mkfifo(folder / "0" / "pipe")
    (folder / os.fsdecode(b"\xff")).mkdir()
    place = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("x" * 200, dir_fd=place)
        inner = os.open("x" * 200, os.O_RDONLY, dir_fd=place)
        os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=inner))
        os.close(place)
        place = inner
    os.close(place)

    empty(folder)

    assert list(folder.iterdir()) == []
    assert (kept / "file").read_text() == "not in it"
