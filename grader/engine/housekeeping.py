"""Keeps the engine as it was found: by label and id, never by prune.

Containers go when a run ends. Build steps stay as a cache, untagged and labelled, so that a
second grading is quick; the cache is bounded and only ever touched while nobody builds.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.engine.protocol import CACHE, Engine, Leftover
from grader.errors import EngineError

CACHE_IMAGES = 400  # labelled build steps that may stay


def remove_run(engine: Engine, run_id: str) -> None:
    """Remove every container, network and volume of one run; an engine that is gone is no error."""
    try:
        for leftover in engine.leftovers():
            if leftover.label == run_id and leftover.kind != "image":
                engine.remove_leftover(leftover)
    except EngineError:
        return  # the run has already reported what happened; `grader clean` gets the rest


def clean(engine: Engine) -> tuple[list[Leftover], list[Leftover]]:
    """Remove all that runs left behind, the cache included; return what is gone and what is not."""
    found = sorted(engine.leftovers(), key=lambda leftover: leftover.kind != "container")
    others = [leftover for leftover in found if leftover.kind != "image"]
    gone = [leftover for leftover in others if engine.remove_leftover(leftover)]
    left = [leftover for leftover in others if leftover not in gone]
    images = [leftover for leftover in found if leftover.kind == "image"]
    removed, kept = _remove_images(engine, images)
    return gone + removed, left + kept


def trim_cache(engine: Engine) -> None:
    """Bring the build cache back under its bound, oldest steps first, unless somebody builds."""
    try:
        images = [entry for entry in engine.leftovers() if entry.kind == "image"]
        images = [entry for entry in images if entry.label == CACHE]
        surplus = len(images) - CACHE_IMAGES
        if surplus > 0:
            with _exclusive_lock() as alone:
                if alone:
                    oldest = sorted(images, key=lambda entry: entry.created)
                    _remove_images(engine, oldest[: surplus + CACHE_IMAGES // 4])
    except EngineError:
        return  # a cache that is too large is no reason to fail a grade


def _remove_images(
    engine: Engine, images: Sequence[Leftover]
) -> tuple[list[Leftover], list[Leftover]]:
    """Remove images, children before parents: each pass frees those that lost their last child."""
    gone: list[Leftover] = []
    left = sorted(images, key=lambda entry: -entry.created)
    while left:
        removed = [entry for entry in left if engine.remove_leftover(entry)]
        if not removed:
            break
        gone += removed
        left = [entry for entry in left if entry not in removed]
    return gone, left


@contextmanager
def cache_lock() -> Iterator[None]:
    """Hold off trimming: while this is held anywhere on this machine, no step is removed."""
    with _lock_file() as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield


@contextmanager
def _exclusive_lock() -> Iterator[bool]:
    with _lock_file() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _lock_file() -> Iterator[int]:
    path = Path(tempfile.gettempdir()) / "docker-tutorial-grader.lock"
    handle = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)
