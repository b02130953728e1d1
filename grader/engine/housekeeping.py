"""Keeps the engine as it was found: by label and id, never by prune.

Containers go when a run ends. Build steps stay as a cache, untagged and labelled, so that a
second grading is quick; the cache is bounded and only ever touched while nobody builds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.core.errors import EngineError
from grader.engine.locks import cache_alone, is_alive
from grader.engine.protocol import CACHE, Engine, Leftover

CACHE_IMAGES = 400  # labelled build steps that may stay


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
        stuck = [entry for entry in left if not engine.remove_leftover(entry)]
    except EngineError:
        return False
    return not stuck


def clean(engine: Engine) -> Cleaned:
    """Remove all that ended runs left behind, the cache included; a run at work keeps its own."""
    found = engine.leftovers()
    others = [entry for entry in found if entry.kind != "image"]
    dead = [entry for entry in others if not is_alive(entry.label)]
    # A network or a volume can only go after the containers that use it.
    dead.sort(key=lambda entry: entry.kind != "container")
    gone = [entry for entry in dead if engine.remove_leftover(entry)]
    stuck = [entry for entry in dead if entry not in gone]
    in_use = len(others) - len(dead)
    images = [entry for entry in found if entry.kind == "image"]
    with cache_alone() as alone:
        if alone:
            removed, kept = _remove_images(engine, images)
            gone, stuck = gone + removed, stuck + kept
        else:
            in_use += len(images)
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
