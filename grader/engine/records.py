"""Turns the engine's JSON into records; tolerant of keys that newer engines leave out."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from grader.core.signals import SIGINT, SIGKILL, SIGTERM
from grader.engine.protocol import (
    LABEL,
    ContainerRecord,
    Event,
    HistoryStep,
    ImageRecord,
    Leftover,
    PrintedLine,
)

# The events of Docker and Podman name a signal, or give its number.
_SIGNALS = {"INT": SIGINT, "KILL": SIGKILL, "TERM": SIGTERM}


def seconds(stamp: str) -> float:
    """Return an RFC 3339 time with nanoseconds as seconds since the epoch, 0.0 for `never`."""
    if not stamp or stamp.startswith("0001-"):
        return 0.0
    head, _, rest = stamp.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    zone = rest[len(digits) :] if rest else ""
    if not rest:
        head, zone = (head[:-1], "Z") if head.endswith("Z") else (head[:-6], head[-6:])
    whole = datetime.fromisoformat(head + ("+00:00" if zone in {"Z", ""} else zone))
    return whole.timestamp() + (float(f"0.{digits}") if digits else 0.0)


def environment(entries: list[str] | None) -> dict[str, str]:
    """Return `NAME=value` lines as a mapping."""
    pairs = (entry.partition("=") for entry in entries or [])
    return {name: value for name, _, value in pairs}


def image_record(raw: Mapping[str, Any]) -> ImageRecord:
    """Return the record of one `GET /images/…/json`."""
    config = raw.get("Config") or {}
    return ImageRecord(
        id=raw["Id"],
        layers=tuple((raw.get("RootFS") or {}).get("Layers") or ()),
        entrypoint=_words(config.get("Entrypoint")),
        cmd=_words(config.get("Cmd")),
        env=environment(config.get("Env")),
        labels=dict(config.get("Labels") or {}),
        workdir=config.get("WorkingDir") or "/",
        stop_signal=config.get("StopSignal") or None,
        user=config.get("User") or "",
        size=int(raw.get("Size") or 0),
        volumes=tuple(sorted(config.get("Volumes") or ())),
        ports=tuple(sorted(config.get("ExposedPorts") or ())),
    )


def history_steps(raw: list[dict[str, Any]]) -> tuple[HistoryStep, ...]:
    """Return the steps of one `GET /images/…/history`, oldest first."""
    return tuple(
        HistoryStep(
            id=None if entry.get("Id") in {None, "", "<missing>"} else entry["Id"],
            created_by=str(entry.get("CreatedBy") or ""),
            size=int(entry.get("Size") or 0),
        )
        for entry in reversed(raw)
    )


def container_record(raw: Mapping[str, Any]) -> ContainerRecord:
    """Return the record of one `GET /containers/…/json`."""
    state, settings = raw["State"], raw.get("NetworkSettings") or {}
    return ContainerRecord(
        id=raw["Id"],
        running=bool(state.get("Running")),
        pid=int(state.get("Pid") or 0),
        exit_code=int(state.get("ExitCode") or 0),
        oom_killed=bool(state.get("OOMKilled")),
        error=str(state.get("Error") or ""),
        started_at=seconds(state.get("StartedAt") or ""),
        finished_at=seconds(state.get("FinishedAt") or ""),
        command=(raw.get("Path") or "", *(raw.get("Args") or ())),
        env=environment((raw.get("Config") or {}).get("Env")),
        addresses={
            entry["NetworkID"]: entry["IPAddress"]
            for entry in (settings.get("Networks") or {}).values()
            if entry.get("IPAddress")
        },
        ports={
            int(port.partition("/")[0]): int(bound[0]["HostPort"])
            for port, bound in (settings.get("Ports") or {}).items()
            if bound
        },
    )


def event(raw: Mapping[str, Any]) -> Event:
    """Return one event of the stream."""
    attributes = (raw.get("Actor") or {}).get("Attributes") or {}
    signal, code = attributes.get("signal"), attributes.get("exitCode")
    return Event(
        action=str(raw.get("Action") or raw.get("status") or ""),
        at=int(raw.get("timeNano") or 0) / 1e9,
        signal=None if signal is None else _SIGNALS.get(signal.removeprefix("SIG")) or int(signal),
        exit_code=None if code is None else int(code),
    )


_FRAME = struct.Struct(">BxxxL")
_STDERR = 2


def log_lines(raw: bytes) -> tuple[PrintedLine, ...]:
    """Return the lines of a log read with timestamps; bytes that are not UTF-8 become U+FFFD.

    `raw` is the body of `GET /containers/ID/logs` of a container without a terminal: frames of a
    stream's number, a length and that many bytes. A long line comes in several, each with a time.
    """
    lines: list[PrintedLine] = []
    unfinished: dict[int, int] = {}
    for number, content in _frames(raw):
        stamp, _, text = content.decode("utf-8", errors="replace").partition(" ")
        if not (stamp[:4].isdigit() and "T" in stamp):
            continue
        ends, text = text.endswith("\n"), text.removesuffix("\n")
        stream: Literal["stdout", "stderr"] = "stderr" if number == _STDERR else "stdout"
        if (index := unfinished.pop(number, None)) is not None:
            lines[index] = replace(lines[index], text=lines[index].text + text)
        else:
            index = len(lines)
            lines.append(PrintedLine(seconds(stamp), text, stream))
        if not ends:
            unfinished[number] = index
    return tuple(replace(line, text=line.text.rstrip("\r")) for line in lines)


def _frames(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _FRAME.size <= len(raw):
        number, length = _FRAME.unpack_from(raw, at)
        at += _FRAME.size
        if at + length > len(raw):
            return
        yield number, raw[at : at + length]
        at += length


def leftover(kind: str, raw: Mapping[str, Any]) -> Leftover:
    """Return a listed object that carries the grader's label."""
    created = raw.get("Created")
    return Leftover(
        kind=kind,
        id=raw.get("Id") or raw["Name"],
        label=(raw.get("Labels") or {}).get(LABEL, ""),
        created=float(created) if isinstance(created, int) else 0.0,
        size=int(raw.get("OwnSize") or 0),
    )


def with_own_sizes(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return listed images with `OwnSize`: the bytes that each adds to the one it is made upon.

    0 where the engine tells of no parent.
    """
    sizes = {raw["Id"]: int(raw.get("Size") or 0) for raw in images}
    return [
        raw | {"OwnSize": sizes[raw["Id"]] - sizes[parent] if parent in sizes else 0}
        for raw in images
        for parent in [raw.get("ParentId")]
    ]


def _words(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,)
    return tuple(str(word) for word in value) if isinstance(value, list) and value else None
