"""Empties a folder, however deep it goes.

Its text is also given to Python in a container, so it imports nothing of ours.
"""

from __future__ import annotations  # the oldest base is of Python 3.7

import errno
import os
from pathlib import Path


def empty(folder: Path) -> None:
    """Remove all that is in a folder nobody writes to any more.

    What is deeper is moved up first: a path may be longer than the kernel takes, and thousands of
    folders in one another are more than a recursion or open files can follow.
    """
    moved, found = 0, True
    while found:
        found = False
        with os.scandir(folder) as entries:
            for entry in entries:
                found = True
                place = Path(entry.path)
                if not entry.is_dir(follow_symlinks=False):
                    place.unlink()
                    continue
                with os.scandir(place) as inner:
                    for deeper in inner:
                        if not deeper.is_dir(follow_symlinks=False):
                            Path(deeper.path).unlink()
                            continue
                        while os.path.lexists(folder / str(moved)):
                            moved += 1
                        Path(deeper.path).rename(folder / str(moved))
                try:
                    place.rmdir()
                except OSError as error:
                    # What is listed while it changes may leave something out; then once more.
                    if error.errno != errno.ENOTEMPTY:
                        raise
