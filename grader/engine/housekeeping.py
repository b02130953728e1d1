"""Keeps the engine as it was found: by label and id, never by prune.

Containers go when a run ends. Build steps stay as a cache, untagged and labelled, so that a
second grading is quick; the cache is bounded and only ever touched while nobody builds.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.core.errors import EngineError
from grader.core.logs import short
from grader.engine.locks import cache_alone, is_alive
from grader.engine.protocol import CACHE, Engine, Leftover

CACHE_IMAGES = 400  # labelled build steps that may stay
CACHE_BYTES = 2 << 30  # what they may add to the bases, all together
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
        _, stuck = sweep(engine, lambda label: label == run_id)
    except EngineError as error:
        _log.warning("what run %s left cannot be removed now: %s", run_id, error)
        return False
    return not stuck


def sweep(
    engine: Engine, ours: Callable[[str], bool]
) -> tuple[tuple[Leftover, ...], tuple[Leftover, ...]]:
    """Remove the containers, networks and volumes of runs; return what went, and what is in use.

    `ours` says of a label whether its run is meant. Build steps belong to no run.
    """
    found = [e for e in engine.leftovers() if e.kind != "image" and ours(e.label)]
    # A network or a volume can only go after the containers that use it.
    found.sort(key=lambda entry: entry.kind != "container")
    gone = tuple(entry for entry in found if _remove(engine, entry))
    return gone, tuple(entry for entry in found if entry not in gone)


def clean(engine: Engine) -> Cleaned:
    """Remove all that ended runs left behind, the cache included; a run at work keeps its own."""
    gone, stuck = sweep(engine, lambda label: not is_alive(label))
    left = engine.leftovers()
    images = [entry for entry in left if entry.kind == "image"]
    in_use = len([e for e in left if e.kind != "image" and e not in stuck])
    with cache_alone() as alone:
        if alone:
            removed, kept = _remove_images(engine, images)
            gone, stuck = (*gone, *removed), (*stuck, *kept)
        else:
            in_use += len(images)
    _log.info("removed %d, could not remove %d, left %d in use", len(gone), len(stuck), in_use)
    return Cleaned(gone, stuck, in_use)


def trim_cache(engine: Engine) -> None:
    """Bring the build cache back under its bound, oldest steps first, unless somebody builds."""
    try:
        images = [entry for entry in engine.leftovers() if entry.kind == "image"]
        images = [entry for entry in images if entry.label == CACHE]
        surplus = over_bounds(images)
        if not surplus:
            return
        with cache_alone() as alone:
            if alone:
                gone, _ = _remove_images(engine, surplus)
                _log.info("removed %d of %d build steps of the cache", len(gone), len(images))
            else:
                _log.debug("the cache is too large by %d build steps, and in use", len(surplus))
    except EngineError as error:
        # A cache that is too large is no reason to fail a grade.
        _log.warning("the build cache cannot be trimmed now: %s", error)


def over_bounds(images: Sequence[Leftover]) -> list[Leftover]:
    """Return the oldest build steps of a cache that is over one of its bounds.

    So many that a quarter of the bound is free again; none where it is under both.
    """
    number, size = len(images), sum(entry.size for entry in images)
    if number <= CACHE_IMAGES and size <= CACHE_BYTES:
        return []
    found = []
    for entry in sorted(images, key=lambda entry: entry.created):
        if number <= CACHE_IMAGES * 3 // 4 and size <= CACHE_BYTES * 3 // 4:
            break
        found.append(entry)
        number, size = number - 1, size - entry.size
    return found


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
