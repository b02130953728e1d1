"""A run's containers go, also where the run itself cannot take them away."""

import secrets
import time
from pathlib import Path

import pytest

from grader.build.base_images import Bases
from grader.core import logs
from grader.engine.docker import DockerEngine
from grader.engine.protocol import ContainerSpec
from grader.engine.reaper import reaper


def _left(engine: DockerEngine, run_id: str) -> set[str]:
    return {entry.id for entry in engine.leftovers() if entry.label == run_id}


def _begin(engine: DockerEngine, run_id: str) -> str:
    base = Bases(engine, run_id).get("python:3.7").id
    container = engine.create(ContainerSpec(image=base, args=("sleep", "600"), run_id=run_id))
    engine.start(container)
    return container


@pytest.mark.docker
def test_who_could_not_clean_up_leaves_it_to_the_child(
    engine: DockerEngine, tmp_path: Path
) -> None:
    """As with an engine that was away when the run ended: nobody said that all is gone.

    The file of --log holds what the child did, though no terminal is left to say it on.
    """
    run_id, other = secrets.token_hex(8), secrets.token_hex(8)
    theirs = _begin(engine, other)
    log = tmp_path / "log"
    logs.listen(file=log)
    try:
        with reaper(run_id):
            ours = _begin(engine, run_id)
            assert _left(engine, run_id) == {ours}

        ends = time.monotonic() + 120
        while _left(engine, run_id):
            assert time.monotonic() < ends
            time.sleep(0.1)
        assert _left(engine, other) == {theirs}
        done = f"INFO engine.reaper [run={run_id}] removed container {ours[:12]} of a run that"
        while done not in log.read_text():
            assert time.monotonic() < ends
            time.sleep(0.1)
        assert f"takes away what run {run_id} left" in log.read_text()
        assert theirs[:12] not in log.read_text().partition(done)[2]
    finally:
        logs.end()
        engine.remove(theirs)


@pytest.mark.docker
def test_a_child_that_was_sent_away_touches_nothing(engine: DockerEngine) -> None:
    """Its run has done so itself."""
    run_id = secrets.token_hex(8)
    with reaper(run_id) as dismiss:
        ours = _begin(engine, run_id)
        dismiss()

    try:
        assert _left(engine, run_id) == {ours}
    finally:
        engine.remove(ours)
