"""How GitHub's runner reads a step: its output's lines, and its file of outputs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

REGISTERED = {
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A workflow command as the runner took it."""

    name: str
    properties: dict[str, str]
    data: str


def commands(output: str) -> Iterator[Command]:
    """Yield the commands in a step's output that the runner would act on."""
    token: str | None = None
    for line in re.split(r"\r\n|\r|\n", output):
        known = REGISTERED | ({token} if token else set())
        command = _new_style(line, known) or _old_style(line, known)
        if command is None:
            continue
        if token is not None:
            if command.name.lower() == token:
                token = None
            continue
        if command.name.lower() == "stop-commands":
            token = command.data.lower()
            continue
        yield command


def _new_style(line: str, known: set[str]) -> Command | None:
    text = line.lstrip()
    end = text.find("::", 2)
    if not text.startswith("::") or end < 0:
        return None
    name, _, rest = text[2:end].partition(" ")
    if name.lower() not in known:
        return None
    pairs = [pair.split("=", 1) for pair in rest.strip().split(",") if pair]
    return Command(
        name, {p[0]: _property(p[1]) for p in pairs if len(p) == 2}, _data(text[end + 2 :])
    )


def _old_style(line: str, known: set[str]) -> Command | None:
    found = re.search(r"##\[([^\]]*)\](.*)", line)
    if found is None or found[1].split(" ")[0].lower() not in known:
        return None
    return Command(found[1].split(" ")[0], {}, found[2])


def _data(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _property(text: str) -> str:
    text = text.replace("%0D", "\r").replace("%0A", "\n")
    return text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")


def outputs(text: str) -> dict[str, str]:
    """Return the step outputs that a file of them sets; ValueError where the runner refuses it."""
    found: dict[str, str] = {}
    rows = iter(text.split("\n"))
    for row in rows:
        if not row:
            continue
        equals, here = row.find("="), row.find("<<")
        if equals >= 0 and (here < 0 or equals < here):
            name, value = row.split("=", 1)
        elif here >= 0:
            name, mark = row.split("<<", 1)
            lines = []
            for line in rows:
                if line == mark:
                    break
                lines.append(line)
            else:
                raise ValueError(f"no end of {name}")
            value = "\n".join(lines)
        else:
            raise ValueError(f"not an output: {row!r}")
        if not name:
            raise ValueError("an output without a name")
        found[name] = value
    return found
