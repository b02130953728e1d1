"""Reads what the recorder on a script's machine wrote into the container's log.

Each of its lines begins with a secret that the script cannot know, and a number that goes up by
one: a line without the secret is the script's own, and a missing number means a line was lost.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from grader.core.errors import EngineFault
from grader.core.text import visible
from grader.facts.scripts import Call, Change, MachineState, ScriptRun

M = TypeVar("M", MachineState, Call)
_KEPT = 3000  # characters of a script's own output


@dataclass
class Recording:
    """What was recorded on one machine.

    `states` are the machine's states in order; calls and runs refer to them by index. `start` is
    the index of the one in which the script found it. `ready`: the machine was made; `over`: the
    recorder came to its own end.
    """

    states: list[MachineState] = field(default_factory=list)
    start: int = 0
    ready: bool = False
    over: bool = False
    runs: list[ScriptRun] = field(default_factory=list)


def read_recording(lines: Iterable[str], secret: str) -> Recording:
    """Return the recording in a log's lines; a run without an end is in it as `lost`.

    Raises EngineFault where a line is missing.
    """
    recording = Recording()
    calls: dict[int, Call] | None = None
    for record in _records(lines, secret):
        if "is" in record:
            recording.states.append(_model(MachineState, record["is"]))
        elif "ready" in record:
            recording.ready, recording.start = True, record["ready"]
        elif "run" in record:
            calls = {}
        elif "call" in record and calls is not None:
            kept = {key: value for key, value in record.items() if key != "call"}
            calls[record["call"]] = _model(Call, kept)
        elif "done" in record and calls is not None and record["done"] in calls:
            call = calls[record["done"]]
            calls[record["done"]] = call.model_copy(update={"code": record["code"]})
        elif "ended" in record and calls is not None:
            recording.runs.append(_run(record, tuple(calls.values())))
            calls = None
        elif "over" in record:
            recording.over = True
    if calls is not None:
        recording.runs.append(_lost(tuple(calls.values()), len(recording.states) - 1))
    return recording


def _records(lines: Iterable[str], secret: str) -> Iterator[Mapping[str, Any]]:
    """Yield the records, each put together from its lines: a long one is cut into several."""
    text, expected = "", 0
    for line in lines:
        found, number, rest = ([*line.split(" ", 2), "", ""])[:3]
        if found != secret:
            continue
        if number != str(expected):
            raise EngineFault("the engine lost part of what a script's recorder wrote")
        expected += 1
        text += rest[1:]
        if rest[:1] == ".":
            yield json.loads(text)
            text = ""


def _model(kind: type[M], value: Mapping[str, Any]) -> M:
    return kind.model_validate_json(json.dumps(value))


def _run(record: Mapping[str, Any], calls: tuple[Call, ...]) -> ScriptRun:
    output = record["head"]
    if record["tail"]:
        output += "\n[...]\n" + record["tail"]
    return ScriptRun(
        ended=record["ended"],
        exit_code=record["code"],
        seconds=record["seconds"],
        calls=calls,
        calls_in_all=record["calls"],
        state=record["state"],
        output=visible(output, keep="\n\t")[:_KEPT],
        printed=record["bytes"],
        changes=tuple(Change(how=how, path=visible(path)) for how, path in record["changed"]),
    )


def _lost(calls: tuple[Call, ...], state: int) -> ScriptRun:
    return ScriptRun(
        ended="lost",
        exit_code=-1,
        seconds=0.0,
        calls=calls,
        calls_in_all=len(calls),
        state=state,
        output="",
        printed=0,
        changes=(),
    )
