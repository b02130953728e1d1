"""The steps of a scene that wait for a line, send requests, and read or write files.

Each takes the scene's state, the step's id and the step's parameters, and returns its facts. It
raises CannotError for what is the student's fault and EngineError for what is the engine's.
"""

import time

from grader.core.printed import last_line
from grader.core.text import visible
from grader.facts.scenes import Content, Counted, Done, Said, Seen
from grader.observe.scene.helpers import MARGIN
from grader.observe.scene.state import CannotError, SceneState, student
from grader.spec.scenes import HOST, Append, Count, Read, Request, Says

_POLL, _LONGEST_POLL = 0.05, 0.2
# Every look into a container is an event, and the engine keeps only its last 256 events.
_READ_POLL = 0.25
_GONE = 1.0  # seconds for a request where no container runs
_CONTENT_LIMIT = 64 * 1024
_CONTENT_LINES = 100
_FOUND_KEPT = 4


def says(state: SceneState, _: str, todo: Says) -> Seen:
    """Wait until a container has printed a line, has ended, or the time is up."""
    container = state.container(todo.of)
    line, clock = state.fill(todo.line), state.engine.now()
    pause = _POLL
    if line in state.unwritten:
        raise CannotError(state.unwritten[line])
    with state.waiting(todo.within) as own:
        while True:
            running = state.engine.inspect(container).running
            log = state.engine.log(container)
            printed = next((entry.at for entry in log if line in entry.text), None)
            waited = own.passed() - own.lost()
            if printed is not None or waited > todo.within or own.too_long() or not running:
                break
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL)  # each look costs the engine three answers
    return Said(
        container=todo.of,
        line=line,
        # By the engine's record: how long it took us to look is not the container's.
        after=None if printed is None else min(waited, max(0.0, printed - clock)),
        running=running,
        log=state.log(todo.of),
    )


def request(state: SceneState, _: str, todo: Request) -> Seen:
    """Send a request over HTTP or TCP from inside a network or from the host."""
    to = state.fill(todo.to)
    source = HOST if todo.source == HOST else state.network(todo.source)
    host, _, port = to.rpartition(":")
    asked = _called(state, host, port)
    # Where nothing runs, nothing will answer however long it is waited.
    gone = not any(_running(state, name) for name in asked)
    within = min(todo.within, _GONE) if gone else todo.within
    with state.waiting(within):
        seen = state.helpers.ask(
            source,
            todo.source,
            {
                "to": to,
                "method": todo.method,
                "path": state.fill(todo.path),
                "body": None if todo.body is None else state.fill(todo.body),
                "send": None if todo.send is None else state.fill(todo.send),
                "within": within,
                "times": todo.times,
                "once": todo.once or gone,
            },
        )
    if any(answer.error or not (answer.status or answer.body) for answer in seen.answers):
        return seen.model_copy(update={"asked": " ".join(_doing(state, name) for name in asked)})
    return seen


def append(state: SceneState, _: str, todo: Append) -> Seen:
    """Append a line to a file of a volume."""
    volume = state.volumes[todo.volume]
    with state.waiting(MARGIN):  # a pipe in the file's place takes its time
        problem = state.helpers.append(volume, todo.path, state.fill(todo.line))
    if problem:
        why = student(f"Nothing could be appended to {todo.path} in the volume: {problem}.")
        state.unwritten[state.fill(todo.line)] = why
        raise CannotError(why)
    return Done()


def read(state: SceneState, _: str, todo: Read) -> Seen:
    """Read a file; where it is to hold a text, again and again until it does or time is up."""
    holding = state.fill(todo.holding).encode()
    users = _users(state, todo)
    with state.waiting(todo.within) as own:
        while True:
            running = any(_running(state, name) for name in users)
            raw = _raw(state, todo)
            found = holding in (raw or b"")
            waited = own.passed() - own.lost()
            if found or not running or waited >= todo.within or own.too_long():
                break
            time.sleep(_READ_POLL)
    lines = None
    if raw is not None:
        text = raw.decode("utf-8", errors="replace")
        lines = tuple(visible(row, keep="\t")[:400] for row in text.split("\n")[:_CONTENT_LINES])
        lines = lines[:-1] if lines and lines[-1] == "" else lines
    asked = "" if found else " ".join(_doing(state, name) for name in users)
    return Content(path=todo.path, lines=lines, asked=asked)


def count(state: SceneState, _: str, todo: Count) -> Seen:
    """Count the lines of a container's log that hold a text."""
    container = state.container(todo.of)
    line, without = state.fill(todo.line), state.fill(todo.without)
    texts = [entry.text for entry in state.engine.log(container)]
    found = [text for text in texts if line in text and not (without and without in text)]
    return Counted(
        container=todo.of,
        line=line,
        times=len(found),
        found=tuple(visible(text)[:400] for text in found[:_FOUND_KEPT]),
        log=state.log(todo.of),
    )


def _called(state: SceneState, host: str, port: str) -> list[str]:
    """Return the ids of the steps whose container a request to `host` may reach.

    For the host's own address, 127.0.0.1, those are the ones that published a port as `port`.
    """
    return [
        name
        for name, record in state.started.items()
        if name in state.containers
        if (host == "127.0.0.1" and port in map(str, record.ports.values()))
        or host in (name, state.names[name], *state.specs[name].aliases, *record.addresses.values())
    ]


def _users(state: SceneState, todo: Read) -> list[str]:
    """Return the ids of the steps whose container can write the file that is read."""
    place = todo.volume or todo.folder
    return [
        name
        for name in state.started
        if name in state.containers and (name == todo.of or place in state.specs[name].mounts)
    ]


def _running(state: SceneState, name: str) -> bool:
    return state.engine.inspect(state.containers[name]).running


def _doing(state: SceneState, name: str) -> str:
    if not _running(state, name):
        return f"{name} had ended: {state.end(name)}."
    words = last_line(state.log(name), 160)
    last = f"the last it printed was: {words}" if words else "it printed nothing"
    return f"{name} was running; {last}."


def _raw(state: SceneState, todo: Read) -> bytes | None:
    if todo.folder is not None:
        return state.helpers.read(state.folders[todo.folder], todo.path, _CONTENT_LIMIT)
    if todo.volume is not None:
        return state.helpers.read(state.volumes[todo.volume], todo.path, _CONTENT_LIMIT)
    return state.engine.read(state.container(todo.of or ""), todo.path, _CONTENT_LIMIT)
