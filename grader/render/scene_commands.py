"""The steps of a scene as a student would do them by hand, in docker's words.

They are there to be read: names of containers, networks and volumes are those of the spec, while
the grader's own are random. What it sends, and what it reads and writes in volumes, goes through
containers of its own: `volume/file` stands for a file of a volume.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from typing import cast

from grader.core.models import Frozen
from grader.facts.scenes import Answered, SceneFacts, Started
from grader.spec.assignment import fill
from grader.spec.scenes import (
    HOST,
    Append,
    Count,
    Occupy,
    Of,
    Read,
    Request,
    Says,
    SceneSpec,
    Start,
    Step,
)

_Fill = Callable[[str], str]
# Any of a lab's bases: which one it is makes no difference to what a student sees.
_OWN = "python:3.7"


def setup_commands(spec: SceneSpec) -> tuple[str, ...]:
    """Return the commands that make what a scene's first step finds there."""
    networks = (
        f"docker network create {'--internal ' if kind == 'internal' else ''}{name}"
        for name, kind in spec.networks.items()
    )
    volumes = (f"docker volume create {name}" for name in spec.volumes)
    folders = (f"mkdir {name}" for name in spec.folders)
    return (*networks, *volumes, *folders)


def step_command(step: Step, facts: SceneFacts, words: Mapping[str, str]) -> str:
    """Return the command for a step, with the words and addresses of this run filled in."""
    ((word, todo),) = step.todo().items()
    return _COMMANDS[word](step.id, todo, _filler(facts, words, step.id))


def _filler(facts: SceneFacts, words: Mapping[str, str], step: str) -> _Fill:
    """Return what fills in `{word}`, `{name:…}`, `{ip:…}` and `{port:…}`, as far as facts know."""
    seen = facts.steps.get(step)

    def address(name: str) -> str:
        started = facts.steps.get(name)
        known = started.address if isinstance(started, Started) else ""
        return known or f"ADDRESS-OF-{name}"

    def filled(text: str) -> str:
        if isinstance(seen, Answered) and "{port:" in text:
            return seen.to  # the engine chose the port; here it is on record
        text = fill(text, words)
        text = re.sub(r"\{name:([a-z0-9-]+)\}", r"\1", text)
        text = re.sub(r"\{port:([a-z0-9-]+):(\d+)\}", r"PORT-OF-\1", text)
        return re.sub(r"\{ip:([a-z0-9-]+)\}", lambda m: address(m[1]), text)

    return filled


def _start(step: str, todo: Start, filled: _Fill) -> str:
    command = ["docker run", *([] if todo.ends else ["-d"]), "--name", step]
    command += ["--network", todo.network]
    command += [f"--network-alias {alias}" for alias in todo.aliases]
    command += [f"-e {name}={shlex.quote(filled(value))}" for name, value in todo.env.items()]
    command += [f"-v {name}:{target}" for name, target in todo.mounts.items()]
    command += [f"-p 127.0.0.1::{port}" for port in todo.publish]
    if todo.program:
        command.append(f'-v "$PWD/{todo.program}:/{todo.program}:ro"')
    image = todo.image or f"{_OWN} python3 -u /{todo.program}"
    return " ".join([*command, image, *(shlex.quote(filled(text)) for text in todo.args)])


def _again(_: str, todo: Of, __: _Fill) -> str:
    return f"docker kill {todo.of}; docker start {todo.of}"


def _wait(_: str, todo: Of, __: _Fill) -> str:
    return f"docker wait {todo.of}"


def _stop(_: str, todo: Of, __: _Fill) -> str:
    return f"docker stop {todo.of}"


def _remove(_: str, todo: Of, __: _Fill) -> str:
    return f"docker rm -f -v {todo.of}"


def _occupy(step: str, todo: Occupy, _: _Fill) -> str:
    aliases = "".join(f" --network-alias {alias}" for alias in todo.aliases)
    return f"docker run -d --name {step} --network {todo.network}{aliases} IDLE-IMAGE sleep 600"


def _says(_: str, todo: Says, filled: _Fill) -> str:
    return f"docker logs -f {todo.of} | grep -m 1 -F {shlex.quote(filled(todo.line))}"


def _request(_: str, todo: Request, filled: _Fill) -> str:
    remarks = [] if todo.source == HOST else [f"from the network {todo.source}"]
    remarks += [f"{todo.times} times"] if todo.times > 1 else []
    where = f" # {', '.join(remarks)}" if remarks else ""
    to = filled(todo.to)
    if todo.send is not None:
        host, _, port = to.rpartition(":")
        given = f"printf %s {shlex.quote(filled(todo.send))} | " if todo.send else ""
        return f"{given}nc {host} {port}{where}"
    command = ["curl"]
    if todo.method != "GET":
        command += ["-X", todo.method]
    if todo.body is not None:
        command += ["-d", shlex.quote(filled(todo.body))]
    return " ".join([*command, shlex.quote(f"http://{to}{filled(todo.path)}")]) + where


def _append(_: str, todo: Append, filled: _Fill) -> str:
    return f"echo {shlex.quote(filled(todo.line))} >> {todo.volume}/{todo.path}"


def _read(_: str, todo: Read, __: _Fill) -> str:
    if todo.of:
        return f"docker exec {todo.of} cat {todo.path}"
    return f"cat {todo.volume or todo.folder}/{todo.path}"


def _count(_: str, todo: Count, filled: _Fill) -> str:
    without = f" | grep -v -F {shlex.quote(filled(todo.without))}" if todo.without else ""
    wanted = shlex.quote(filled(todo.line))
    if without:
        return f"docker logs {todo.of} | grep -F {wanted}{without} | wc -l"
    return f"docker logs {todo.of} | grep -c -F {wanted}"


_Write = Callable[[str, Frozen, _Fill], str]
# By the word an author writes for a step; pydantic has matched each word with its model.
_COMMANDS: Mapping[str, _Write] = {
    "start": cast("_Write", _start),
    "again": cast("_Write", _again),
    "wait": cast("_Write", _wait),
    "stop": cast("_Write", _stop),
    "remove": cast("_Write", _remove),
    "occupy": cast("_Write", _occupy),
    "says": cast("_Write", _says),
    "request": cast("_Write", _request),
    "append": cast("_Write", _append),
    "read": cast("_Write", _read),
    "count": cast("_Write", _count),
}
