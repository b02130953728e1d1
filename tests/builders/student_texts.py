"""Makes what students write: right Dockerfiles that differ little, scripts and answers that do."""

import random
from collections.abc import Mapping

LAB = "04-images-and-containers"
_STARTER = b"# Fill in this Dockerfile.\n"
_PLACES = ("/app", "/usr/src/app", "/code", "/lab", "/srv", "/opt/app", "/work", "/home/app")
_TAGS = ("3.7", "3.7", "3.7", "3.12", "3.12-slim", "3.13", "3.14")
_NOUNS = [
    *("retry", "queue", "batch", "token", "record", "cursor", "window", "buffer", "marker"),
    *("bucket", "anchor", "ledger", "signal", "report", "backup", "volume", "folder", "secret"),
    *("client", "server", "worker", "thread", "socket", "stream"),
]
_VERBS = [
    *("load", "check", "parse", "merge", "split", "count", "store", "fetch", "print", "start"),
    *("close", "flush", "guard", "clean", "watch", "route", "write", "reset", "sort", "find"),
]


def dockerfile(chance: random.Random) -> str:
    """Return a right Dockerfile of five lines, as hundreds of students write it."""
    place = chance.choice(_PLACES)
    copy = chance.choice(["COPY main.py .", f"COPY main.py {place}/main.py", "COPY main.py ./"])
    lines = [
        f"FROM python:{chance.choice(_TAGS)}",
        f"WORKDIR {place}",
        copy,
        chance.choice(['ENTRYPOINT ["python3", "main.py"]', 'ENTRYPOINT ["python", "main.py"]']),
        'CMD ["hello", "this", "is", "CMD"]',
    ]
    if chance.random() < 0.2:
        lines.insert(3, "EXPOSE 8080")
    return "\n".join(lines) + "\n"


def script(chance: random.Random, length: int = 25) -> str:
    """Return a program whose lines are its writer's own."""
    lines = ["#!/usr/bin/env python3", "import sys"]
    for _ in range(length):
        noun, verb = chance.choice(_NOUNS), chance.choice(_VERBS)
        lines.append(f"{noun}_{chance.randrange(100)} = {verb}_{chance.choice(_NOUNS)}(sys.argv)")
    return "\n".join(lines) + "\n"


def answer(chance: random.Random, length: int = 45) -> str:
    """Return an answer in free words."""
    return " ".join(chance.choice(_NOUNS + _VERBS) for _ in range(length)) + ".\n"


def files(seed: int) -> dict[str, bytes]:
    """Return one student's own files of the lab."""
    chance = random.Random(seed)  # noqa: S311
    return {
        "Dockerfile-exec": _STARTER + dockerfile(chance).encode(),
        "main.py": script(chance).encode(),
        "notes.md": answer(chance).encode(),
    }


def given() -> Mapping[str, Mapping[str, bytes]]:
    """Return what the lab gave out."""
    return {LAB: {"Dockerfile-exec": _STARTER}}
