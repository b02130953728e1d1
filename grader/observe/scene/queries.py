"""The steps of a scene that ask, write, read and count."""

import os
import re
import stat
import time
from pathlib import Path

from grader.core.text import shorten, visible
from grader.facts.scenes import Content, Counted, Done, Said, Seen
from grader.observe.scene.helpers import MARGIN
from grader.observe.scene.state import CannotError, Stage, student
from grader.spec.scenes import HOST, Append, Count, Read, Request, Says

_POLL, _LONGEST_POLL = 0.05, 0.2
# Every look into a container is an event, and the engine keeps only its last 256 events.
_READ_POLL = 0.25
_GONE = 1.0  # seconds for a request where no container runs
_CONTENT_LIMIT = 64 * 1024
_CONTENT_LINES = 100
_FOUND_KEPT = 4


def says(stage: Stage, _: str, wish: Says) -> Seen:
    """Wait until a container has printed a line."""
    container = stage.container(wish.of)
    line, begin, clock = stage.fill(wish.line), time.monotonic(), stage.engine.now()
    pause = _POLL
    if line in stage.unwritten:
        raise CannotError(stage.unwritten[line])
    with stage.waiting(wish.within):
        while True:
            running = stage.engine.inspect(container).running
            log = stage.engine.log(container)
            printed = next((entry.at for entry in log if line in entry.text), None)
            waited = time.monotonic() - begin
            if printed is not None or waited > wish.within or not running:
                break
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL)  # each look costs the engine three answers
    return Said(
        container=wish.of,
        line=line,
        # By the engine's record: how long it took us to look is not the container's.
        after=None if printed is None else min(waited, max(0.0, printed - clock)),
        running=running,
        log=stage.log(wish.of),
    )


def request(stage: Stage, _: str, wish: Request) -> Seen:
    """Ask from inside a network or from the host."""
    to = stage.fill(wish.to)
    source = HOST if wish.source == HOST else stage.network(wish.source)
    host, _, port = to.rpartition(":")
    asked = _called(stage, host, port)
    # Where nothing runs, nothing will answer however long it is waited.
    gone = not any(_running(stage, name) for name in asked)
    within = min(wish.within, _GONE) if gone else wish.within
    with stage.waiting(within):
        seen = stage.helpers.ask(
            source,
            wish.source,
            {
                "to": to,
                "method": wish.method,
                "path": stage.fill(wish.path),
                "body": None if wish.body is None else stage.fill(wish.body),
                "send": None if wish.send is None else stage.fill(wish.send),
                "within": within,
                "times": wish.times,
                "once": wish.once or gone,
            },
        )
    if any(answer.error or not (answer.status or answer.body) for answer in seen.answers):
        return seen.model_copy(update={"asked": " ".join(_doing(stage, name) for name in asked)})
    return seen


def append(stage: Stage, _: str, wish: Append) -> Seen:
    """Append a line to a file of a volume."""
    volume = stage.volumes[wish.volume]
    with stage.waiting(MARGIN):  # a pipe in the file's place takes its time
        problem = stage.helpers.append(volume, wish.path, stage.fill(wish.line))
    if problem:
        why = student(f"Nothing could be appended to {wish.path} in the volume: {problem}.")
        stage.unwritten[stage.fill(wish.line)] = why
        raise CannotError(why)
    return Done()


def read(stage: Stage, _: str, wish: Read) -> Seen:
    """Read a file, again and again if it is to hold something."""
    holding, ends = stage.fill(wish.holding).encode(), time.monotonic() + wish.within
    users = _users(stage, wish)
    with stage.waiting(wish.within):
        while True:
            running = any(_running(stage, name) for name in users)
            raw = _raw(stage, wish)
            found = holding in (raw or b"")
            if found or not running or time.monotonic() >= ends:
                break
            time.sleep(_READ_POLL)
    lines = None
    if raw is not None:
        text = raw.decode("utf-8", errors="replace")
        lines = tuple(visible(row, keep="\t")[:400] for row in text.split("\n")[:_CONTENT_LINES])
        lines = lines[:-1] if lines and lines[-1] == "" else lines
    asked = "" if found else " ".join(_doing(stage, name) for name in users)
    return Content(path=wish.path, lines=lines, asked=asked)


def count(stage: Stage, _: str, wish: Count) -> Seen:
    """Count lines of a container's log."""
    container = stage.container(wish.of)
    line, without = stage.fill(wish.line), stage.fill(wish.without)
    texts = [entry.text for entry in stage.engine.log(container)]
    found = [text for text in texts if line in text and not (without and without in text)]
    return Counted(
        container=wish.of,
        line=line,
        times=len(found),
        found=tuple(visible(text)[:400] for text in found[:_FOUND_KEPT]),
        log=stage.log(wish.of),
    )


def _called(stage: Stage, host: str, port: str) -> list[str]:
    """Return the containers called `host`.

    At the host's own address it is those that have published their port there as `port`.
    """
    return [
        name
        for name, record in stage.started.items()
        if name in stage.containers
        if (host == "127.0.0.1" and port in map(str, record.ports.values()))
        or host in (name, stage.names[name], *stage.specs[name].aliases, *record.addresses.values())
    ]


def _users(stage: Stage, wish: Read) -> list[str]:
    """Return the containers that see the file."""
    place = wish.volume or wish.folder
    return [
        name
        for name in stage.started
        if name in stage.containers and (name == wish.of or place in stage.specs[name].mounts)
    ]


def _running(stage: Stage, name: str) -> bool:
    return stage.engine.inspect(stage.containers[name]).running


def _doing(stage: Stage, name: str) -> str:
    if not _running(stage, name):
        return f"{name} had ended: {stage.end(name)}."
    printed = [line.text for line in stage.log(name) if line.text.strip()]
    # A line of marks below an error says less than the error.
    words = [text for text in printed if re.search("[A-Za-z]", text)] or printed
    last = f"the last it printed was: {shorten(words[-1], 160)}" if words else "it printed nothing"
    return f"{name} was running; {last}."


def _raw(stage: Stage, wish: Read) -> bytes | None:
    if wish.folder is not None:
        return _read_local(stage.folders[wish.folder], wish.path)
    if wish.volume is not None:
        return stage.helpers.read(stage.volumes[wish.volume], wish.path, _CONTENT_LIMIT)
    return stage.engine.read(stage.container(wish.of or ""), wish.path, _CONTENT_LIMIT)


def _read_local(folder: Path, path: str) -> bytes | None:
    # A container may put a link or a pipe there at any moment, so no step of the way is looked at
    # first and opened then.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in Path(path).parts:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            inner = os.open(part, flags, dir_fd=handle)
            os.close(handle)
            handle = inner
        return os.read(handle, _CONTENT_LIMIT) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except OSError:
        return None
    finally:
        os.close(handle)
