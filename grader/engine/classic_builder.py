"""Runs one build through the API's classic builder and reads its stream."""

import threading

import requests

from grader.core.errors import EngineFault, EngineRefusal
from grader.engine import profile
from grader.engine.client import Client
from grader.engine.protocol import BuildRecord
from grader.engine.tar import CappedText


def build(
    client: Client,
    context: bytes,
    dockerfile: str,
    deadline: float,
    *,
    online: bool = False,
    no_network: str = "none",
) -> BuildRecord:
    """Return how the build ended; EngineFault when the stream breaks off.

    docker-py's own build() can set neither CPU quota nor a deadline for the whole build. `online`
    is for the grader's own images alone; `no_network` is the engine's word for a build without one.
    """
    network = {"networkmode": "default" if online else no_network}
    response = client.api.post(
        client.url("/build"),
        params=profile.BUILD_LIMITS | network | {"dockerfile": dockerfile},
        headers={"Content-Type": "application/x-tar"},
        data=context,
        stream=True,
        timeout=deadline,
    )
    return _read(client, response, deadline)


def _read(client: Client, response: requests.Response, deadline: float) -> BuildRecord:
    # The engine's own JSON keys say how it ended; the text beside them is the student's to write.
    log = CappedText(profile.BUILD_LOG_KEPT)
    image_id, error, code = None, "", None
    expired = threading.Event()
    for message in client.messages(response, deadline, expired):
        log.add(str(message.get("stream", "")))
        if "errorDetail" in message:
            error = str(message["errorDetail"].get("message", "the build failed"))
            code = message["errorDetail"].get("code")
        aux = message.get("aux")
        if isinstance(aux, dict) and "ID" in aux:
            image_id = str(aux["ID"])
        if log.total > profile.BUILD_LOG_LIMIT:
            break
    timed_out, flooded = expired.is_set(), log.total > profile.BUILD_LOG_LIMIT
    cut_off = bool(error) or timed_out or flooded
    if image_id is None and not cut_off:
        raise EngineFault("building: the engine's answer broke off")
    return BuildRecord(
        image_id=None if cut_off else image_id,
        error=error,
        code=code,
        log=log.text(),
        timed_out=timed_out,
        flooded=flooded,
    )


def refused(refusal: EngineRefusal) -> BuildRecord:
    """Return the record of a build the engine refused before its first step."""
    return BuildRecord(image_id=None, error=str(refusal), code=None, log="")
