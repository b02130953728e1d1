"""Runs `docker stop` and reads from the engine's own records what it did."""

import time
from collections.abc import Sequence

from grader.core.errors import EngineFault
from grader.core.signals import KILLED, SIGKILL, SIGTERM
from grader.engine.engine_trial import Trial
from grader.engine.protocol import ContainerRecord, Engine, Event
from grader.facts import Kill, Process, StopFacts
from grader.observe.own_time import OwnTime

DOCKER_GRACE = 10  # seconds docker stop waits before SIGKILL
# Enough where PID 1 neither catches nor blocks SIGTERM: the kernel drops it, waiting shows nothing.
SHORT_GRACE = 2
_EVENTS_DEADLINE = 5.0
# A SIGKILL this much before the grace period is over was not docker stop's own.
_EARLY = 0.5


def observe_stop(
    engine: Engine,
    container: str,
    started: ContainerRecord,
    processes: Sequence[Process],
    *,
    faithful: bool,
    sends: int = SIGTERM,
    trial: Trial | None = None,
    base: str = "",
) -> StopFacts:
    """Run `docker stop` on a running container and return what it did.

    `started` is the engine's record from its start, `processes` what runs in it, PID 1 first.
    `sends` is the signal that the stop begins with. Docker then waits ten seconds; where PID 1 has
    no handler for the signal it is given two, unless `faithful`. `trial` measures the engine, with
    programs in the image `base`, where it has recorded nothing. Raises EngineFault when somebody
    else's signal, or the engine, ended it, and when a machine that is too busy kept it from that.
    """
    init = next(iter(processes), None)
    short = not faithful and init is not None and not init.catches(sends)
    grace = SHORT_GRACE if short else DOCKER_GRACE
    called = engine.now()
    own = OwnTime(engine, lambda: [container])
    with own.followed():
        engine.stop(container, grace)
    record = engine.inspect(container)
    kills, died = _read_events(engine, container, started.started_at)
    if not kills and died.at >= called and trial and trial.fault("signals", base):
        # It ended after it was asked for, on an engine that records no signal it sends (Podman).
        trial.require("handler", base)
        trial.require("no handler", base)
        kills = _unrecorded(called, died.at, sends, grace, record)
    # The engine keeps its last 256 events only: on a busy one a long grace outlives the first
    # signal's. A SIGKILL that comes when the grace is over is docker stop's own all the same.
    if kills and kills[0].signal == SIGKILL and kills[0].at - called >= grace - _EARLY:
        kills.insert(0, Event(action="kill", at=called, signal=sends, exit_code=None))
    first = kills[0].at if kills else died.at
    for kill in kills:
        too_early = kill.signal == SIGKILL and kill.at - first < grace - _EARLY
        if kill.signal not in {sends, SIGKILL} or too_early:
            raise EngineFault("somebody else sent a signal to the container while it was stopped")
    # Its own end: the event of it comes when the engine has taken note, which may take its time.
    told = first <= record.finished_at <= died.at
    ended = record.finished_at if told else died.at
    if kills and kills[-1].signal == SIGKILL:
        own.check(ended - first)
    return StopFacts(
        grace=float(grace),
        kills=tuple(
            Kill(signal=kill.signal or 0, at=kill.at - started.started_at) for kill in kills
        ),
        died_at=ended - started.started_at,
        exit_code=record.exit_code,
        oom_killed=record.oom_killed,
        queued=round(own.lost(), 3),
    )


def _unrecorded(
    called: float, died: float, sends: int, grace: int, record: ContainerRecord
) -> list[Event]:
    """Return the signals that a stop has sent, by when the container ended and how."""
    sent = [Event(action="kill", at=called, signal=sends, exit_code=None)]
    if record.exit_code == KILLED and not record.oom_killed:
        if died - called < grace - _EARLY:
            raise EngineFault("somebody else killed the container while it was stopped")
        sent.append(Event(action="kill", at=died, signal=SIGKILL, exit_code=None))
    return sent


def _read_events(engine: Engine, container: str, since: float) -> tuple[list[Event], Event]:
    """Return the kill events and the die event since a time; waits for the die event to come."""
    deadline = time.monotonic() + _EVENTS_DEADLINE
    while True:
        events = engine.events(container, since, engine.now())
        died = [event for event in events if event.action == "die"]
        if died:
            return [event for event in events if event.action == "kill"], died[-1]
        if time.monotonic() > deadline:
            raise EngineFault("the engine recorded no end of a container that has ended")
        time.sleep(0.05)
