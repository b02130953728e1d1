"""Reads what a machine's recorder wrote: every line carries its secret, none may be missing."""

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
    """What came out of a machine: its states, its runs, and whether it got to its end."""

    states: list[MachineState] = field(default_factory=list)
    start: int = 0
    ready: bool = False
    over: bool = False
    runs: list[ScriptRun] = field(default_factory=list)


def read_recording(lines: Iterable[str], secret: str) -> Recording:
    """Return the recording; a run that was begun and never ended is there as lost."""
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
    """Yield whole records: a long one comes in several lines."""
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
