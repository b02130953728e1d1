"""Compares the files of a Python's standard library with those of the base it came from.

A file's time and size can be kept while it is changed, so contents are compared. That costs a
look at some 25 to 60 MiB, and is left out where no step of the build can have written there.
"""

import posixpath
import threading
from collections.abc import Mapping

from grader.build.image_builder import Built
from grader.engine.profile import LIBRARY_LIMIT
from grader.engine.protocol import ContainerSpec, Engine
from grader.facts import BaseFacts

_MOST = 5  # files that are named; who changed more is known by these
_WRITERS = frozenset({"RUN", "ADD"})  # what can write, or lay links, anywhere


class LibraryFiles:
    """The libraries of a run's bases, each read when it is first compared with; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pristine: dict[str, Mapping[str, str] | None] = {}

    def changed(self, engine: Engine, built: Built, container: str, run_id: str) -> tuple[str, ...]:
        """Return the paths of library files that are not the base's, or not there any more.

        `container` is one of the image, and was never started. Modules that Python has compiled on
        the way (`__pycache__`) are no change where their source is the base's.
        """
        folder = next(iter(built.base.libraries), "")
        if not folder or not _may_write(built, folder):
            return ()
        with self._lock:
            if built.base.id not in self._pristine:
                self._pristine[built.base.id] = _read(engine, built.base, folder, run_id)
            before = self._pristine[built.base.id]
        if before is None:  # a base without such a folder, or with one that is too large
            return ()
        now = engine.digests(container, folder, LIBRARY_LIMIT)
        if now is None:
            return (folder,)
        found = [
            name
            for name in before.keys() | now.keys()
            if before.get(name) != now.get(name) and not _compiled(name, before)
        ]
        return tuple(posixpath.join(folder, name) for name in sorted(found)[:_MOST])


def _read(engine: Engine, base: BaseFacts, folder: str, run_id: str) -> Mapping[str, str] | None:
    container = engine.create(ContainerSpec(image=base.id, args=("true",), run_id=run_id))
    try:
        return engine.digests(container, folder, LIBRARY_LIMIT)
    finally:
        engine.remove(container)


def _may_write(built: Built, folder: str) -> bool:
    """Return whether a step of the build can have written into a folder."""
    stages = built.dockerfile.stages()
    written = [entry for stage in stages for entry in stage.instructions]
    if len(stages) > 1 or any(entry.name in _WRITERS for entry in written):
        return True
    # Without those there are no links, and a destination leads where its words say.
    return any(
        "$" in entry.text or "]" in entry.text or _reaches(entry.text.split()[-1], folder)
        for entry in written
        if entry.name in {"COPY", "WORKDIR"} and entry.text.split()
    )


def _reaches(path: str, folder: str) -> bool:
    """Return whether something put at a path can end inside the folder: both are nested."""
    if not path.startswith("/"):  # below a WORKDIR, of which the same is asked
        return ".." in path
    path = posixpath.normpath(path)
    return posixpath.commonpath([path, folder]) in {path, folder}


def _compiled(name: str, before: Mapping[str, str]) -> bool:
    """Return whether a file that the base lacks is what Python makes of one that it has."""
    place, _, module = name.rpartition("/")
    if name in before or posixpath.basename(place) != "__pycache__":
        return False
    return posixpath.join(posixpath.dirname(place), f"{module.partition('.')[0]}.py") in before
