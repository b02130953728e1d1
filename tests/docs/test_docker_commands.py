"""The docker commands that people are shown hold for engines and command lines old and new."""

import re
from collections.abc import Iterator
from pathlib import Path

from grader.judge.causes.all_causes import CAUSES
from grader.judge.check_kinds import KINDS
from grader.spec.assignment import Assignment
from tests.conftest import ROOT

_TEMPLATE = re.compile(r"\{\{.*?\}\}")
# What API 1.52 (Engine 29) leaves out: a template that names one ends in an error there. An
# address is found by its network's name.
_REMOVED = re.compile(
    r"\.NetworkSettings\.(IPAddress|IPPrefixLen|Gateway|MacAddress|GlobalIPv6|IPv6Gateway|Bridge|"
    r"EndpointID|HairpinMode|LinkLocalIPv6|Secondary)|\.(ContainerConfig|DockerVersion|Parent)\b"
)


def _shown(labs: tuple[Assignment, ...]) -> Iterator[tuple[str, str]]:
    """Yield every text with commands, and where it stands."""
    for folder in ("assignments", "docs", "templates", "solutions"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".md", ".yaml", ".j2", ".sh", ".ipynb"}:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    yield "README.md", Path(ROOT / "README.md").read_text(encoding="utf-8")
    for word, kind in KINDS.items():
        yield f"the kind {word}", repr(kind)
    for cause in CAUSES:
        yield f"the cause {cause.id}", repr(cause)
    for lab in labs:
        for check in lab.checks:
            yield f"{lab.id}, {check.id}", f"{' '.join(check.hints)} {check.reproduce}"


def test_no_template_names_what_newer_engines_leave_out(labs: tuple[Assignment, ...]) -> None:
    """In texts, hints, commands to try and examples of causes."""
    shown = list(_shown(labs))
    templates = [(at, found) for at, text in shown for found in _TEMPLATE.findall(text)]

    assert [(at, found) for at, found in templates if _REMOVED.search(found)] == []
    assert sum("NetworkSettings.Networks" in found for _, found in templates) >= 2
    assert _REMOVED.search("{{.NetworkSettings.IPAddress}}")
    assert not _REMOVED.search("{{.NetworkSettings.Networks.bridge.IPAddress}}")
