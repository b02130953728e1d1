"""Runs one build through the API's classic builder and reads its stream."""

import json
import re
import threading

import requests

from grader.core.errors import EngineFault, EngineRefusal
from grader.engine import profile
from grader.engine.client import Client
from grader.engine.protocol import CACHE, LABEL, BuildRecord
from grader.engine.tar import CappedText

_RUNNING = re.compile(r"(?m)^ ---> Running in ([0-9a-f]{12})\b")
_SHORT = 12
_ULIMITS = json.dumps([{"Name": "fsize", "Soft": profile.IMAGE_LIMIT, "Hard": profile.IMAGE_LIMIT}])


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
    bounds = {"networkmode": "default"}
    if not online:
        bounds = {"networkmode": no_network, "ulimits": _ULIMITS}
    response = client.api.post(
        client.url("/build"),
        params=profile.BUILD_LIMITS | bounds | {"dockerfile": dockerfile},
        headers={"Content-Type": "application/x-tar"},
        data=context,
        stream=True,
        timeout=deadline,
    )
    return _read(client, response, deadline, None if online else _Written(client))


class _Written:
    """What the steps of one build have written so far, as far as they took a second or more."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._steps: set[str] = set()
        self._bytes: dict[str, int] = {}

    def read(self, text: str) -> None:
        """Take in what the builder said: in which containers its steps run.

        A step may say so, too, of any container; that can only cut off its own build.
        """
        self._steps.update(_RUNNING.findall(text))

    def too_much(self) -> bool:
        """Return whether it is more than an image may hold."""
        if self._steps:
            ours = {"label": f"{LABEL}={CACHE}"}
            for row in self._client.api.containers(size=True, filters=ours):
                if row["Id"][:_SHORT] in self._steps:
                    self._bytes[row["Id"]] = int(row.get("SizeRw") or 0)
        return sum(self._bytes.values()) > profile.IMAGE_LIMIT


def _read(
    client: Client, response: requests.Response, deadline: float, written: _Written | None
) -> BuildRecord:
    # The engine's own JSON keys say how it ended; the text beside them is the student's to write.
    log = CappedText(profile.BUILD_LOG_KEPT)
    image_id, error, code = None, "", None
    expired = threading.Event()
    enough = written.too_much if written else lambda: False
    for message in client.messages(response, deadline, expired, enough):
        text = str(message.get("stream", ""))
        log.add(text)
        if written:
            written.read(text)
        if "errorDetail" in message:
            error = str(message["errorDetail"].get("message", "the build failed"))
            code = message["errorDetail"].get("code")
        aux = message.get("aux")
        if isinstance(aux, dict) and "ID" in aux:
            image_id = str(aux["ID"])
        if log.total > profile.BUILD_LOG_LIMIT:
            break
    timed_out, flooded = expired.is_set(), log.total > profile.BUILD_LOG_LIMIT
    oversized = image_id is None and not error and enough()
    cut_off = bool(error) or timed_out or flooded or oversized
    if image_id is None and not cut_off:
        raise EngineFault("building: the engine's answer broke off")
    return BuildRecord(
        image_id=None if cut_off else image_id,
        error=error,
        code=code,
        log=log.text(),
        timed_out=timed_out,
        flooded=flooded,
        oversized=oversized,
    )


def refused(refusal: EngineRefusal) -> BuildRecord:
    """Return the record of a build the engine refused before its first step."""
    return BuildRecord(image_id=None, error=str(refusal), code=None, log="")
