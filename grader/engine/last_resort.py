"""Asks the engine's own `ps` for processes: `docker top`, where no other evidence can be had.

It is the `ps` of the engine's host, so what it understands and what its table looks like is that
machine's affair. It knows neither the bounds between words nor where a program came from.
"""

from typing import Any

from grader.core.errors import EngineFault, EngineRefusal
from grader.engine.client import calling
from grader.engine.protocol import ContainerRecord
from grader.facts import Process

# What may hold spaces comes last: the engine splits each line at white space.
_COLUMNS = ("pid", "ppid", "caught", "ignored", "blocked", "args")
_ENDED = 409
_ANOTHER = "the engine's ps answers with another table than it was asked for"
_INIT = 1  # where the table counts as the container does


def processes(api: Any, record: ContainerRecord) -> tuple[Process, ...]:
    """Return what runs in a container, PID 1 first; empty when it has ended meanwhile.

    Raises EngineFault, with the reason, for an answer that is no table of what was asked for.
    """
    rows = _table(api, record, _COLUMNS)
    programs = {row[0]: row[1] for row in _table(api, record, ("pid", "exe"))}
    try:
        found = [_process(row, programs.get(row[0])) for row in rows]
    except ValueError as error:
        raise EngineFault(_ANOTHER) from error
    init = next((p.pid for p in found if p.pid in {record.pid, _INIT}), None)
    # ps counts upwards, and a child has the smaller number once the kernel begins anew.
    return () if init is None else tuple(sorted(found, key=lambda process: process.pid != init))


def _table(api: Any, record: ContainerRecord, columns: tuple[str, ...]) -> list[list[str]]:
    try:
        with calling("asking the engine's ps for a container's processes"):
            answer = api.top(record.id, f"-eo {','.join(columns)}")
    except EngineRefusal as refusal:
        if refusal.status == _ENDED:
            return []
        raise EngineFault(f"the engine's ps cannot be asked: {refusal}") from refusal
    except EngineFault as fault:
        raise EngineFault(f"the engine's ps does not tell what is needed ({fault})") from fault
    if not isinstance(answer, dict) or "Processes" not in answer:
        raise EngineFault("the engine's ps gives no table")
    rows = answer["Processes"] or []
    if any(len(row) != len(columns) for row in rows):
        raise EngineFault(_ANOTHER)
    return [list(row) for row in rows]


def _process(row: list[str], exe: str | None) -> Process:
    pid, ppid, caught, ignored, blocked, args = row
    return Process(
        pid=int(pid),
        ppid=int(ppid),
        exe=None if exe in {None, "-"} else exe,
        argv=None,
        args=args,
        caught=int(caught, 16),
        ignored=int(ignored, 16),
        blocked=int(blocked, 16),
    )
