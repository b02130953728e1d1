"""The part of `grader grade` that has work to do: on this machine's engine, or on workers."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from grader.batch.class_run import About
from grader.batch.cluster.backend import Cluster
from grader.batch.local import Desk
from grader.batch.run_jobs import Run, Tally
from grader.batch.workplan import Agenda
from grader.cli.common import EXIT_INTERRUPTED, say
from grader.cli.progress import showing


def do(
    agenda: Agenda, about: About, jobs: int | None, scheduler: str | None, *, quiet: bool
) -> Tally:
    """Do what is on the agenda, show how it goes, and return how it ended."""
    total = len(about.sources) - len(agenda.kept)
    with ExitStack() as stack:
        progress = stack.enter_context(showing(total, quiet=quiet))
        desk = (
            Cluster(about, progress, stack, scheduler)
            if scheduler
            else Desk(about, progress, stack)
        )
        run = Run(desk.work(), about.results, progress)
        stack.enter_context(_interruptible(run.tally, len(about.sources)))
        if todo := run.settle(agenda):
            under_way = desk.open(jobs)
            run.grade(todo, under_way)
    return run.tally


@contextmanager
def _interruptible(tally: Tally, total: int) -> Iterator[None]:
    """End in order at the first Ctrl-C, at once at the second; say how to go on."""

    def leave(_: int, __: FrameType | None) -> None:
        os._exit(EXIT_INTERRUPTED)  # the reaper takes away what is left on the engine

    def end(_: int, __: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, leave)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        say(
            f"Interrupted: {tally.total} of {total} have their result. The same command goes on "
            "from there."
        )
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
