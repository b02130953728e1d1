"""Keeps the engine as it was found: by label and id, never by prune.

Containers go when a run ends. Build steps stay as a cache, untagged and labelled, so that a
second grading is quick; the cache is bounded and only ever touched while nobody builds.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from grader.core.errors import EngineError
from grader.core.logs import short
from grader.engine.locks import cache_alone, is_alive
from grader.engine.protocol import CACHE, Engine, Leftover

CACHE_IMAGES = 400  # labelled build steps that may stay
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed; what something still uses; how many belong to graders at work."""

    gone: tuple[Leftover, ...]
    stuck: tuple[Leftover, ...]
    in_use: int


def remove_run(engine: Engine, run_id: str) -> bool:
    """Remove every container, network and volume of one run; return whether all of it is gone.

    An engine that is away is no error: the run has already reported what happened.
    """
    try:
        left = [e for e in engine.leftovers() if e.label == run_id and e.kind != "image"]
        stuck = [entry for entry in left if not _remove(engine, entry)]
    except EngineError as error:
        _log.warning("what run %s left cannot be removed now: %s", run_id, error)
        return False
    return not stuck


def clean(engine: Engine) -> Cleaned:
    """Remove all that ended runs left behind, the cache included; a run at work keeps its own."""
    found = engine.leftovers()
    others = [entry for entry in found if entry.kind != "image"]
    dead = [entry for entry in others if not is_alive(entry.label)]
    # A network or a volume can only go after the containers that use it.
    dead.sort(key=lambda entry: entry.kind != "container")
    gone = [entry for entry in dead if _remove(engine, entry)]
    stuck = [entry for entry in dead if entry not in gone]
    in_use = len(others) - len(dead)
    images = [entry for entry in found if entry.kind == "image"]
    with cache_alone() as alone:
        if alone:
            removed, kept = _remove_images(engine, images)
            gone, stuck = gone + removed, stuck + kept
        else:
            in_use += len(images)
    _log.info("removed %d, could not remove %d, left %d in use", len(gone), len(stuck), in_use)
    return Cleaned(tuple(gone), tuple(stuck), in_use)


def trim_cache(engine: Engine) -> None:
    """Bring the build cache back under its bound, oldest steps first, unless somebody builds."""
    try:
        images = [entry for entry in engine.leftovers() if entry.kind == "image"]
        images = [entry for entry in images if entry.label == CACHE]
        surplus = len(images) - CACHE_IMAGES
        if surplus <= 0:
            return
        with cache_alone() as alone:
            if alone:
                oldest = sorted(images, key=lambda entry: entry.created)
                gone, _ = _remove_images(engine, oldest[: surplus + CACHE_IMAGES // 4])
                _log.info("removed %d of %d build steps of the cache", len(gone), len(images))
            else:
                _log.debug("the cache holds %d build steps too many, and is in use", surplus)
    except EngineError as error:
        # A cache that is too large is no reason to fail a grade.
        _log.warning("the build cache cannot be trimmed now: %s", error)


def _remove(engine: Engine, entry: Leftover) -> bool:
    gone = engine.remove_leftover(entry)
    done = "removed" if gone else "could not remove"
    _log.debug("%s %s %s (%s)", done, entry.kind, short(entry.id), entry.label)
    return gone


def _remove_images(
    engine: Engine, images: Sequence[Leftover]
) -> tuple[list[Leftover], list[Leftover]]:
    """Remove images, children before parents: each pass frees those that lost their last child."""
    gone: list[Leftover] = []
    left = sorted(images, key=lambda entry: -entry.created)
    while left:
        removed = [entry for entry in left if _remove(engine, entry)]
        if not removed:
            break
        gone += removed
        left = [entry for entry in left if entry not in removed]
    return gone, left
