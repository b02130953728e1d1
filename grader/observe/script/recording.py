"""Turns what a machine's agent answers into facts."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from grader.core.text import visible
from grader.facts.scripts import Call, Change, Doubt, MachineState, ScriptRun

M = TypeVar("M", MachineState, Call, Doubt)
_KEPT = 4500  # characters of a script's own output


def state_of(answer: Mapping[str, Any]) -> MachineState:
    """Return one state of a machine."""
    return _model(MachineState, answer)


def run_of(answer: Mapping[str, Any]) -> ScriptRun:
    """Return one run of a script."""
    output = answer["head"]
    if answer["tail"]:
        output += ("\n[...]\n" if answer["bytes"] > _KEPT else "") + answer["tail"]
    return ScriptRun(
        ended=answer["ended"],
        exit_code=answer["code"],
        seconds=answer["seconds"],
        calls=tuple(_model(Call, call) for call in answer["calls"]),
        calls_in_all=answer["counted"],
        state=answer["state"],
        output=visible(output, keep="\n\t")[:_KEPT],
        printed=answer["bytes"],
        changes=tuple(Change(how=how, path=visible(path)) for how, path in answer["changed"]),
        doubts=tuple(_model(Doubt, doubt) for doubt in answer["doubts"]),
        left=tuple(visible(words) for words in answer["left"]),
    )


def lost_run(state: int) -> ScriptRun:
    """Return a run whose machine went down before it ended."""
    return ScriptRun(
        ended="lost",
        exit_code=-1,
        seconds=0.0,
        calls=(),
        calls_in_all=0,
        state=state,
        output="",
        printed=0,
        changes=(),
    )


def _model(kind: type[M], value: Mapping[str, Any]) -> M:
    return kind.model_validate_json(json.dumps(value))
